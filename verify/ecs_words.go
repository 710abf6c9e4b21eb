package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
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

func stopReason(task types.Task) string {
	parts := []string{strings.TrimSpace(string(task.StopCode) + ": " + text(task.StoppedReason))}
	for _, container := range task.Containers {
		switch {
		case text(container.Reason) != "":
			parts = append(parts, text(container.Name)+": "+text(container.Reason))
		case container.ExitCode != nil && *container.ExitCode != 0:
			parts = append(parts, fmt.Sprintf("%s exited with code %d", text(container.Name), *container.ExitCode))
		}
	}
	return strings.Join(parts, "; ")
}

func fixAndDeploy(want Service) string {
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
