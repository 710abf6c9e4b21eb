package alarm

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/components/slo"
)

// Proves that each fault is named and that a faulty target declares nothing. It
// does not prove that a dimension's value exists.
func TestNew_Faults(t *testing.T) {
	for _, c := range []struct {
		fault  string
		scope  slo.Scope
		change func(*Target, *Args)
		want   string
	}{
		{"no such scope", "elsewhere", func(*Target, *Args) {}, `scope "elsewhere": no objectives`},
		{"no role", slo.Database, func(t *Target, _ *Args) { t.Role = "" }, "target: role: missing"},
		{"no dimension", slo.Service, func(t *Target, _ *Args) { delete(t.Dimensions, "ServiceName") }, `target "service": dimension "ServiceName": missing`},
		{"a dimension of another scope", slo.Database, func(t *Target, _ *Args) { t.Dimensions["ServiceName"] = pulumi.String("x") }, `target "database": dimension "ServiceName": unknown; scope "database" has [DBInstanceIdentifier]`},
		{"no limit", slo.Database, func(t *Target, _ *Args) { t.Limits = nil }, `target "database": objective "database-connections": limit "maxConnections": missing`},
		{"a limit of zero", slo.Database, func(t *Target, _ *Args) { t.Limits[slo.LimitStorage] = 0 }, `limit "storageBytes": 0 is not positive`},
		{"no log group", slo.Logs, func(t *Target, _ *Args) { t.LogGroup = nil }, `target "logs": log group: missing`},
		{"no stack", slo.Database, func(_ *Target, w *Args) { w.Stack = "" }, "args.Stack: is missing"},
		{"no runbook", slo.Database, func(_ *Target, w *Args) { w.RunbookURL = "" }, "args.RunbookURL: is missing"},
		{"no page topic", slo.Database, func(_ *Target, w *Args) { w.PageTopicArn = nil }, "args.PageTopicArn: is missing"},
		{"no notify topic", slo.Database, func(_ *Target, w *Args) { w.NotifyTopicArn = nil }, "args.NotifyTopicArn: is missing"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			target, in := targets(t)[c.scope], validArgs()
			c.change(&target, &in)
			graph, err := record.Try(func(ctx *pulumi.Context) error {
				_, err := New(ctx, "watch", c.scope, target, in)
				return err
			})
			require.ErrorContains(t, err, `alarm "watch": `)
			require.ErrorContains(t, err, c.want)
			assert.Empty(t, graph.Of(alarmType))
			assert.Empty(t, graph.Of("flowcomply:alarm:Set"))
		})
	}
}

func TestNew_AllFaultsAtOnce(t *testing.T) {
	_, err := record.Try(func(ctx *pulumi.Context) error {
		_, err := New(ctx, "watch", slo.Service, Target{Role: "backend"}, Args{Stack: "s", RunbookURL: "u"})
		return err
	})
	for _, want := range []string{"ClusterName", "ServiceName", "args.PageTopicArn", "args.NotifyTopicArn"} {
		require.ErrorContains(t, err, want)
	}
}
