// Package alarm turns the rows of package slo into CloudWatch alarms.
//
//   - One loop declares them for every target, so that an alarm cannot differ from what the dashboard draws and
//     verification asks for.
//   - Only what pages says that it is over: OK closes the incident at the pager. An alarm is OK too once it has its first
//     data, after a first update or a restore, which would be a mail from each to each mailbox.
//   - An alarm that loses data that AWS always reports tells the mailboxes: it will never fire.
//   - Alarm names are fixed, <stack>-<role>-<objective id>: services name them as deployment alarms, and verification
//     asks for them by name, never for the whole account.
package alarm

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/slo"
)

// Target is the one thing whose objectives are watched.
type Target struct {
	Role       string                        // "backend", "database": the middle of every alarm's name; changing it replaces the alarms
	Traits     []slo.Trait                   // what it is that not every target of the scope is; see slo.CacheTarget
	Dimensions map[string]pulumi.StringInput // exactly the scope's dimensions
	Limits     map[string]float64            // what relative thresholds multiply; see slo.DatabaseLimits
	After      []pulumi.Resource             // what has to be there before its silence means anything; optional
	Muted      bool                          // tell nobody, as somebody has taken away what is watched and knows it
	LogGroup   pulumi.StringInput            // log group to count errors in; for slo.Logs only. Pass the group's output: the filter needs the group
}

// Args are what other components and infra supply.
type Args struct {
	Stack          string             // "flowcomply-production": the start of every alarm's name; changing it replaces the alarms
	RunbookURL     string             // where docs/alarms.md is published, without an anchor
	PageTopicArn   pulumi.StringInput // reaches the on-call engineer
	NotifyTopicArn pulumi.StringInput // reaches mailboxes
	ErrorPattern   string             `args:"optional"` // what is an error in a log, as a CloudWatch Logs filter pattern; default the row's
}

// Set is the alarms of one target.
type Set struct {
	pulumi.ResourceState
	// Resources are the alarms themselves, for whatever has to wait for them: waiting for the component would wait for
	// those of its children that happen to be registered by then.
	Resources []pulumi.Resource

	Names    []string  // physical names of all alarms, sorted; known before anything exists
	Rollback []string  // those of them that roll a deployment back, sorted; services are given them
	Scope    slo.Scope // what was asked for, so that a dashboard can draw it
	Target   Target

	Arns pulumi.StringArrayOutput `pulumi:"arns"` // in the order of Names
}

// New declares the alarms of every row of the scope for one target, and for
// slo.Logs the metric filters that feed them.
//
//runbook:post.next#1,post.first#1 tells of every objective that is missed, by itself, day and night.
func New(ctx *pulumi.Context, name string, scope slo.Scope, target Target, args Args, opts ...pulumi.ResourceOption) (*Set, error) {
	set := &Set{Scope: scope, Target: target}
	b, err := component.New(ctx, "flowcomply:alarm:Set", name, set, args, opts, check(scope, target))
	if err != nil {
		return nil, err
	}
	rows := target.rows(scope)
	slices.SortFunc(rows, func(a, b slo.Objective) int { return strings.Compare(a.ID, b.ID) })
	var arns pulumi.StringArray
	for _, row := range rows {
		one, err := declare(b, name+"-"+row.ID, row, target, args)
		if err != nil {
			return nil, b.Errorf("%q: %w", row.ID, err)
		}
		arns = append(arns, one.Arn)
		set.Resources = append(set.Resources, one)
		set.Names = append(set.Names, row.AlarmName(args.Stack, target.Role))
		if row.Rollback {
			set.Rollback = append(set.Rollback, set.Names[len(set.Names)-1])
		}
	}
	set.Arns = arns.ToStringArrayOutput()
	return set, b.Done()
}

// rows are the scope's rows that are for this target.
func (t Target) rows(scope slo.Scope) []slo.Objective { return slo.For(scope, t.Traits...) }

// Rows are what the set's alarms are about, in the table's order.
func (s *Set) Rows() []slo.Objective { return s.Target.rows(s.Scope) }

// check finds what is missing before any resource exists, all of it at once.
func check(scope slo.Scope, target Target) error {
	var errs []error
	need := func(ok bool, format string, values ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, values...))
		}
	}
	rows := target.rows(scope)
	need(len(rows) > 0, "scope %q: no objectives; use one of %v", scope, slo.Scopes())
	need(target.Role != "", "target: role: missing; name the part that the alarms watch")
	for _, dimension := range scope.Dimensions() {
		need(target.Dimensions[dimension] != nil, "target %q: dimension %q: missing", target.Role, dimension)
	}
	for _, dimension := range slices.Sorted(maps.Keys(target.Dimensions)) {
		need(slices.Contains(scope.Dimensions(), dimension),
			"target %q: dimension %q: unknown; scope %q has %v", target.Role, dimension, scope, scope.Dimensions())
	}
	need(scope != slo.Logs || target.LogGroup != nil, "target %q: log group: missing", target.Role)
	for _, row := range rows {
		if _, err := row.Limit(target.Limits); err != nil {
			errs = append(errs, fmt.Errorf("target %q: %w", target.Role, err))
		}
	}
	return errors.Join(errs...)
}

// declare declares one row's alarm, and its metric filter where it has one.
func declare(b *component.Builder, name string, row slo.Objective, target Target, args Args) (*cloudwatch.MetricAlarm, error) {
	if row.Scope == slo.Logs {
		if err := filters(b, name, row, target, args); err != nil {
			return nil, err
		}
	}
	limit, err := row.Limit(target.Limits)
	if err != nil {
		return nil, err
	}
	inputs := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(row.AlarmName(args.Stack, target.Role)),
		AlarmDescription:   pulumi.String(Description(row, args.RunbookURL)),
		ActionsEnabled:     pulumi.Bool(!target.Muted),
		AlarmActions:       pulumi.Array{args.NotifyTopicArn},
		ComparisonOperator: pulumi.String(row.Comparison),
		Threshold:          pulumi.Float64(limit),
		EvaluationPeriods:  pulumi.Int(row.EvaluationPeriods),
		DatapointsToAlarm:  pulumi.Int(row.DatapointsToAlarm),
		TreatMissingData:   pulumi.String(row.MissingData),
	}
	if row.Severity == slo.Page {
		inputs.AlarmActions, inputs.OkActions = pulumi.Array{args.PageTopicArn}, pulumi.Array{args.PageTopicArn}
	}
	if row.MissingData == slo.Unknown {
		inputs.InsufficientDataActions = pulumi.Array{args.NotifyTopicArn}
	}
	read(inputs, row, target, args.Stack)
	return cloudwatch.NewMetricAlarm(b.Ctx, name, inputs, b.Parent, pulumi.DependsOn(target.After))
}

// Description is the text a woken engineer reads first.
func Description(row slo.Objective, runbookURL string) string {
	return fmt.Sprintf("%s. Runbook: %s#%s (%s)", row.Title, runbookURL, row.Anchor, row.Source)
}
