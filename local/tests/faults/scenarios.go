package faults

import (
	"context"
	"slices"
)

// scenarios are all there is, in an order in which none hides another: what stays in metrics and logs comes last.
func scenarios() []scenario {
	return slices.Concat(alarmed(), account(), misnamed(), throttled(), away(), wrongAnswers(), deployments(), measured())
}

// Table is every fault, in the order in which they are made.
func Table() []Fault {
	var all []Fault
	for _, s := range scenarios() {
		all = append(all, s.faults...)
	}
	return all
}

func one(name, how, check, cause string) []Fault { return []Fault{{name, how, check, cause}} }

func alarmed() []scenario {
	return []scenario{
		{
			faults: one("alarm already in ALARM", "CloudWatch has one of the stack's alarms in ALARM", "alarms/state", `(in ALARM|came back while watched): .*mail-bounce-rate`),
			make:   func(ctx context.Context, t *target) ([]byte, error) { return nil, ring(ctx, t) },
			undo:   quiet,
		}, {
			faults: one("alarm fires during the check", "one of the stack's alarms goes to ALARM once verify has begun to report", "alarms/state", `(in ALARM|came back while watched): .*mail-bounce-rate`),
			make:   func(context.Context, *target) ([]byte, error) { return nil, nil }, // nothing yet
			during: ring, undo: quiet,
		},
	}
}

// throttled are answers of AWS, or their absence.
func throttled() []scenario {
	return []scenario{
		{
			faults: one("AWS throttling", "every ecs:DescribeServices is answered ThrottlingException", "identity/backend", `DescribeServices: ThrottlingException`),
			make:   inScenario(call("ecs:DescribeServices", map[string]any{"status": 400, "code": "ThrottlingException", "message": "Rate exceeded"})),
			undo:   noScenario,
		}, {
			faults: one("AWS timeouts", "every elasticloadbalancing:DescribeTargetHealth takes half a minute", "targets/backend", `DescribeTargetHealth: no answer in time`),
			make:   inScenario(call("elbv2:DescribeTargetHealth", map[string]any{"delaySeconds": 30})),
			undo:   noScenario,
		},
	}
}

// away are dependencies that are gone while the application runs on.
func away() []scenario {
	gone := func(document func(*target) any) func(context.Context, *target) ([]byte, error) {
		return func(ctx context.Context, t *target) ([]byte, error) {
			if err := t.Scenario(document(t)); err != nil {
				return nil, err
			}
			return nil, connected(false)(ctx, t)
		}
	}
	back := func(ctx context.Context, t *target) error {
		if err := t.Scenario(nil); err != nil {
			return err
		}
		return connected(true)(ctx, t)
	}
	down := func(kind, output string) func(*target) any {
		return func(t *target) any {
			return map[string]any{"databases": map[string]any{"down": []string{kind + "/" + t.output(output)}}}
		}
	}
	return []scenario{
		{
			faults: one("database away", "nobody can connect to the RDS instance's address", "health/api", `(?m)health: database is disconnected$`),
			make:   gone(down("postgres", "databaseIdentifier")), undo: back,
		}, {
			faults: one("Redis away", "nobody can connect to the replication group's address", "health/api", `(?m)health: redis is disconnected$`),
			make:   gone(down("redis", "cacheId")), undo: back,
		}, {
			faults: one("S3 away", "every call of S3 is answered 503", "health/api", `(?m)health: s3 is disconnected$`),
			make:   gone(call("s3:.*", map[string]any{"status": 503, "code": "ServiceUnavailable"})), undo: back,
		},
	}
}

// wrongAnswers are an application that runs, and is not right.
func wrongAnswers() []scenario {
	backend := func(name, how, check, cause, fault string) scenario {
		return scenario{faults: one(name, how, check, cause), make: injected("backend", map[string]any{fault: true}), undo: clearFaults("backend")}
	}
	frontend := func(name, how, check, cause, fault string) scenario {
		return scenario{faults: one(name, how, check, cause), make: injected("frontend", map[string]any{fault: true}), undo: clearFaults("frontend")}
	}
	empty := backend("empty asset list where there was data", "the API lists no assets; the report of before the release counted some", "smoke/assets", `empty; it held 1`, "assets-empty")
	broken := empty.make
	empty.make = func(ctx context.Context, t *target) ([]byte, error) {
		if err := t.keepBaseline(); err != nil {
			return nil, err
		}
		return broken(ctx, t)
	}
	empty.before = true
	return []scenario{
		backend("health 200 with a broken body", "the health check answers 200 with JSON that is cut off", "health/api", `the body is not the JSON expected`, "broken-body"),
		backend("login refused", "the API answers every login 401", "smoke/login", `the login is refused: 401`, "login-refused"),
		backend("token rejected", "the API answers every bearer token 401", "smoke/me", `401.*rejected`, "token-rejected"),
		empty,
		backend("queue stuck", "the worker finishes no jobs", "queues/jobs", `queue documents is stuck`, "queue-stuck"),
		frontend("site built for another API", "the page's script names another API", "health/site", `built for https://api\.another\.example`, "wrong-api"),
		frontend("assets missing", "the page's script and stylesheet are answered 404", "health/site", `404`, "missing-assets"),
		frontend("no security headers", "answers carry no security headers", "health/headers site", `Strict-Transport-Security`, "no-security-headers"),
	}
}
