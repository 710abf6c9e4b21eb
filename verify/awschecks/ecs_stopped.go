package awschecks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/ecstask"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// stoppedTask is a task that has stopped, and why.
type stoppedTask struct {
	id, definition string // definition as family:revision
	reason         string // what ECS says of the task and of the application's containers
	beside         string // what it says of sidecars, by their names
	at             time.Time
	streams        []logStream // of the containers that failed, or of all if none is known to
}

// describeStop explains why a task stopped. Only the application's containers explain it. What became of a sidecar, such
// as an agent that the account adds to each task, is told with the sidecar's name. Without the definition, nothing is known
// of logs.
func describeStop(task types.Task, definition *types.TaskDefinition, imageRepository string) stoppedTask {
	read := ecstask.Read(task, applicationContainers(task, definition, imageRepository)...)
	parts := []string{text.First(read.Cause(), string(task.StopCode))}
	for _, container := range read.Own {
		switch {
		case container.Reason != "":
			parts = append(parts, container.Name+": "+container.Reason)
		case container.Code > 0:
			parts = append(parts, fmt.Sprintf("%s exited with code %d", container.Name, container.Code))
		}
	}
	return stoppedTask{
		id: taskID(task), definition: Revision(aws.ToString(task.TaskDefinitionArn)), reason: strings.Join(parts, "; "), beside: read.Beside(),
		at: aws.ToTime(task.StoppedAt), streams: streams(task, definition),
	}
}

func (t stoppedTask) line() string {
	if t.beside == "" {
		return t.reason
	}
	return t.reason + " (another container, " + t.beside + ")"
}

// streams names the logs of the definition's containers that failed, or of all containers if none is known to have
// failed. A name is prefix/container/task, as the awslogs driver writes it. A container that was told to stop has not
// failed.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func streams(task types.Task, definition *types.TaskDefinition) []logStream {
	if definition == nil {
		return nil
	}
	var names []string
	for _, c := range definition.ContainerDefinitions {
		names = append(names, aws.ToString(c.Name))
	}
	ended := ecstask.Read(task, names...).Own
	failed := func(c ecstask.Container) bool { return c.Code > 0 && c.Code != ecstask.Terminated }
	oneFailed := slices.ContainsFunc(ended, failed)
	var found []logStream
	for i, c := range definition.ContainerDefinitions {
		if c.LogConfiguration == nil || oneFailed && !failed(ended[i]) {
			continue
		}
		options := c.LogConfiguration.Options
		if group, prefix := options["awslogs-group"], options["awslogs-stream-prefix"]; group != "" && prefix != "" {
			found = append(found, logStream{group, prefix + "/" + names[i] + "/" + taskID(task)})
		}
	}
	return found
}

// stoppedTasks tells why tasks of the requested definition stopped, the commonest reason first, with the last lines of one
// of its tasks. It also evaluates the first reason that is known. Tasks that stopped before the deployment are left
// out. ECS keeps a stopped task for about an hour:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
func (c *identity) stoppedTasks(ctx context.Context, since time.Time) ([]string, check.Verdict) {
	tasks, err := c.tasks(ctx, c.want, types.DesiredStatusStopped)
	if err != nil {
		return []string{"stopped tasks could not be read: " + err.Error()}, check.Verdict{}
	}
	var stops []stoppedTask
	for _, task := range tasks {
		stop := describeStop(task, c.definition, c.want.ImageRepository)
		if aws.ToString(task.TaskDefinitionArn) == c.want.TaskDefinitionArn && (stop.at.IsZero() || !stop.at.Before(since)) {
			stops = append(stops, stop)
		}
	}
	slices.SortStableFunc(stops, func(a, b stoppedTask) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.reason, b.reason)) })
	kinds := group(stops, func(stop stoppedTask) string { return c.Hide.Foreign(stop.reason) })
	var lines []string
	var why check.Verdict
	for i, kind := range kinds[:min(shownReasons, len(kinds))] {
		last := kind.items[0]
		lines = append(lines, fmt.Sprintf("stopped %s, last %s: %s",
			text.Count(len(kind.items), "task"), text.Clock(&last.at), c.Hide.Foreign(last.line())))
		var said []string
		if i == 0 {
			said = c.lastLines(ctx, last)[0]
			lines = append(lines, said...)
		}
		if why.OK() {
			why = evaluateStop(kind.says, said)
		}
	}
	return lines, why
}

// applicationContainers decides which containers of a task are the application's: those with an image of the service's
// repository. All others are sidecars, which internal/ecstask then reads apart.
//
// It goes by the task's definition. Where that could not be read, it goes by the task itself.
func applicationContainers(task types.Task, definition *types.TaskDefinition, imageRepository string) []string {
	var names []string
	add := func(name, image *string) {
		if repository(aws.ToString(image)) == imageRepository {
			names = append(names, aws.ToString(name))
		}
	}
	if definition == nil {
		for _, container := range task.Containers {
			add(container.Name, container.Image)
		}
		return names
	}
	for _, container := range definition.ContainerDefinitions {
		add(container.Name, container.Image)
	}
	return names
}

// repository is an image reference without digest and tag. A colon before the
// last slash belongs to the registry's port.
func repository(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		return name[:colon]
	}
	return name
}
