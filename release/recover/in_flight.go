package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// Task is a task of a migration.
type Task struct {
	Cluster, ARN string
	Since        time.Time
}

func (t Task) String() string { return fmt.Sprintf("%s, since %s", last(t.ARN), at(t.Since)) }

// inFlightSteps are the steps of a release that still run in AWS, though nobody waits for them.
type inFlightSteps struct {
	tasks       []Task
	deployments []string
	snapshots   []string
}

func (h inFlightSteps) any() bool { return len(h.tasks)+len(h.deployments)+len(h.snapshots) > 0 }

// findInFlight looks for them, by the resources in the state.
func findInFlight(ctx context.Context, aws AWS, state State) (inFlightSteps, error) {
	var found inFlightSteps
	for _, resource := range state.Resources() {
		outputs := Resource(resource.Outputs())
		var err error
		switch resource.Type() {
		case "aws:ecs/cluster:Cluster":
			arn := outputs.text("arn")
			if arn == "" {
				continue
			}
			var tasks []Task
			if tasks, err = aws.Migrations(ctx, arn); err == nil {
				found.tasks = append(found.tasks, tasks...)
				found.deployments, err = aws.Deployments(ctx, arn, servicesIn(state))
			}
		case "aws:rds/instance:Instance":
			if identifier := outputs.text("identifier"); identifier != "" {
				var snapshots []string
				snapshots, err = aws.Snapshots(ctx, identifier)
				found.snapshots = append(found.snapshots, snapshots...)
			}
		}
		if err != nil {
			return found, fmt.Errorf("look for half-done steps: %w", err)
		}
	}
	return found, nil
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
			r.printf("stopping migration %s", task)
			if err := aws.Stop(ctx, task, "recovery: the update that started it is gone"); err != nil {
				return fmt.Errorf("stop migration %s: %w; while it runs it may hold the migrations' lock", task, err)
			}
		}
	} else {
		r.printf("waiting for %d migration(s), for %s at most", len(tasks), r.Choices.Wait)
	}
	limited, cancel := context.WithTimeout(ctx, r.Choices.Wait)
	defer cancel()
	waited := poll.Until(limited, between, func(ctx context.Context) error {
		running, err := aws.Migrations(ctx, tasks[0].Cluster)
		if err == nil && len(running) > 0 {
			err = errors.New("it runs")
		}
		return err
	})
	if waited != nil {
		return fmt.Errorf("a migration still runs after %s: %s; wait longer with --wait, or stop it with --stop-tasks: while it runs it may hold "+
			"the migrations' lock", r.Choices.Wait, tasks[0])
	}
	r.printf("no migration runs any more")
	return nil
}
