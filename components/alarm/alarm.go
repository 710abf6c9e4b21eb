// Package alarm turns the rows of package slo into CloudWatch alarms.
//
//   - One loop declares them for every target, so that an alarm cannot differ from what the dashboard draws and
//     verification asks for.
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
	Dimensions map[string]pulumi.StringInput // exactly the scope's dimensions
	Limits     map[string]float64            // what relative thresholds multiply; see slo.DatabaseLimits
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
	rows := slo.For(scope)
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

// check finds what is missing before any resource exists, all of it at once.
func check(scope slo.Scope, target Target) error {
	var errs []error
	need := func(ok bool, format string, values ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, values...))
		}
	}
	rows := slo.For(scope)
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
	topic := args.NotifyTopicArn
	if row.Severity == slo.Page {
		topic = args.PageTopicArn
	}
	inputs := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(row.AlarmName(args.Stack, target.Role)),
		AlarmDescription:   pulumi.String(Description(row, args.RunbookURL)),
		ActionsEnabled:     pulumi.Bool(true),
		AlarmActions:       pulumi.Array{topic},
		OkActions:          pulumi.Array{topic}, // closes the incident where the topic leads to a pager
		ComparisonOperator: pulumi.String(row.Comparison),
		Threshold:          pulumi.Float64(limit),
		EvaluationPeriods:  pulumi.Int(row.EvaluationPeriods),
		DatapointsToAlarm:  pulumi.Int(row.DatapointsToAlarm),
		TreatMissingData:   pulumi.String(row.MissingData),
	}
	read(inputs, row, target, args.Stack)
	return cloudwatch.NewMetricAlarm(b.Ctx, name, inputs, b.Parent)
}

// Description is the text a woken engineer reads first.
func Description(row slo.Objective, runbookURL string) string {
	return fmt.Sprintf("%s. Runbook: %s#%s (%s)", row.Title, runbookURL, row.Anchor, row.Source)
}
