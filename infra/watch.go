package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/budget"
	"github.com/flowcomply/infrastructure/components/dashboard"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// watch is what looks at everything else: the alarms of the shared parts (services bring their own and the front its,
// as deployments are judged by them), the dashboard over all, and the budget.
type watch struct {
	sets []*alarm.Set
}

func newWatch(env environment, ground *ground, stores *stores, front *front, workloads *workloads) (*watch, error) {
	made := &watch{sets: []*alarm.Set{front.alarms}}
	logGroups := pulumi.StringArray{}
	for _, name := range env.spec.Images() {
		made.sets = append(made.sets, workloads.services[name].Watched...)
		logGroups = append(logGroups, pulumi.String(workloads.services[name].LogGroup))
	}
	if err := made.shared(env, ground, stores, front); err != nil {
		return nil, err
	}
	_, err := dashboard.New(env.ctx, "overview", dashboard.Args{
		DashboardName: env.names.Dashboard(), Stack: env.names.Stack, Region: env.spec.Account.Region,
		RunbookURL: env.spec.RunbookURL, Sets: made.sets, LogGroups: logGroups,
	}, env.aws)
	if err != nil {
		return nil, err
	}
	_, err = budget.New(env.ctx, "budget", env.spec.Budget, budget.Args{
		Name: env.names.Budget(), StackTag: env.names.Stack, Emails: env.spec.Alerts.Addresses(), NotifyTopicArn: ground.topics.NotifyTopicArn,
	}, env.aws)
	return made, err
}

// shared declares the alarms of what the services share, those apart that judge deployments. Their dimensions are
// names the program sets, so that no alarm waits for what it watches; but for the database's, which in a restore watch the
// instance before until the copy is there: alarms on nothing would have gone blind in the half hour that RDS may take.
func (w *watch) shared(env environment, ground *ground, stores *stores, front *front) error {
	limits, err := slo.DatabaseLimits(env.spec.Database.Class, env.spec.Database.StorageGiB, env.spec.Database.MaxConnections)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	targets := map[string]struct {
		scope  slo.Scope
		target alarm.Target
	}{
		"database": {slo.Database, alarm.Target{
			Limits: limits, Dimensions: map[string]pulumi.StringInput{"DBInstanceIdentifier": stores.identifier()},
		}},
		"mail": {slo.Mail, alarm.Target{Dimensions: map[string]pulumi.StringInput{"ses:configuration-set": front.mail.ConfigurationSet}}},
	}
	for node := 1; node <= env.spec.Cache.Nodes; node++ {
		member := fmt.Sprintf("%03d", node)
		one := targets["cache-"+member]
		one.scope = slo.Cache
		one.target.Dimensions = map[string]pulumi.StringInput{"CacheClusterId": pulumi.String(env.names.Cache() + "-" + member)}
		targets["cache-"+member] = one
	}
	for _, role := range slices.Sorted(maps.Keys(targets)) {
		one := targets[role]
		one.target.Role = role
		set, err := alarm.New(env.ctx, role+"-alarms", one.scope, one.target, ground.alarms(env), env.aws)
		if err != nil {
			return err
		}
		w.sets = append(w.sets, set)
	}
	return nil
}

// resources are the alarms themselves.
func (w *watch) resources() []pulumi.Resource {
	var all []pulumi.Resource
	for _, set := range w.sets {
		all = append(all, set.Resources...)
	}
	return all
}

// names are all alarms of the stack, sorted.
func (w *watch) names() []string {
	var names []string
	for _, set := range w.sets {
		names = append(names, set.Names...)
	}
	slices.Sort(names)
	return names
}
