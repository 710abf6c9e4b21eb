package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/stacks"
)

// These tests hold that what cannot be made again is protected where data matters, and that everything else can be
// destroyed. They do not prove that AWS refuses a deletion: the running stack is tested for that.

// noRecord are those of the stateful types that hold nothing which is missed, with the reason.
var noRecord = map[string]string{
	"aws:cloudwatch/logGroup:LogGroup main-insights": "metrics have been made of it already, and they stay",
}

func holdsData(r record.Resource) bool {
	_, exempt := noRecord[r.Type+" "+r.Name]
	return slices.Contains(stacks.Stateful(), r.Type) && !exempt
}

func TestProtection_IsOnWhatHoldsDataAndOnNothingElse(t *testing.T) {
	protected := map[string]bool{}
	for _, stack := range files {
		spec, err := stacks.Load(sourceOf(t, stack))
		require.NoError(t, err)
		protected[stack] = spec.Protected()
	}
	assert.Equal(t, map[string]bool{"production": true, "staging": false, "local": false}, protected)
	everyResource(t, func(t *testing.T, stack string, r record.Resource) {
		assert.Equal(t, protected[stack] && holdsData(r), r.Protect, "%s: %s", stack, r)
	})
	for _, typ := range stacks.Stateful() {
		assert.NotEmpty(t, graphOf(t, "production").Of(typ), typ)
	}
	for exempt := range noRecord {
		typ, name, _ := strings.Cut(exempt, " ")
		graphOf(t, "production").One(t, typ, name)
	}
}

// Protection follows the key in the stack file, in any environment: staging with data in it is one edit away.
func TestProtection_FollowsTheStackFile(t *testing.T) {
	graph := declare(t, "staging", sourceOf(t, "staging").With("flowcomply:protection", "full"))
	protected := 0
	for _, r := range graph.All() {
		assert.Equal(t, holdsData(r), r.Protect, r.String())
		if r.Protect {
			protected++
		}
	}
	assert.Greater(t, protected, 10)
}

// What stays behind when it is no longer declared: images and secret values, which earlier task definitions name.
func TestRetention_IsForWhatEarlierRevisionsName(t *testing.T) {
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		named := r.Type == "docker:index/image:Image" || r.Type == "aws:secretsmanager/secretVersion:SecretVersion"
		assert.Equal(t, named, r.RetainOnDelete, r.String())
	})
}

// AWS's own guards say the same as the engine's.
func TestProtection_IsTheSameInAWS(t *testing.T) {
	guards := map[string]map[string][2]any{ // type → input → with and without protection
		"aws:rds/instance:Instance":        {"deletionProtection": {true, false}, "skipFinalSnapshot": {false, true}, "deleteAutomatedBackups": {false, true}},
		"aws:lb/loadBalancer:LoadBalancer": {"enableDeletionProtection": {true, false}},
		"aws:s3/bucketV2:BucketV2":         {"forceDestroy": {false, true}},
		"aws:ecr/repository:Repository":    {"forceDelete": {false, true}},
		"aws:kms/key:Key":                  {"deletionWindowInDays": {30.0, 7.0}},
		"aws:secretsmanager/secret:Secret": {"recoveryWindowInDays": {30.0, 0.0}},
		"aws:ecs/service:Service":          {"forceDelete": {false, true}},
	}
	for stack, column := range map[string]int{"production": 0, "staging": 1, "local": 1} {
		for typ, inputs := range guards {
			require.NotEmpty(t, graphOf(t, stack).Of(typ), typ)
			for _, r := range graphOf(t, stack).Of(typ) {
				for input, values := range inputs {
					assert.Equal(t, values[column], r.Get(input), "%s: %s: %s", stack, r, input)
				}
			}
		}
	}
}

// Production that is torn down goes through an update without protection: its last snapshots are lost with the key.
func TestProtection_ProductionsKeysOutliveItByAMonth(t *testing.T) {
	source := sourceOf(t, "production").With("flowcomply:protection", "none").With("flowcomply:teardown", "flowcomply-production")
	keys := declare(t, "production", source).Of("aws:kms/key:Key")
	require.NotEmpty(t, keys)
	for _, key := range keys {
		assert.False(t, key.Protect, key.String())
		assert.InDelta(t, 30, key.Get("deletionWindowInDays"), 0, key.String())
	}
}

// Nothing but what the table lists has a name that suggests that it holds data.
func TestProtection_KnowsEveryStore(t *testing.T) {
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		for _, module := range []string{"aws:dynamodb/", "aws:efs/", "aws:ebs/", "aws:fsx/", "aws:opensearch/", "aws:sqs/", "aws:backup/", "aws:docdb/"} {
			assert.False(t, strings.HasPrefix(r.Type, module), "%s holds data: say in the table whether it is protected", r)
		}
	})
}
