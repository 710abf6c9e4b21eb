package awschecks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

const (
	// DefaultAllowedErrors is how many errors a service may log. A task that is replaced cuts a connection or two, and one
	// that starts before its database answers logs that. More is a fault.
	DefaultAllowedErrors = 5
	// DefaultSince is how far back logs are read if the deployment is older
	// (runbook 6.2).
	DefaultSince = time.Hour
	// errorPages bounds the pages read of one log; a page may be empty where
	// CloudWatch has searched much and found nothing.
	errorPages = 50
	// shownErrors is how many kinds of error are shown, the commonest first.
	shownErrors = 5
)

// Errors checks that a service has logged no more errors than allowed since its deployment began, or within the last time,
// if that is shorter. Errors are counted, and grouped by what they say without the numbers and names in it.
//
//runbook:6.2#3-4,trouble.high#6 counts the errors of each service since its deployment began, and groups them.
func (s Stack) Errors(role string, allowed int, last time.Duration) check.Check {
	want := s.Services[role]
	return polled("logs", role, s.Interval, func(ctx context.Context) (string, error) {
		service, err := DescribeService(ctx, s.ClusterArn, want.ServiceName, s.ECS)
		if err != nil {
			return "", err
		}
		since, of := time.Now().Add(-last), "of the last "+text.Duration(last)
		if deployed := started(service, want); deployed.After(since) {
			since, of = deployed, "since the deployment began at "+text.Clock(&deployed)
		}
		found, whole, err := s.filterLog(ctx, want.LogGroup, s.ErrorPattern, since, errorPages)
		switch {
		case missingLog(err):
			return "", permanent("the log group "+want.LogGroup+" does not exist", "run `pulumi refresh` and `pulumi up`: somebody has deleted it")
		case err != nil:
			return "", Explain(err)
		}
		return s.evaluateErrors(found, whole, of, allowed, want.LogGroup)
	})
}

// evaluateErrors compares the errors with what is allowed. Its answer is permanent: what is logged stays logged.
func (s Stack) evaluateErrors(found []logLine, whole bool, of string, allowed int, logGroup string) (string, error) {
	number := text.Count(len(found), "error")
	if !whole {
		number = "at least " + number
	}
	cause := fmt.Sprintf("%s %s in %s; %d allowed", number, of, logGroup, allowed)
	kinds := group(found, func(line logLine) string { return normalise(s.Hide.Foreign(message(line.message))) })
	var details []string
	for _, k := range kinds[:min(shownErrors, len(kinds))] {
		first, last := k.items[0].at, k.items[len(k.items)-1].at
		details = append(details, fmt.Sprintf("%d × %s (first %s, last %s)", len(k.items), k.says, text.Clock(&first), text.Clock(&last)))
	}
	if rest := len(kinds) - len(details); rest > 0 {
		details = append(details, fmt.Sprintf("and %s more", text.Count(rest, "other kind")))
	}
	switch {
	case len(found) > allowed:
		return "", permanent(cause+"; most: "+kinds[0].says,
			"read what came before: aws logs tail "+logGroup+" --since 30m; roll back if it began with this release", details...)
	case !whole:
		return "", noData(cause+", but the log is too long to be read to its end", "run verify again with a shorter --since", details...)
	case len(kinds) > 0:
		return cause + ": " + strings.Join(details, "; "), nil
	}
	return cause, nil
}

// kind is items that say the same.
type kind[T any] struct {
	says  string
	items []T
}

// group puts items together that say the same, the commonest kind first, else in the order of the items.
func group[T any](items []T, says func(T) string) []kind[T] {
	var kinds []kind[T]
	known := map[string]int{} // index in kinds
	for _, item := range items {
		what := says(item)
		i, is := known[what]
		if !is {
			i = len(kinds)
			known[what], kinds = i, append(kinds, kind[T]{says: what})
		}
		kinds[i].items = append(kinds[i].items, item)
	}
	slices.SortStableFunc(kinds, func(a, b kind[T]) int { return len(b.items) - len(a.items) })
	return kinds
}

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
func (s Stack) logEnd(ctx context.Context, stream logStream) ([]string, error) {
	out, err := s.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &stream.group, LogStreamName: &stream.name, Limit: aws.Int32(shownLines), StartFromHead: aws.Bool(false),
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
