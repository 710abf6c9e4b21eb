package main

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/budget"
	"github.com/flowcomply/infrastructure/components/dashboard"
	"github.com/flowcomply/infrastructure/components/slo"
)

// declareMonitoring declares the alarms of what services share, the dashboard over all alarms, and the budget. Services
// bring their own alarms, and the ingress its own, as deployments are judged by them.
func (e *environment) declareMonitoring() error {
	e.alarms = []*alarm.Set{e.ingress.alarms}
	logGroups := pulumi.StringArray{}
	for _, name := range e.spec.Images() {
		e.alarms = append(e.alarms, e.services[name].Watched...)
		logGroups = append(logGroups, pulumi.String(e.services[name].LogGroup))
	}
	if err := e.declareSharedAlarms(); err != nil {
		return err
	}
	_, err := dashboard.New(e.ctx, "overview", dashboard.Args{
		DashboardName: e.names.Dashboard(), Stack: e.names.Stack, Region: e.spec.Account.Region,
		RunbookURL: e.spec.RunbookURL, Sets: e.alarms, LogGroups: logGroups,
	}, e.aws)
	if err != nil {
		return err
	}
	_, err = budget.New(e.ctx, "budget", e.spec.Budget, budget.Args{
		Name: e.names.Budget(), StackTag: e.names.Stack, Emails: e.spec.Alerts.Addresses(), NotifyTopicArn: e.topics.NotifyTopicArn,
	}, e.aws)
	return err
}

// declareSharedAlarms declares the alarms on deployments, database, cache and mail. Most dimensions are names that the program sets, so
// that no alarm waits for what it watches. The database's do wait: in a restore they watch the old instance until the copy
// is there, as an alarm on an instance that does not exist yet sees nothing.
func (e *environment) declareSharedAlarms() error {
	limits, err := slo.DatabaseLimits(e.spec.Database.Class, e.spec.Database.StorageGiB, e.spec.Database.MaxConnections)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	nodeLimits, nodeTraits, err := slo.CacheTarget(e.spec.Cache.NodeType)
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	type watched struct {
		scope  slo.Scope
		target alarm.Target
	}
	var all []watched // in the order of their roles
	for node := range e.spec.Cache.Nodes {
		member := fmt.Sprintf("%03d", node+1)
		all = append(all, watched{slo.Cache, alarm.Target{Role: "cache-" + member, Limits: nodeLimits, Traits: nodeTraits,
			Dimensions: map[string]pulumi.StringInput{"CacheClusterId": pulumi.String(e.names.Cache() + "-" + member)}}})
	}
	all = append(all,
		watched{slo.Database, alarm.Target{Role: "database", Limits: limits, Traits: slo.DatabaseTraits(e.spec.Database.Class),
			Dimensions: map[string]pulumi.StringInput{"DBInstanceIdentifier": e.databaseIdentifier()}}},
		watched{slo.Deployments, alarm.Target{Role: "deployments",
			Dimensions: map[string]pulumi.StringInput{"RuleName": e.topics.DeploymentFailedRule}}},
		watched{slo.Mail, alarm.Target{Role: "mail",
			Dimensions: map[string]pulumi.StringInput{"ses:configuration-set": e.mail.ConfigurationSet}}},
		watched{slo.MailAccount, alarm.Target{Role: "mail-account"}})
	for _, one := range all {
		set, err := e.newAlarms(one.scope, one.target)
		if err != nil {
			return err
		}
		e.alarms = append(e.alarms, set)
	}
	return nil
}

// newAlarms declares an alarm on the target for each objective of the scope.
func (e *environment) newAlarms(scope slo.Scope, target alarm.Target) (*alarm.Set, error) {
	return alarm.New(e.ctx, target.Role+"-alarms", scope, target, e.alarmArgs(), e.aws)
}

// alarmArgs are what every set of alarms is given.
func (e *environment) alarmArgs() alarm.Args {
	return alarm.Args{
		Stack: e.names.Stack, RunbookURL: e.spec.RunbookURL,
		PageTopicArn: e.topics.PageTopicArn, NotifyTopicArn: e.topics.NotifyTopicArn,
		ErrorPattern: e.spec.Errors(),
	}
}

// alarmNames are all alarms of the stack, sorted.
func (e *environment) alarmNames() []string {
	var names []string
	for _, set := range e.alarms {
		names = append(names, set.Names...)
	}
	slices.Sort(names)
	return names
}
