package cluster

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/components/validate"
)

// These tests show what the program asks the engine for. They do not show that a session is really recorded, nor
// that the key's policy lets CloudWatch Logs use it.

const (
	clusterType  = "aws:ecs/cluster:Cluster"
	logGroupType = "aws:cloudwatch/logGroup:LogGroup"
)

func spec() Spec { return Spec{ContainerInsights: Enhanced, InsightsLogDays: 30, ExecLogDays: 365} }

func validArgs() Args {
	return Args{Name: "flowcomply-production", LogKeyArn: pulumi.String("arn:key/operations"), Protected: true}
}

func declare(t *testing.T, spec Spec, args Args) (*record.Graph, *Cluster) {
	t.Helper()
	var declared *Cluster
	graph := record.Run(t, func(ctx *pulumi.Context) (err error) {
		declared, err = New(ctx, "main", spec, args)
		return err
	})
	return graph, declared
}

func TestNew_DeclaresTheWholeGraph(t *testing.T) {
	graph, declared := declare(t, spec(), validArgs())
	graph.Golden(t, "cluster")
	assert.Equal(t, "flowcomply-production", declared.Name)
	assert.Equal(t, "/ecs/exec/flowcomply-production", declared.ExecLogGroupName)
	for _, r := range graph.All() {
		assert.True(t, strings.HasPrefix(r.Name, "main"), r.Name)
	}
	assert.Equal(t, 2, graph.Registrations, "the component's and the stack's")
}

func TestNew_SessionsAreEncryptedAndRecorded(t *testing.T) {
	graph, _ := declare(t, spec(), validArgs())
	in := graph.One(t, clusterType, "main").Plain()
	assert.Equal(t, map[string]any{
		"name":     "flowcomply-production",
		"settings": []any{map[string]any{"name": "containerInsights", "value": "enhanced"}},
		"configuration": map[string]any{"executeCommandConfiguration": map[string]any{
			"kmsKeyId": "arn:key/operations", "logging": "OVERRIDE",
			"logConfiguration": map[string]any{"cloudWatchEncryptionEnabled": true, "cloudWatchLogGroupName": "/ecs/exec/flowcomply-production"},
		}},
	}, in)
}

func TestNew_LogsAreEncryptedAndEnd(t *testing.T) {
	graph, _ := declare(t, spec(), validArgs())
	exec, insights := graph.One(t, logGroupType, "main-exec"), graph.One(t, logGroupType, "main-insights")
	assert.Equal(t, map[string]any{"name": "/ecs/exec/flowcomply-production", "retentionInDays": 365.0, "kmsKeyId": "arn:key/operations"}, exec.Plain())
	assert.Equal(t, map[string]any{
		"name": "/aws/ecs/containerinsights/flowcomply-production/performance", "retentionInDays": 30.0, "kmsKeyId": "arn:key/operations",
	}, insights.Plain())
	assert.True(t, exec.Protect, "who did what in a container has to outlive the cluster")
	assert.False(t, insights.Protect, "measurements are no record")
	assert.Contains(t, strings.Join(graph.One(t, clusterType, "main").DependsOn, "\n"), "LogGroup::main-insights", "or AWS creates the group first")
}

func TestNew_RunsOnFargateOnly(t *testing.T) {
	graph, _ := declare(t, spec(), validArgs())
	in := graph.One(t, "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "main-capacity").Plain()
	assert.Equal(t, map[string]any{
		"clusterName": "flowcomply-production", "capacityProviders": []any{"FARGATE"},
		"defaultCapacityProviderStrategies": []any{map[string]any{"capacityProvider": "FARGATE", "weight": 1.0}},
	}, in)
}

func TestNew_UnprotectedCanBeDestroyed(t *testing.T) {
	in := validArgs()
	in.Protected = false
	graph, _ := declare(t, spec(), in)
	for _, r := range graph.All() {
		assert.False(t, r.Protect, r.Name)
	}
}

func TestNew_RefusesBadInputBeforeAnythingExists(t *testing.T) {
	graph, err := record.Try(func(ctx *pulumi.Context) error {
		_, err := New(ctx, "main", Spec{}, Args{})
		return err
	})
	for _, problem := range []string{`cluster "main": `, "args.Name: is missing", "args.LogKeyArn: is missing"} {
		require.ErrorContains(t, err, problem)
	}
	assert.Empty(t, graph.All())
}

func TestSpecValidate_RefusesEachMistake(t *testing.T) {
	require.NoError(t, spec().Validate())
	for _, problem := range []string{"containerInsights: ", "insightsLogDays: ", "execLogDays: "} {
		require.ErrorContains(t, Spec{}.Validate(), problem)
	}
	for problem, change := range map[string]func(*Spec){
		`containerInsights: "disabled" is not known`: func(s *Spec) { s.ContainerInsights = "disabled" },
		"insightsLogDays: 0 is not offered":          func(s *Spec) { s.InsightsLogDays = 0 },
		"execLogDays: 364 is not offered":            func(s *Spec) { s.ExecLogDays = 364 },
	} {
		bad := spec()
		change(&bad)
		leaves := validate.Problems(bad.Validate())
		require.Len(t, leaves, 1)
		assert.True(t, strings.HasPrefix(leaves[0].Error(), problem), "%v", leaves[0])
	}
}
