package recovery

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Task is a task of a migration.
type Task struct {
	Cluster, ARN string
	Since        time.Time
}

func (t Task) String() string { return fmt.Sprintf("%s, since %s", last(t.ARN), at(t.Since)) }

// halfDone are the steps of a release that are still under way in AWS, though nobody waits for them.
type halfDone struct {
	tasks       []Task
	deployments []string
	snapshots   []string
}

func (h halfDone) any() bool { return len(h.tasks)+len(h.deployments)+len(h.snapshots) > 0 }

// underWay looks for them, in what the state knows.
func underWay(ctx context.Context, aws AWS, state State) (halfDone, error) {
	var half halfDone
	for _, resource := range state.Resources() {
		var err error
		switch resource.Type() {
		case "aws:ecs/cluster:Cluster":
			arn := Resource(resource.Outputs()).text("arn")
			if arn == "" {
				continue
			}
			var tasks []Task
			if tasks, err = aws.Migrations(ctx, arn); err == nil {
				half.tasks = append(half.tasks, tasks...)
				half.deployments, err = aws.Deployments(ctx, arn, servicesIn(state))
			}
		case "aws:rds/instance:Instance":
			if identifier := Resource(resource.Outputs()).text("identifier"); identifier != "" {
				var snapshots []string
				snapshots, err = aws.Snapshots(ctx, identifier)
				half.snapshots = append(half.snapshots, snapshots...)
			}
		}
		if err != nil {
			return half, fmt.Errorf("look for half-done steps: %w", err)
		}
	}
	return half, nil
}

// servicesIn are the names of the services that the state knows.
func servicesIn(state State) []string {
	var names []string
	for _, resource := range state.Resources() {
		if name := Resource(resource.Outputs()).text("name"); resource.Type() == "aws:ecs/service:Service" && name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// between is the time between two looks at AWS.
const between = 5 * time.Second

// settleTasks waits for migrations, or stops them and waits until they have: a task that is being stopped still has its
// connection, and with it the migrations' lock.
func (r Recovery) settleTasks(ctx context.Context, aws AWS, tasks []Task, stop bool) error {
	if len(tasks) == 0 {
		return nil
	}
	if stop {
		for _, task := range tasks {
			r.say("stopping migration %s", task)
			if err := aws.Stop(ctx, task, "recovery: the update that started it is gone"); err != nil {
				return fmt.Errorf("stop migration %s: %w; while it runs it may hold the migrations' lock", task, err)
			}
		}
	} else {
		r.say("waiting for %d migration(s), for %s at most", len(tasks), r.Choices.Wait)
	}
	limited, cancel := context.WithTimeout(ctx, r.Choices.Wait)
	defer cancel()
	ticker := time.NewTicker(between)
	defer ticker.Stop()
	for {
		running, err := aws.Migrations(limited, tasks[0].Cluster)
		if err == nil && len(running) == 0 {
			r.say("no migration runs any more")
			return nil
		}
		select {
		case <-limited.Done():
			return fmt.Errorf("a migration still runs after %s: %s; wait longer with --wait, or stop it with --stop-tasks: while it runs it may hold "+
				"the migrations' lock", r.Choices.Wait, tasks[0])
		case <-ticker.C:
		}
	}
}
