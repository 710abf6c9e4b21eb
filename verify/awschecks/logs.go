package awschecks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
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

// LogReader reads logs; *cloudwatchlogs.Client is one.
type LogReader interface {
	FilterLogEvents(context.Context, *cloudwatchlogs.FilterLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error)
	GetLogEvents(context.Context, *cloudwatchlogs.GetLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error)
}

// LogTerms say what is an error in a log, and how many are allowed.
type LogTerms struct {
	Pattern string        // what an error is, as a CloudWatch Logs filter pattern
	Allowed int           // errors of one service that are still fine
	Since   time.Duration // how far back at most; 0: DefaultSince
}

// Errors checks that a service has logged no more errors than allowed since its
// deployment began, or since terms.Since if that is shorter. Errors are counted,
// and grouped by what they say without the numbers and names in it.
//
//runbook:6.2#3-4,trouble.high#6 counts the errors of each service since its deployment began, and groups them.
func Errors(
	name, cluster string, want outputs.Service, terms LogTerms, services ServiceReader, logs LogReader, hide *check.Redactor, interval time.Duration,
) check.Check {
	if terms.Since == 0 {
		terms.Since = DefaultSince
	}
	c := &errorLog{cluster: cluster, want: want, terms: terms, services: services, logs: logs, hide: hide}
	return check.Check{Group: "logs", Name: name, Run: func(ctx context.Context) (string, error) {
		return check.Poll(ctx, interval, c.probe)
	}}
}

type errorLog struct {
	cluster  string
	want     outputs.Service
	terms    LogTerms
	services ServiceReader
	logs     LogReader
	hide     *check.Redactor
}

func (c *errorLog) probe(ctx context.Context) (string, error) {
	service, err := DescribeService(ctx, c.cluster, c.want.ServiceName, c.services)
	if err != nil {
		return "", err
	}
	since, of := time.Now().Add(-c.terms.Since), "of the last "+text.Duration(c.terms.Since)
	if deployed := started(service, c.want); deployed.After(since) {
		since, of = deployed, "since the deployment began at "+text.Clock(&deployed)
	}
	found, whole, err := c.read(ctx, since)
	if err != nil {
		return "", err
	}
	return c.evaluate(found, whole, of)
}

// read returns the errors, the oldest first, and whether these are all.
func (c *errorLog) read(ctx context.Context, since time.Time) (found []LogLine, whole bool, err error) {
	from := since.UnixMilli()
	input := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &c.want.LogGroup, StartTime: &from, FilterPattern: &c.terms.Pattern}
	for range errorPages {
		out, err := c.logs.FilterLogEvents(ctx, input)
		var missing *types.ResourceNotFoundException
		if errors.As(err, &missing) {
			return nil, false, poll.Permanent(&check.Failure{
				Cause: "the log group " + c.want.LogGroup + " does not exist", Next: "run `pulumi refresh` and `pulumi up`: somebody has deleted it",
			})
		}
		if err != nil {
			return nil, false, Explain(err)
		}
		for _, event := range out.Events {
			found = append(found, logLine(event.Timestamp, event.Message))
		}
		if aws.ToString(out.NextToken) == "" {
			return found, true, nil
		}
		input.NextToken = out.NextToken
	}
	return found, false, nil
}

// evaluate compares the errors with what is allowed. Its answer is permanent: what is logged stays logged.
func (c *errorLog) evaluate(found []LogLine, whole bool, of string) (string, error) {
	number := text.Count(len(found), "error")
	if !whole {
		number = "at least " + number
	}
	cause := fmt.Sprintf("%s %s in %s; %d allowed", number, of, c.want.LogGroup, c.terms.Allowed)
	kinds := groupLines(found, c.hide)
	var details []string
	for _, k := range kinds[:min(shownErrors, len(kinds))] {
		details = append(details, fmt.Sprintf("%d × %s (first %s, last %s)", k.lines, k.says, text.Clock(&k.first), text.Clock(&k.last)))
	}
	if rest := len(kinds) - len(details); rest > 0 {
		details = append(details, fmt.Sprintf("and %s more", text.Count(rest, "other kind")))
	}
	switch {
	case len(found) > c.terms.Allowed:
		return "", poll.Permanent(&check.Failure{
			Cause: cause + "; most: " + kinds[0].says, Details: details,
			Next: "read what came before: aws logs tail " + c.want.LogGroup + " --since 30m; roll back if it began with this release",
		})
	case !whole:
		return "", poll.Permanent(check.NoData(&check.Failure{
			Cause: cause + ", but the log is too long to be read to its end", Details: details, Next: "run verify again with a shorter --since",
		}))
	case len(kinds) > 0:
		return cause + ": " + strings.Join(details, "; "), nil
	}
	return cause, nil
}

// lineKind is lines that say the same.
type lineKind struct {
	says        string
	lines       int
	first, last time.Time
}

// groupLines puts lines together that differ only in numbers and names, the commonest first.
func groupLines(found []LogLine, hide *check.Redactor) []*lineKind {
	var kinds []*lineKind
	bySays := map[string]*lineKind{}
	for _, line := range found {
		says := normalise(hide.Foreign(message(line.Message)))
		if bySays[says] == nil {
			bySays[says] = &lineKind{says: says, first: line.At}
			kinds = append(kinds, bySays[says])
		}
		k := bySays[says]
		k.lines++
		k.last = line.At
	}
	slices.SortStableFunc(kinds, func(a, b *lineKind) int { return cmp.Or(cmp.Compare(b.lines, a.lines), a.first.Compare(b.first)) })
	return kinds
}
