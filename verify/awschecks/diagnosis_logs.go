package awschecks

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// logPages bounds how many pages of errors are read: FilterLogEvents gives the
// oldest first, and a service in trouble can write very many.
const logPages = 10

func (a awsSources) LastErrors(ctx context.Context, group, pattern string, since time.Time, limit int) ([]LogLine, error) {
	input := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, StartTime: aws.Int64(since.UnixMilli())}
	if pattern != "" {
		input.FilterPattern = &pattern
	}
	var lines []LogLine
	for range logPages {
		out, err := a.Logs.FilterLogEvents(ctx, input)
		if err != nil {
			return nil, noLog(err)
		}
		for _, event := range out.Events {
			lines = append(lines, logLine(event.Timestamp, event.Message))
		}
		lines = lines[max(0, len(lines)-limit):]
		if aws.ToString(out.NextToken) == "" {
			break
		}
		input.NextToken = out.NextToken
	}
	return lines, nil
}

func (a awsSources) LastLines(ctx context.Context, stream LogStream, limit int) ([]LogLine, error) {
	out, err := a.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &stream.Group, LogStreamName: &stream.Name,
		Limit: aws.Int32(int32(limit)), StartFromHead: aws.Bool(false),
	})
	if err != nil {
		return nil, noLog(err)
	}
	lines := make([]LogLine, 0, len(out.Events))
	for _, event := range out.Events {
		lines = append(lines, logLine(event.Timestamp, event.Message))
	}
	return lines, nil
}

// noLog explains a log that does not exist: a container that never started wrote none.
func noLog(err error) error {
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return errors.New("it does not exist: nothing was ever written")
	}
	return Explain(err)
}

func logLine(milliseconds *int64, message *string) LogLine {
	line := LogLine{Message: aws.ToString(message)}
	if milliseconds != nil {
		line.At = time.UnixMilli(*milliseconds)
	}
	return line
}
