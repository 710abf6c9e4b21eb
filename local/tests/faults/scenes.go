package faults

import (
	"context"
	"slices"
)

// scenes are all there is, in an order in which none hides another: what stays in metrics and logs comes last.
func scenes() []scene {
	return slices.Concat(alarmed(), account(), throttled(), away(), wrongAnswers(), deployments(), measured())
}

// Table is every fault, in the order in which they are made.
func Table() []Fault {
	var all []Fault
	for _, s := range scenes() {
		all = append(all, s.faults...)
	}
	return all
}

func one(name, how, check, cause string) []Fault { return []Fault{{name, how, check, cause}} }

func alarmed() []scene {
	return []scene{
		{
			faults: one("alarm already in ALARM", "CloudWatch has one of the stack's alarms in ALARM", "alarms/state", `(in ALARM|came back while watched): .*mail-bounce-rate`),
			make:   func(ctx context.Context, g *ground) ([]byte, error) { return nil, ring(ctx, g) },
			undo:   quiet,
		}, {
			faults: one("alarm fires during the check", "one of the stack's alarms goes to ALARM once verify has begun to report", "alarms/state", `(in ALARM|came back while watched): .*mail-bounce-rate`),
			make:   func(context.Context, *ground) ([]byte, error) { return nil, nil }, // nothing yet
			during: ring, undo: quiet,
		},
	}
}

// throttled are answers of AWS, or their absence.
func throttled() []scene {
	return []scene{
		{
			faults: one("AWS throttling", "every ecs:DescribeServices is answered ThrottlingException", "identity/backend", `DescribeServices: ThrottlingException`),
			make:   staged(call("ecs:DescribeServices", map[string]any{"status": 400, "code": "ThrottlingException", "message": "Rate exceeded"})),
			undo:   unstaged,
		}, {
			faults: one("AWS timeouts", "every elasticloadbalancing:DescribeTargetHealth takes half a minute", "targets/backend", `DescribeTargetHealth: no answer in time`),
			make:   staged(call("elbv2:DescribeTargetHealth", map[string]any{"delaySeconds": 30})),
			undo:   unstaged,
		},
	}
}

// away are dependencies that are gone while the application runs on.
func away() []scene {
	gone := func(document func(*ground) any) func(context.Context, *ground) ([]byte, error) {
		return func(ctx context.Context, g *ground) ([]byte, error) {
			if err := g.Scenario(document(g)); err != nil {
				return nil, err
			}
			return nil, connected(false)(ctx, g)
		}
	}
	back := func(ctx context.Context, g *ground) error {
		if err := g.Scenario(nil); err != nil {
			return err
		}
		return connected(true)(ctx, g)
	}
	down := func(kind, output string) func(*ground) any {
		return func(g *ground) any {
			return map[string]any{"stores": map[string]any{"down": []string{kind + "/" + g.output(output)}}}
		}
	}
	return []scene{
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
func wrongAnswers() []scene {
	backend := func(name, how, check, cause, fault string) scene {
		return scene{faults: one(name, how, check, cause), make: told("backend", map[string]any{fault: true}), undo: mend("backend")}
	}
	frontend := func(name, how, check, cause, fault string) scene {
		return scene{faults: one(name, how, check, cause), make: told("frontend", map[string]any{fault: true}), undo: mend("frontend")}
	}
	empty := backend("empty asset list where there was data", "the API lists no assets; the report of before the release counted some", "smoke/assets", `empty; it held 1`, "assets-empty")
	broken := empty.make
	empty.make = func(ctx context.Context, g *ground) ([]byte, error) {
		if err := g.keepBaseline(); err != nil {
			return nil, err
		}
		return broken(ctx, g)
	}
	empty.before = true
	return []scene{
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
