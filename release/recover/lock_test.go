package recovery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// These tests hold what a lock is worth, by plain values. They do not prove what /proc says of a real process: machine_test.go does.

var (
	then    = time.Date(2026, 11, 26, 1, 0, 0, 500e6, time.UTC)
	ourLock = Lock{User: "ana", Host: "ci-7", PID: 4711, Since: then}
)

func TestEvaluateLock(t *testing.T) {
	process := func(since time.Time, command string) []Process {
		return []Process{{PID: 1, Command: []string{"init"}}, {PID: 4711, Since: since, Command: []string{command}}}
	}
	otherHost, cloud := ourLock, ourLock
	otherHost.Host, cloud.Host = "ci-8", Cloud
	for name, row := range map[string]struct {
		lock    Lock
		vouched string
		now     []Process
		want    Verdict
		why     string
	}{
		"the holder is gone":                       {ourLock, "", process(then, "pulumi")[:1], Stale, "process 4711 is gone"},
		"the holder runs":                          {ourLock, "", process(then.Add(-time.Minute), "/usr/bin/pulumi"), Held, "process 4711 runs"},
		"it runs, by another name":                 {ourLock, "", process(then.Add(-time.Minute), "pulumi-dev"), Held, "pulumi-dev"},
		"it began as the lock was made":            {ourLock, "", process(then.Add(time.Second), "pulumi"), Held, "process 4711 runs"},
		"its id was given out again":               {ourLock, "", process(then.Add(time.Hour), "pulumi"), Stale, "process 4711 is another one by now"},
		"and at once, to something else":           {ourLock, "", process(then.Add(time.Second), "sh"), Stale, "process 4711 is another one by now"},
		"another machine's":                        {otherHost, "", nil, Foreign, "cannot tell whether it still runs on ci-8"},
		"another machine's, and somebody vouches":  {otherHost, "ci-8", nil, Stale, "you say that nothing runs on ci-8"},
		"somebody vouches for a third":             {otherHost, "ci-9", nil, Foreign, "ci-8"},
		"vouching does not help against a process": {ourLock, "ci-7", process(then.Add(-time.Minute), "pulumi"), Held, "process 4711 runs"},
		"Pulumi Cloud's":                           {cloud, "", nil, Foreign, "Pulumi Cloud does not say"},
		"Pulumi Cloud's, and somebody vouches":     {cloud, Cloud, nil, Stale, "you say"},
	} {
		t.Run(name, func(t *testing.T) {
			verdict, why := evaluateLock(row.lock, "ci-7", row.vouched, row.now)
			assert.Equal(t, row.want, verdict)
			assert.Contains(t, why, row.why)
		})
	}
}

func TestLock_SaysWhoHoldsIt(t *testing.T) {
	assert.Equal(t, "a lock of ana@ci-7 (process 4711), since 2026-11-26 01:00:00 UTC", ourLock.String())
	assert.Equal(t, "an update of ana's on Pulumi Cloud, since 2026-11-26 01:00:00 UTC", Lock{User: "ana", Host: Cloud, Since: then}.String())
}
