package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/check"
)

const (
	metricsPath = "/api/monitoring/metrics"
	queuesPath  = "/api/monitoring/queues"
)

// keyTables are the tables that the runbook counts (3.3). Somebody has signed in when they are counted, so the first
// two are never empty.
var keyTables = []struct {
	name       string
	neverEmpty bool
}{{"User", true}, {"Organization", true}, {"Asset", false}}

// databaseBody is what the backend says of its database. A field that it does not report stays nil.
type databaseBody struct {
	Database struct {
		Pool struct {
			Active *float64 `json:"active"`
			Idle   *float64 `json:"idle"`
			Max    *float64 `json:"max"`
		} `json:"pool"`
		Errors     *float64            `json:"errors"`
		Tables     map[string]*float64 `json:"tables"`
		Migrations struct {
			Applied *float64 `json:"applied"`
			Pending *float64 `json:"pending"`
			Failed  *float64 `json:"failed"`
		} `json:"migrations"`
		Problem string `json:"problem"` // why the rest is not known; optional
	} `json:"database"`
}

// DatabasePool checks that a task is connected to the database, has connections to spare, and reports no database error
// (runbook 5.3). The application decides over which time it counts errors.
//
//runbook:5.3#1-2 wants connections, some to spare, and no errors.
//runbook:trouble.high#4 finds an exhausted pool.
func DatabasePool(s *Session, interval time.Duration) check.Check {
	return databaseCheck("pool", s, interval, func(_ context.Context, p page, body databaseBody) (string, error) {
		pool, errs := body.Database.Pool, body.Database.Errors
		if pool.Active == nil || pool.Idle == nil || pool.Max == nil || errs == nil {
			return "", wrongBody(p, "database.pool with active, idle and max, or database.errors, is missing")
		}
		active, idle, most := *pool.Active, *pool.Idle, *pool.Max
		next := "check the database's connections and slow queries (docs/alarms.md, database connections), then the service's log"
		switch {
		case *errs > 0:
			return "", p.failure(next, "%g errors of the database are reported", *errs)
		case active+idle < 1:
			return "", p.failure(next, "the pool holds no connection to the database")
		case active >= most:
			return "", p.failure(next, "the pool is exhausted: %g of %g connections in use", active, most)
		}
		return fmt.Sprintf("%g active, %g idle, at most %g; no errors", active, idle, most), nil
	})
}

// Migrations checks that all migrations of the version deployed are applied and
// none has failed, as `prisma migrate status` does (runbook 3.2).
//
//runbook:3.2#6 wants none pending and none failed, once services run.
func Migrations(s *Session, interval time.Duration) check.Check {
	return databaseCheck("migrations", s, interval, func(_ context.Context, p page, body databaseBody) (string, error) {
		m := body.Database.Migrations
		if m.Applied == nil || m.Pending == nil || m.Failed == nil {
			return "", wrongBody(p, "database.migrations with applied, pending and failed is missing")
		}
		switch {
		case *m.Failed > 0:
			return "", poll.Permanent(p.failure("read the migration task's log; repair by hand, then `prisma migrate resolve` (P3009), "+
				"or restore the snapshot before the release", "%g migrations failed", *m.Failed))
		case *m.Pending > 0:
			return "", p.failure("run `prisma migrate deploy` from the image that is deployed: its code expects a newer schema",
				"%g migrations are pending", *m.Pending)
		case *m.Applied == 0:
			return "", p.failure("check that the image holds its migrations, and that DATABASE_URL names the right database",
				"no migration is applied and none is pending")
		}
		return fmt.Sprintf("%g applied, none pending, none failed", *m.Applied), nil
	})
}

// Tables checks that the key tables exist, and are not empty if they were not before (runbook 3.3). User and
// Organization are never empty once somebody has signed in. An empty Asset fails if the baseline says that it was not
// empty. Without a baseline it is not enough data (see Assets).
//
//runbook:3.3#1-6 asks the application for the rows of the key tables; nobody opens a session in the database.
func Tables(s *Session, before check.Baseline, interval time.Duration) check.Check {
	return databaseCheck("tables", s, interval, func(ctx context.Context, p page, body databaseBody) (string, error) {
		if body.Database.Tables == nil {
			return "", wrongBody(p, "database.tables is missing")
		}
		var seen, gone []string
		var worst error // a fault is worse than not enough data
		for _, table := range keyTables {
			rows, fact := body.Database.Tables[table.name], "tables."+table.name
			if rows == nil {
				gone = append(gone, table.name)
				continue
			}
			check.Fact(ctx, fact, *rows)
			seen = append(seen, before.Compare(fact, table.name, *rows, ""))
			err := evaluateEmpty(p, "table "+table.name, fact, *rows, before)
			if was, _ := before.Fact(fact); *rows == 0 && table.neverEmpty && was == 0 {
				err = poll.Permanent(p.failure("the counts are of another database than the login's: check DATABASE_URL of every task",
					"table %s is empty, though somebody has just signed in", table.name))
			}
			if worst == nil || check.IsNoData(worst) && err != nil && !check.IsNoData(err) {
				worst = err
			}
		}
		if len(gone) > 0 {
			return "", p.failure("check that the migrations ran on the database that DATABASE_URL names", "no table %s", strings.Join(gone, ", "))
		}
		return strings.Join(seen, ", "), worst
	})
}

func databaseCheck(name string, s *Session, interval time.Duration, evaluate evaluation[databaseBody]) check.Check {
	return reads("database", name, metricsPath, s, interval, func(ctx context.Context, p page, body databaseBody) (string, error) {
		if problem := body.Database.Problem; problem != "" { // its numbers are then not the database's
			return "", p.failure("see health/api, then "+dependencies["database"],
				"the application cannot read its database: %s", s.hide.Foreign(problem))
		}
		return evaluate(ctx, p, body)
	})
}

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
	return reads("queues", "jobs", queuesPath, s, interval, evaluateQueues)
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
