// Package dashboard draws the rows of package slo for every target that has
// alarms: what pages is what the graph shows, with the same threshold on it.
package dashboard

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/internal/component"
)

// Args are all there is: a dashboard has nothing for an operator to decide.
type Args struct {
	DashboardName string       // "FlowComply-Production", which runbook 6.1 opens; changing it replaces the dashboard
	Stack         string       // "flowcomply-production", as given to the alarms
	Region        string       // of the metrics and logs
	RunbookURL    string       // where docs/alarms.md is published
	Sets          []*alarm.Set `args:"optional"` // what to draw, in any order
	// LogGroups are searched for recent errors, in the order given.
	LogGroups pulumi.StringArray `args:"optional"`
}

// Dashboard is one CloudWatch dashboard.
type Dashboard struct {
	pulumi.ResourceState

	Name string // the fixed physical name

	Arn pulumi.StringOutput `pulumi:"arn"`
}

// New declares the dashboard. Its body waits for the alarms' ARNs.
//
//runbook:6.1#1 declares FlowComply-Production, from the rows that alarms and verification have.
//runbook:post.immediate#3,post.first#3 draws every objective over time, errors, response times and use, with its threshold.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Dashboard, error) {
	board := &Dashboard{Name: args.DashboardName}
	b, err := component.New(ctx, "flowcomply:dashboard:Dashboard", name, board, args, opts)
	if err != nil {
		return nil, err
	}
	drawn, err := cloudwatch.NewDashboard(ctx, name, &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(args.DashboardName), DashboardBody: body(args),
	}, b.Parent)
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	board.Arn = drawn.DashboardArn
	return board, b.Done()
}

// body resolves what is known only later and hands plain values to Body.
func body(args Args) pulumi.StringOutput {
	var dimensions pulumi.StringMapArray
	var arns pulumi.StringArrayArray
	for _, set := range args.Sets {
		dimensions = append(dimensions, pulumi.StringMap(set.Target.Dimensions))
		arns = append(arns, set.Arns)
	}
	text := pulumix.Apply3Err(dimensions.ToStringMapArrayOutput(), arns.ToStringArrayArrayOutput(), args.LogGroups.ToStringArrayOutput(),
		func(dimensions []map[string]string, arns [][]string, logGroups []string) (string, error) {
			board := Board{Title: args.DashboardName, Stack: args.Stack, Region: args.Region, RunbookURL: args.RunbookURL, LogGroups: logGroups}
			for i, set := range args.Sets {
				board.Panels = append(board.Panels, Panel{
					Scope: set.Scope, Role: set.Target.Role, Traits: set.Target.Traits, Limits: set.Target.Limits,
					Dimensions: dimensions[i], Alarms: arns[i],
				})
			}
			return Body(board)
		})
	return pulumix.Cast[pulumi.StringOutput](text)
}
