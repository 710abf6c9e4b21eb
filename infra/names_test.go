package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/stacks"
)

// These tests hold which resources have names of our choosing. They do not prove that AWS accepts a name, nor that
// nobody else has taken it: bucket names are the world's.

// naming are the inputs in which a resource can be given a physical name.
var naming = []string{"name", "namePrefix", "identifier", "identifierPrefix", "family", "dashboardName", "replicationGroupId", "bucketPrefix", "finalSnapshotIdentifier", "budgetName", "alarmName"}

// physical are all names that the program chooses, with the reason. Everything else is named by the engine, so that it
// can be replaced while the old one still stands.
var physical = map[string]string{
	"aws:budgets/budget:Budget name":                                            "people look for it by name; it holds nothing",
	"aws:cloudwatch/dashboard:Dashboard dashboardName":                          "the runbook's link leads to it",
	"aws:cloudwatch/logGroup:LogGroup name":                                     "the runbook's commands read it, or AWS writes to that name and no other",
	"aws:cloudwatch/metricAlarm:MetricAlarm name":                               "deployments and verification name alarms",
	"aws:ecr/repository:Repository name":                                        "holds the images that a rollback runs, and builds push to it",
	"aws:ecs/cluster:Cluster name":                                              "the runbook's commands name it",
	"aws:ecs/service:Service name":                                              "the runbook's commands name it",
	"aws:ecs/taskDefinition:TaskDefinition family":                              "revisions are counted by family, and the runbook names it",
	"aws:elasticache/parameterGroup:ParameterGroup family":                      "no name: the engine's version",
	"aws:elasticache/replicationGroup:ReplicationGroup replicationGroupId":      "holds data: a second one must fail, not start empty",
	"aws:elasticache/replicationGroup:ReplicationGroup finalSnapshotIdentifier": "what to restore from has to be known beforehand",
	"aws:kms/alias:Alias name":                                                  "how people find the key",
	"aws:rds/instance:Instance identifier":                                      "holds data: a second one must fail, not start empty",
	"aws:rds/instance:Instance finalSnapshotIdentifier":                         "what to restore from has to be known beforehand",
	"aws:rds/parameterGroup:ParameterGroup family":                              "no name: the engine's version",
	"aws:route53/record:Record name":                                            "no name: what the record is about",
	"aws:route53/zone:Zone name":                                                "no name: the domain",
	"aws:s3/bucketV2:BucketV2 bucket":                                           "holds data, and the application is told the name",
	"aws:secretsmanager/secret:Secret name":                                     "the runbook's commands name it, and operators look for it",
}

func TestEveryPhysicalName_HasAReason(t *testing.T) {
	used := map[string]bool{}
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		if !strings.HasPrefix(r.Type, "aws:") {
			return
		}
		inputs := naming
		if strings.HasPrefix(r.Type, "aws:s3/bucketV2:") {
			inputs = append(slices.Clone(naming), "bucket") // elsewhere it says whose setting this is
		}
		for _, input := range inputs {
			if r.Get(input) != nil {
				used[r.Type+" "+input] = true
				assert.Contains(t, physical, r.Type+" "+input, r.String())
			}
		}
	})
	assert.ElementsMatch(t, slices.Collect(maps.Keys(physical)), slices.Collect(maps.Keys(used)), "the table has what nothing uses")
}

// What addresses the stores, the cluster and the services is the table in package stacks, the one that checks lengths.
func TestEveryPhysicalName_IsOneThatConfigurationChecks(t *testing.T) {
	kinds := map[string]string{
		"aws:ecs/cluster:Cluster name": "cluster", "aws:ecs/service:Service name": "service",
		"aws:ecs/taskDefinition:TaskDefinition family": "task family", "aws:ecr/repository:Repository name": "repository",
		"aws:rds/instance:Instance identifier":                                 "database",
		"aws:elasticache/replicationGroup:ReplicationGroup replicationGroupId": "cache",
		"aws:s3/bucketV2:BucketV2 bucket":                                      "bucket", "aws:cloudwatch/dashboard:Dashboard dashboardName": "dashboard",
		"aws:secretsmanager/secret:Secret name": "secret", "aws:kms/alias:Alias name": "key alias", "aws:budgets/budget:Budget name": "budget",
	}
	for _, stack := range files {
		spec, err := stacks.Load(sourceOf(t, stack))
		require.NoError(t, err)
		known := map[string]bool{}
		for _, one := range spec.Names().All(spec.Images(), slices.Collect(maps.Keys(spec.Secrets))) {
			known[one.Kind+" "+one.Name] = true
		}
		for at, kind := range kinds {
			typ, input, _ := strings.Cut(at, " ")
			for _, name := range inputsOf(graphOf(t, stack), typ, input) {
				assert.True(t, known[kind+" "+name], "%s: %s %q", stack, kind, name)
			}
		}
	}
}

// The engine completes these names with eight characters, and AWS takes 32.
func TestLoadBalancerNames_LeaveRoomForTheirSuffix(t *testing.T) {
	found := map[string]bool{}
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		if r.Type == "aws:lb/loadBalancer:LoadBalancer" || r.Type == "aws:lb/targetGroup:TargetGroup" {
			found[r.Type] = true
			assert.LessOrEqual(t, len(r.Name), 24, r.String())
		}
	})
	assert.Len(t, found, 2, "types of which there was one to look at")
}

// A logical name is the resource's identity: what changes with time or place has no business in it.
func TestLogicalNames_SayNothingThatChanges(t *testing.T) {
	everyResource(t, func(t *testing.T, stack string, r record.Resource) {
		if strings.HasPrefix(r.Type, "pulumi:") {
			return
		}
		assert.Regexp(t, `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`, r.Name)
		for _, part := range []string{stack, "v1", "southeast", "210987654321", "000000000000"} {
			assert.NotContains(t, "-"+r.Name+"-", "-"+part+"-", r.String())
		}
	})
}
