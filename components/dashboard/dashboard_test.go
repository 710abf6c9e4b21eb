package dashboard

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/components/slo"
)

// Proves what is asked of CloudWatch and that the resolved values reach the
// body. It does not prove that the console renders it.

func validArgs(sets ...*alarm.Set) Args {
	return Args{
		DashboardName: "FlowComply-Production", Stack: "flowcomply-production", Region: "ap-southeast-2",
		RunbookURL: "https://example.com/alarms.md", Sets: sets,
		LogGroups: pulumi.StringArray{pulumi.String("/ecs/flowcomply-backend")},
	}
}

func program(ctx *pulumi.Context) error {
	watch := alarm.Args{
		Stack: "flowcomply-production", RunbookURL: "https://example.com/alarms.md",
		PageTopicArn: pulumi.String("arn:page"), NotifyTopicArn: pulumi.String("arn:notify"),
	}
	set, err := alarm.New(ctx, "traffic", slo.Routed, alarm.Target{Role: "backend", Dimensions: map[string]pulumi.StringInput{
		"LoadBalancer": pulumi.String("app/public/1"), "TargetGroup": pulumi.String("targetgroup/backend/1").ToStringOutput(),
	}}, watch)
	if err != nil {
		return err
	}
	_, err = New(ctx, "overview", validArgs(set))
	return err
}

func TestNew_Graph(t *testing.T) {
	record.Run(t, program).Golden(t, "overview")
}

func TestNew_FixedNameAndResolvedBody(t *testing.T) {
	board := record.Run(t, program).One(t, "aws:cloudwatch/dashboard:Dashboard", "overview")
	assert.Equal(t, "FlowComply-Production", board.Get("dashboardName"), "runbook 6.1 asks for it by this name")

	var parsed struct{ Widgets []widget }
	require.NoError(t, json.Unmarshal([]byte(board.Get("dashboardBody").(string)), &parsed))
	text := board.Get("dashboardBody").(string)
	for _, want := range []string{"app/public/1", "targetgroup/backend/1", "arn:aws:mock:ap-southeast-2:123456789012:MetricAlarm/traffic-slow", "/ecs/flowcomply-backend"} {
		assert.Contains(t, text, want)
	}
	assert.Len(t, parsed.Widgets, 1+1+1+len(slo.For(slo.Routed))+1, "headline, alarms, section, graphs, log")
}

func TestNew_PreviewDeclaresTheSame(t *testing.T) {
	assert.Equal(t, record.Run(t, program).String(), record.Run(t, program, record.Preview()).String())
}

func TestNew_IncompleteArgs(t *testing.T) {
	for field, spoil := range map[string]func(*Args){
		"DashboardName": func(w *Args) { w.DashboardName = "" },
		"Stack":         func(w *Args) { w.Stack = "" },
		"Region":        func(w *Args) { w.Region = "" },
		"RunbookURL":    func(w *Args) { w.RunbookURL = "" },
	} {
		graph, err := record.Try(func(ctx *pulumi.Context) error {
			in := validArgs()
			spoil(&in)
			_, err := New(ctx, "overview", in)
			return err
		})
		require.ErrorContains(t, err, `dashboard "overview": args.`+field+`: is missing`)
		assert.Empty(t, graph.All())
	}
}
