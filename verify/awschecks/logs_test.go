package awschecks

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// A hand-written CloudWatch Logs answers here: that its pattern finds what is
// meant is not proved.

type fakeLogs struct {
	pages [][]string // messages; the last page is followed by none
	more  bool       // by another, for ever
	err   error
	from  int64
	calls int
}

func (f *fakeLogs) FilterLogEvents(_ context.Context, in *cloudwatchlogs.FilterLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	if *in.LogGroupName != fakeaws.Wanted.LogGroup || *in.FilterPattern != `"ERROR"` {
		panic("asked for another log or pattern")
	}
	f.from = *in.StartTime
	out := &cloudwatchlogs.FilterLogEventsOutput{}
	if f.calls < len(f.pages) {
		for i, message := range f.pages[f.calls] {
			out.Events = append(out.Events, types.FilteredLogEvent{Message: &message, Timestamp: aws.Int64(fakeaws.Noon.Add(time.Duration(i) * time.Second).UnixMilli())})
		}
	}
	f.calls++
	if f.more || f.calls < len(f.pages) {
		out.NextToken = aws.String("more")
	}
	return out, nil
}

func (f *fakeLogs) GetLogEvents(context.Context, *cloudwatchlogs.GetLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	panic("errors are filtered")
}

func errorsCheck(f *fakeLogs, service *fakeaws.ECS) check.Check {
	s := wanted(Clients{ECS: service, Logs: f})
	s.ErrorPattern = `"ERROR"`
	return s.Errors("backend", 2, DefaultSince)
}

func TestErrors(t *testing.T) {
	refused := func(port int) string {
		return fmt.Sprintf(`{"level":"error","severity":"ERROR","msg":"connect to 10.0.1.%d:%d failed after %d ms"}`, port%250, port, port)
	}
	for name, tc := range map[string]struct {
		logs    *fakeLogs
		outcome check.Outcome
		says    []string
	}{
		"none":          {&fakeLogs{}, check.OK, []string{"0 errors of the last 1h in /ecs/flowcomply-backend; 2 allowed"}},
		"as allowed":    {&fakeLogs{pages: [][]string{{refused(1)}, {}, {refused(2)}}}, check.OK, []string{"2 errors of the last 1h", "2 × connect to <address> failed after <n> ms"}},
		"too many":      {&fakeLogs{pages: [][]string{{refused(1), "ERROR odd"}, {refused(2)}}}, check.FailedNow, []string{"3 errors", "; 2 allowed; most: connect to <address> failed", "1 × ERROR odd (first 2025-10-07T12:00:01Z"}},
		"endless":       {&fakeLogs{more: true}, check.NotEnoughData, []string{"at least 0 errors", "too long to be read"}},
		"endless, many": {&fakeLogs{pages: [][]string{{refused(1), refused(2), refused(3)}}, more: true}, check.FailedNow, []string{"at least 3 errors"}},
		"no such log":   {&fakeLogs{err: &types.ResourceNotFoundException{}}, check.FailedNow, []string{"the log group /ecs/flowcomply-backend does not exist"}},
		"credential":    {&fakeLogs{pages: [][]string{{"ERROR postgres://u:hunter22@db", "ERROR b", "ERROR c"}}}, check.FailedNow, []string{"postgres://u:[redacted]@db"}},
	} {
		t.Run(name, func(t *testing.T) {
			checktest.Expect(t, checktest.One(t, errorsCheck(tc.logs, fakeaws.Healthy())), tc.outcome, tc.says...)
			assert.LessOrEqual(t, tc.logs.calls, errorPages)
		})
	}
}

func TestErrors_CountSinceTheDeploymentOrAnHour(t *testing.T) {
	for name, tc := range map[string]struct {
		ago, from time.Duration
		says      string
	}{
		"young":    {10 * time.Minute, 10 * time.Minute, "since the deployment began at 1999-12-31T23:50:00Z"},
		"old":      {48 * time.Hour, time.Hour, "of the last 1h"},
		"an hour":  {time.Hour, time.Hour, "of the last 1h"},
		"just now": {0, 0, "since the deployment began"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeLogs{}
			service := fakeaws.Healthy()
			var now time.Time
			synctest.Test(t, func(t *testing.T) {
				now = time.Now()
				service.Service.Deployments[0].CreatedAt = aws.Time(now.Add(-tc.ago))
				checktest.Expect(t, check.Run(t.Context(), []check.Check{errorsCheck(f, service)}, check.Options{}).Results[0], check.OK, tc.says)
			})
			assert.Equal(t, now.Add(-tc.from).UnixMilli(), f.from)
		})
	}
}

func TestErrors_ShowsTheCommonestKinds(t *testing.T) {
	var lines []string
	for kind := range 8 {
		for range kind + 1 {
			lines = append(lines, "ERROR kind "+strings.Repeat("x", kind+1))
		}
	}
	got := checktest.One(t, errorsCheck(&fakeLogs{pages: [][]string{lines}}, fakeaws.Healthy()))
	assert.Len(t, got.Details, shownErrors+1)
	assert.Contains(t, got.Details[0], "8 × ERROR kind xxxxxxxx")
	assert.Equal(t, "and 3 other kinds more", got.Details[shownErrors])
}

func TestNormalise(t *testing.T) {
	for message, want := range map[string]string{
		"2025-10-07T12:00:00.123Z ERROR user 42 not found":                      "<time> ERROR user <n> not found",
		"ERROR asset 3f2504e0-4f89-11d3-9a0c-0305e82c3301 of a.b@example.co.nz": "ERROR asset <id> of <mail>",
		"ERROR digest 0123456789abcdef to 10.0.0.1:5432":                        "ERROR digest <id> to <address>",
		"\x1b[31mERROR\x1b[0m  took 1.5s":                                       "ERROR took <n>s",
		"ERROR feedback decade":                                                 "ERROR feedback decade",
	} {
		assert.Equal(t, want, normalise(message))
	}
	assert.Len(t, []rune(normalise(strings.Repeat("ä", 500))), longestMessage+2)
}

func TestMessage(t *testing.T) {
	for line, want := range map[string]string{
		"ERROR plain": "ERROR plain", `{"msg":"a","error":"b"}`: "a: b", `{"message":"a","error":"a"}`: "a", `{"level":"error"}`: `{"level":"error"}`, `["msg"]`: `["msg"]`,
	} {
		assert.Equal(t, want, message(line))
	}
}
