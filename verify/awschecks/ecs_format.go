package awschecks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	shownEvents  = 5 // ECS keeps 100; the newest say why
	shownReasons = 5
)

// History tells what ECS itself noted: each deployment and the last events.
func History(service types.Service) []string {
	var lines []string
	for _, d := range service.Deployments {
		lines = append(lines, fmt.Sprintf("deployment %s %s %s: %d desired, %d running, %d failed; %s",
			Revision(aws.ToString(d.TaskDefinition)), text.OrUnknown(aws.ToString(d.Status)), text.OrUnknown(string(d.RolloutState)),
			d.DesiredCount, d.RunningCount, d.FailedTasks, text.OrUnknown(aws.ToString(d.RolloutStateReason))))
	}
	events := slices.Clone(service.Events)
	slices.SortStableFunc(events, func(a, b types.ServiceEvent) int { return aws.ToTime(b.CreatedAt).Compare(aws.ToTime(a.CreatedAt)) })
	for _, event := range events[:min(shownEvents, len(events))] {
		lines = append(lines, fmt.Sprintf("event %s %s", text.Clock(event.CreatedAt), aws.ToString(event.Message)))
	}
	return lines
}

func fixAndDeploy(want outputs.Service) string {
	return "find the cause in the events and stopped tasks above and the logs in " + want.LogGroup + ", then deploy a version that holds the cure"
}

// Revision is the end of a task definition's ARN, such as flowcomply-backend:42.
func Revision(arn string) string {
	if _, name, ok := strings.Cut(arn, ":task-definition/"); ok {
		return name
	}
	return text.OrUnknown(arn)
}

func taskID(task types.Task) string {
	arn := aws.ToString(task.TaskArn)
	return arn[strings.LastIndex(arn, "/")+1:]
}
