package budget

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what is asked of AWS Budgets. They do not prove that the
// cost allocation tag is active, without which a stack's cost is zero.

const budgetType = "aws:budgets/budget:Budget"

func validArgs() Args {
	return Args{
		Name: "flowcomply-production", StackTag: "flowcomply-production",
		Emails: []string{"z@flowcomply.com", "a@flowcomply.com"}, NotifyTopicArn: pulumi.String("arn:notify"),
	}
}

func declare(t *testing.T, spec Spec) record.Resource {
	t.Helper()
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "budget", spec, validArgs())
		return err
	})
	graph.Golden(t, "budget")
	return graph.One(t, budgetType, "budget")
}

func TestNew_MonthlyCost(t *testing.T) {
	got := declare(t, Spec{MonthlyUSD: 1250.5, Scope: Account}).Plain()
	notifications := got["notifications"]
	delete(got, "notifications")
	assert.Equal(t, map[string]any{
		"name": "flowcomply-production", "budgetType": "COST", "timeUnit": "MONTHLY", "limitAmount": "1250.5", "limitUnit": "USD",
	}, got)
	alert := func(kind string, percent float64) map[string]any {
		return map[string]any{
			"notificationType": kind, "threshold": percent, "thresholdType": "PERCENTAGE", "comparisonOperator": "GREATER_THAN",
			"subscriberEmailAddresses": []any{"a@flowcomply.com", "z@flowcomply.com"}, "subscriberSnsTopicArns": []any{"arn:notify"},
		}
	}
	assert.Equal(t, []any{alert("ACTUAL", 80), alert("ACTUAL", 100), alert("FORECASTED", 100)}, notifications)
}

func TestNew_StackCountsItsTagOnly(t *testing.T) {
	got := declare(t, Spec{MonthlyUSD: 300, Scope: Stack})
	assert.Equal(t, "300", got.Get("limitAmount"))
	assert.Equal(t, []any{map[string]any{"name": "TagKeyValue", "values": []any{"user:stack$flowcomply-production"}}}, got.Get("costFilters"))
}

func TestValidate(t *testing.T) {
	require.NoError(t, Spec{MonthlyUSD: 1, Scope: Account}.Validate())
	require.ErrorContains(t, Spec{MonthlyUSD: 0, Scope: Account}.Validate(), "monthlyUsd: 0 is out of range; allowed: 1 to 1000000")
	require.ErrorContains(t, Spec{MonthlyUSD: 2e6, Scope: Account}.Validate(), "monthlyUsd: 2000000 is out of range")
	require.ErrorContains(t, Spec{MonthlyUSD: 1}.Validate(), `scope: "" is not known; allowed: account, stack`)
	err := Spec{}.Validate()
	require.ErrorContains(t, err, "monthlyUsd")
	require.ErrorContains(t, err, "scope")
}

func TestNew_Faults(t *testing.T) {
	for _, c := range []struct {
		fault  string
		change func(*Spec, *Args)
		want   string
	}{
		{"name", func(_ *Spec, w *Args) { w.Name = "" }, "args.Name: is missing"},
		{"tag", func(_ *Spec, w *Args) { w.StackTag = "" }, "args.StackTag: is missing"},
		{"emails", func(_ *Spec, w *Args) { w.Emails = nil }, "args.Emails: is missing"},
		{"too many emails", func(_ *Spec, w *Args) { w.Emails = make([]string, 11) }, "args.Emails: more than AWS Budgets takes"},
		{"topic", func(_ *Spec, w *Args) { w.NotifyTopicArn = nil }, "args.NotifyTopicArn: is missing"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			spec, in := Spec{MonthlyUSD: 300, Scope: Stack}, validArgs()
			c.change(&spec, &in)
			graph, err := record.Try(func(ctx *pulumi.Context) error {
				_, err := New(ctx, "budget", spec, in)
				return err
			})
			require.ErrorContains(t, err, `budget "budget": `)
			require.ErrorContains(t, err, c.want)
			assert.Empty(t, graph.Of(budgetType))
		})
	}
}
