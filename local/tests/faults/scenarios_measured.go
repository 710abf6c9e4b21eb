package faults

import "context"

// measured are faults that only numbers and logs show. They stay in both for a while, so each has a number, or a
// service, of its own.
func measured() []scenario {
	return []scenario{
		{
			faults: []Fault{
				{"CPU", "the frontend keeps all its processor time busy", "metrics/frontend-cpu", `breach`},
				{"memory", "the frontend holds nearly all its memory", "metrics/frontend-memory", `breach`},
				{"database connections", "the backend holds 50 connections beside its pool", "metrics/database-connections", `breach`},
				{"cache hit rate", "the backend asks Redis for keys that are not there", "metrics/cache-001-hit-rate", `breach`},
			},
			make: pressed, undo: clearFaults("backend", "frontend"), lasting: true,
		}, {
			faults: one("5xx above 5 %", "the frontend answers requests 500, and has some", "metrics/frontend-error-rate", `5xx answer: .*breach`),
			make:   pushed("frontend", map[string]any{"error-rate": 1}), undo: clearFaults("frontend"), lasting: true,
		}, {
			faults: one("p95 above 200 ms", "the frontend takes 400 ms for every answer, and has requests", "metrics/frontend-latency", `breach`),
			make:   pushed("frontend", map[string]any{"latency-ms": 400}), undo: clearFaults("frontend"), lasting: true,
		}, {
			faults: one("errors in logs", "the frontend writes 50 error lines", "logs/frontend", `50 × unhandled exception in a request`),
			make:   logged("frontend", "unhandled exception in a request", 50), undo: clearFaults("frontend"), lasting: true,
		},
	}
}

// logged has a service write so many lines of an error, and waits until they are in its log.
func logged(role, says string, lines int) func(context.Context, *target) ([]byte, error) {
	return func(ctx context.Context, t *target) ([]byte, error) {
		if err := t.Break(ctx, role, map[string]any{"log-errors": lines}); err != nil {
			return nil, err
		}
		return nil, t.Logged(ctx, role, says, lines)
	}
}

// pressed holds the faults for a whole minute: what verify measures is an average of at least that.
func pressed(ctx context.Context, t *target) ([]byte, error) {
	if err := t.Break(ctx, "frontend", map[string]any{"burn-cpu": 2, "hold-memory-mib": 430}); err != nil {
		return nil, err
	}
	if err := t.Break(ctx, "backend", map[string]any{"hold-connections": 50, "cache-misses": 2000}); err != nil {
		return nil, err
	}
	return nil, minute(ctx)
}

// pushed switches a fault on, sends requests, and waits until the load balancer has reported them.
func pushed(role string, faults map[string]any) func(context.Context, *target) ([]byte, error) {
	return func(ctx context.Context, t *target) ([]byte, error) {
		if err := t.Break(ctx, role, faults); err != nil {
			return nil, err
		}
		const requests = 120
		before, err := t.Requests(ctx, role)
		if err != nil {
			return nil, err
		}
		// Not the page that health checks ask for: that one stays right, or ECS would replace the task.
		if err := t.Traffic(ctx, requests, t.Outputs.SiteURL+"/assets"); err != nil {
			return nil, err
		}
		return nil, t.Reported(ctx, role, before+requests)
	}
}
