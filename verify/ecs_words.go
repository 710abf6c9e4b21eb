package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/ecstask"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	shownEvents  = 5 // ECS keeps 100; the newest say why
	shownReasons = 5
)

// history tells what ECS itself noted: each deployment and the last events.
func history(service types.Service) []string {
	var lines []string
	for _, d := range service.Deployments {
		lines = append(lines, fmt.Sprintf("deployment %s %s %s: %d desired, %d running, %d failed; %s",
			revision(text(d.TaskDefinition)), orUnknown(text(d.Status)), orUnknown(string(d.RolloutState)),
			d.DesiredCount, d.RunningCount, d.FailedTasks, orUnknown(text(d.RolloutStateReason))))
	}
	events := slices.Clone(service.Events)
	slices.SortStableFunc(events, func(a, b types.ServiceEvent) int { return at(b.CreatedAt).Compare(at(a.CreatedAt)) })
	for _, event := range events[:min(shownEvents, len(events))] {
		lines = append(lines, fmt.Sprintf("event %s %s", clock(event.CreatedAt), text(event.Message)))
	}
	return lines
}

// stop is why a task stopped.
type stop struct {
	// reason is what ECS says of the task and of the service's own containers.
	reason string
	// beside is what it says of other containers, by their names.
	beside string
}

// stopOf words why a task stopped. Only the service's own containers explain it:
// what became of an agent that the account adds to each task is told as that
// agent's. Its name differs in each task.
func stopOf(task types.Task, own []string) stop {
	read := ecstask.Read(task, own...)
	parts := []string{firstText(read.Cause(), string(task.StopCode))}
	for _, container := range read.Own {
		switch {
		case container.Reason != "":
			parts = append(parts, container.Name+": "+container.Reason)
		case container.Code > 0:
			parts = append(parts, fmt.Sprintf("%s exited with code %d", container.Name, container.Code))
		}
	}
	return stop{strings.Join(parts, "; "), read.Beside()}
}

func (s stop) line() string {
	if s.beside == "" {
		return s.reason
	}
	return s.reason + " (another container, " + s.beside + ")"
}

// ownContainers are the containers of a task that run an image of the service's
// repository, by the task's definition or, where that could not be read, by the
// task itself.
func ownContainers(task types.Task, definition *types.TaskDefinition, of string) []string {
	var own []string
	if definition != nil {
		for _, container := range definition.ContainerDefinitions {
			if repository(text(container.Image)) == of {
				own = append(own, text(container.Name))
			}
		}
		return own
	}
	for _, container := range task.Containers {
		if repository(text(container.Image)) == of {
			own = append(own, text(container.Name))
		}
	}
	return own
}

func fixAndDeploy(want outputs.Service) string {
	return "find the cause in the events and stopped tasks above and the logs in " + want.LogGroup + ", then deploy a version that holds the cure"
}

// revision is the end of a task definition's ARN, such as flowcomply-backend:42.
func revision(arn string) string {
	if _, name, ok := strings.Cut(arn, ":task-definition/"); ok {
		return name
	}
	return orUnknown(arn)
}

func taskID(task types.Task) string {
	arn := text(task.TaskArn)
	return arn[strings.LastIndex(arn, "/")+1:]
}

// short keeps enough of a digest to tell it from others.
func short(digest string) string {
	const enough = len("sha256:") + 12
	if len(digest) <= enough {
		return orUnknown(digest)
	}
	return digest[:enough]
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

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func clock(t *time.Time) string {
	if at(t).IsZero() {
		return "at an unknown time"
	}
	return t.UTC().Format(time.RFC3339)
}
