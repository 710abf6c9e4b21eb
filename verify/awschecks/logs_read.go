package awschecks

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// logStream is where one container wrote.
type logStream struct{ group, name string }

// logLine is one event of a log.
type logLine struct {
	at      time.Time
	message string
}

// filterLog reads the lines of a log group that match the filter pattern, the oldest first, from so many pages at most;
// whole tells whether these are all.
func (s Stack) filterLog(ctx context.Context, group, pattern string, since time.Time, most int) (lines []logLine, whole bool, err error) {
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(s.Logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: &group, FilterPattern: &pattern, StartTime: aws.Int64(since.UnixMilli()),
	})
	for range most {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, false, err
		}
		for _, event := range page.Events {
			lines = append(lines, logLine{time.UnixMilli(aws.ToInt64(event.Timestamp)), aws.ToString(event.Message)})
		}
		if !pages.HasMorePages() {
			return lines, true, nil
		}
	}
	return lines, false, nil
}

// logEnd reads the last lines of a stream, the oldest first.
func (s Stack) logEnd(ctx context.Context, stream logStream, limit int32) ([]string, error) {
	out, err := s.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &stream.group, LogStreamName: &stream.name, Limit: &limit, StartFromHead: aws.Bool(false),
	})
	if err != nil {
		return nil, explainLog(err)
	}
	var lines []string
	for _, event := range out.Events {
		lines = append(lines, aws.ToString(event.Message))
	}
	return lines, nil
}

// explainLog explains a log that does not exist: a container that never started wrote none.
func explainLog(err error) error {
	if missingLog(err) {
		return errors.New("it does not exist: nothing was ever written")
	}
	return Explain(err)
}

func missingLog(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
}
