package task

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// How long the log of a task that has stopped is waited for. The awslogs driver sends what it has every five seconds
// (https://docs.docker.com/engine/logging/drivers/awslogs/), and CloudWatch Logs shows it some seconds later, so that the
// last lines of a short task come after the task is STOPPED. A log that never comes must not hold a release up for long.
const (
	firstLineWithin = 30 * time.Second
	nextLineWithin  = 10 * time.Second // two of the driver's intervals
)

// stream is where the log of one container is, and what was read of it.
type stream struct {
	at  cloudwatchlogs.GetLogEventsInput
	err error // of the last attempt to read it
}

// logOf is where the container's log will be, but for the task's id; nil where it writes to no CloudWatch log.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func (r Runner) logOf(ctx context.Context) (*stream, error) {
	shown, err := r.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &r.Definition})
	if err != nil {
		return nil, fmt.Errorf("task definition %s: %w", r.Definition, err)
	}
	for _, container := range shown.TaskDefinition.ContainerDefinitions {
		if aws.ToString(container.Name) != r.Container {
			continue
		}
		if container.LogConfiguration == nil || container.LogConfiguration.LogDriver != types.LogDriverAwslogs {
			return nil, nil
		}
		options := container.LogConfiguration.Options
		return &stream{at: cloudwatchlogs.GetLogEventsInput{
			LogGroupName: aws.String(options["awslogs-group"]), StartFromHead: aws.Bool(true),
			LogStreamName: aws.String(options["awslogs-stream-prefix"] + "/" + r.Container + "/"),
		}}, nil
	}
	return nil, fmt.Errorf("task definition %s has no container %s", r.Definition, r.Container)
}

// of adds the task's id.
func (s *stream) of(task string) {
	if s != nil {
		s.at.LogStreamName = aws.String(aws.ToString(s.at.LogStreamName) + Short(task))
	}
}

// follow shows what was written since the last look. A log that cannot be read, or is not there yet, is no failure.
func (r Runner) follow(ctx context.Context, from *stream, into *Outcome) {
	if from == nil {
		return
	}
	for {
		page, err := r.Logs.GetLogEvents(ctx, &from.at)
		if from.err = err; err != nil {
			return
		}
		for _, event := range page.Events {
			for _, line := range strings.Split(strings.TrimRight(aws.ToString(event.Message), "\r\n"), "\n") {
				into.Written = append(into.Written, strings.TrimRight(line, "\r"))
				fmt.Fprintf(r.Show, "  %s\n", line)
			}
		}
		same := aws.ToString(page.NextForwardToken) == aws.ToString(from.at.NextToken)
		from.at.NextToken = page.NextForwardToken
		if same {
			return
		}
	}
}

// followToEnd waits for the lines of a task that has stopped, until they are all that is needed or no more come, and says
// so where none came at all. A container that never ran has written nothing.
func (r Runner) followToEnd(ctx context.Context, from *stream, into *Outcome, complete func(Outcome) bool) {
	if from == nil || into.Code < 0 {
		return
	}
	tick := time.NewTicker(r.Interval)
	defer tick.Stop()
	for news := time.Now(); (complete == nil || !complete(*into)) && mayComeLate(from.err); {
		within := nextLineWithin
		if len(into.Written) == 0 {
			within = firstLineWithin
		}
		if time.Since(news) >= within {
			break
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		seen := len(into.Written)
		if r.follow(ctx, from, into); len(into.Written) > seen {
			news = time.Now()
		}
	}
	if len(into.Written) > 0 {
		return
	}
	why := fmt.Sprintf("nothing came within %s", firstLineWithin)
	if from.err != nil {
		why = from.err.Error()
	}
	fmt.Fprintf(r.Show, "%s: task %s has %s, and its log could not be read (group %s, stream %s): %s\n",
		r.Name, Short(into.Arn), into.How(), aws.ToString(from.at.LogGroupName), aws.ToString(from.at.LogStreamName), why)
}

// mayComeLate tells whether a log that could not be read may be there in a moment: its stream is made with the first line, and a
// throttled call, a fault of AWS's or of the network passes. A refusal does not.
func mayComeLate(err error) bool {
	var missing *logtypes.ResourceNotFoundException
	return err == nil || errors.As(err, &missing) || retry.NewStandard().IsErrorRetryable(err)
}
