package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
)

// When a queue is stuck. The limits leave time for a burst of documents, but find a queue without a worker. Queues keep
// failed jobs, so some are normal.
const (
	oldestJob  = 5 * time.Minute  // a job as old as this fails, whether it waits or is worked on
	idleQueue  = 30 * time.Second // one that waits while nothing is worked on fails as early as this
	failedJobs = 10               // more failed jobs than this fail
)

type queueBody struct {
	Queues []struct {
		Name    string   `json:"name"`
		Running *bool    `json:"running"`
		Waiting *float64 `json:"waiting"`
		Active  *float64 `json:"active"`
		Failed  *float64 `json:"failed"`
		Oldest  *float64 `json:"oldestSeconds"` // age of the oldest job that waits or is worked on; nil or 0 without one
	} `json:"queues"`
}

// Queues checks that every background queue runs and none is stuck (runbook 5.4): no job waits longer than the limits,
// and not too many have failed. A backlog may shrink until the check's deadline.
//
//runbook:5.4#1-2 wants every queue running and no job stuck.
func Queues(s *Session, interval time.Duration) check.Check {
	return reads("queues", "jobs", "/api/monitoring/queues", s, interval, evaluateQueues)
}

func evaluateQueues(_ context.Context, p page, body queueBody) (string, error) {
	if len(body.Queues) == 0 {
		return "", wrongBody(p, "no queue is reported")
	}
	var seen, wrong []string
	for i, q := range body.Queues {
		if q.Name == "" || q.Running == nil || q.Waiting == nil || q.Active == nil || q.Failed == nil {
			return "", wrongBody(p, fmt.Sprintf("queues[%d] lacks name, running, waiting, active or failed", i))
		}
		oldest := time.Duration(0)
		if q.Oldest != nil {
			oldest = time.Duration(*q.Oldest * float64(time.Second)).Round(time.Second)
		}
		switch {
		case !*q.Running:
			wrong = append(wrong, fmt.Sprintf("queue %s does not run (%g waiting)", q.Name, *q.Waiting))
		case *q.Waiting > 0 && *q.Active == 0 && oldest >= idleQueue:
			wrong = append(wrong, fmt.Sprintf("queue %s is stuck: %g waiting, the oldest for %s, and none being worked on (limit %s)",
				q.Name, *q.Waiting, oldest, idleQueue))
		case oldest >= oldestJob:
			wrong = append(wrong, fmt.Sprintf("queue %s is stuck: its oldest job is %s old (limit %s); %g waiting, %g active",
				q.Name, oldest, oldestJob, *q.Waiting, *q.Active))
		}
		if *q.Failed > failedJobs {
			wrong = append(wrong, fmt.Sprintf("queue %s has %g failed jobs (limit %d)", q.Name, *q.Failed, failedJobs))
		}
		seen = append(seen, fmt.Sprintf("%s runs: %g waiting, %g active, %g failed", q.Name, *q.Waiting, *q.Active, *q.Failed))
	}
	if len(wrong) > 0 {
		failure := p.failure("check Redis and the worker's log; a job that always fails blocks those behind it", "%s", strings.Join(wrong, "; "))
		failure.Details = seen
		return "", failure
	}
	return strings.Join(seen, "; "), nil
}
