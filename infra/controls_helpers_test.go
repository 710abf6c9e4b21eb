package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// Support for controls_test.go: questions that the checks ask of a graph. A question about a type that is not there
// fails, so that no check passes for want of something to look at.

// inspected is one stack's graph under a check.
type inspected struct {
	testing.TB
	stack string
	graph *record.Graph
}

// of are the resources of a type: at least one.
func (h inspected) of(typ string) []record.Resource {
	h.Helper()
	found := h.graph.Of(typ)
	require.NotEmpty(h, found, "%s: there is no %s", h.stack, typ)
	return found
}

// is wants one value of an input from every resource of a type.
func (h inspected) is(typ, input string, want any) {
	h.Helper()
	for _, r := range h.of(typ) {
		assert.Equal(h, want, r.Get(input), "%s: %s: %s", h.stack, r, input)
	}
}

// has wants any value of an input from every resource of a type.
func (h inspected) has(typ, input string) {
	h.Helper()
	for _, r := range h.of(typ) {
		assert.NotEmpty(h, r.Get(input), "%s: %s: %s", h.stack, r, input)
	}
}

// least wants a number that is not below the minimum.
func (h inspected) least(typ, input string, minimum float64) {
	h.Helper()
	for _, r := range h.of(typ) {
		number, _ := r.Get(input).(float64)
		assert.GreaterOrEqual(h, number, minimum, "%s: %s: %s", h.stack, r, input)
	}
}

// lists wants a list that has all of these.
func (h inspected) lists(r record.Resource, input string, want ...any) {
	h.Helper()
	values, _ := r.Get(input).([]any)
	for _, one := range want {
		assert.Contains(h, values, one, "%s: %s: %s", h.stack, r, input)
	}
}

// none wants no resource of a type.
func (h inspected) none(typ string) {
	h.Helper()
	assert.Empty(h, h.graph.Of(typ), "%s: %s", h.stack, typ)
}

// encrypted wants a key of the stack's own from every resource of a type.
func (h inspected) encrypted(typ, input string) {
	h.Helper()
	for _, r := range h.of(typ) {
		assert.Regexp(h, `:Key/(data|operations)$`, r.Get(input), "%s: %s: %s", h.stack, r, input)
	}
}

// container is what the controls ask about a container definition.
type container struct {
	Name, User             string
	Privileged             bool
	ReadonlyRootFilesystem bool
	Environment, Secrets   []struct{ Name, ValueFrom string }
	LogConfiguration       struct {
		LogDriver string
		Options   map[string]string
	}
}

// containers are those of all task definitions: at least one.
func (h inspected) containers() []container {
	h.Helper()
	var all []container
	for _, r := range h.of(taskType) {
		text, _ := r.Get("containerDefinitions").(string)
		var some []container
		require.NoError(h, json.Unmarshal([]byte(text), &some), "%s: %s", h.stack, r)
		all = append(all, some...)
	}
	require.NotEmpty(h, all, h.stack)
	return all
}

// allows runs a check on each statement that allows something, in the policies of a type.
func (h inspected) allows(typ, input string, check func(r record.Resource, s statement)) {
	h.Helper()
	for _, r := range h.of(typ) {
		all := statements(h, r, input)
		require.NotEmpty(h, all, "%s: %s has no policy", h.stack, r)
		for _, s := range all {
			if s.effect == "Allow" {
				check(r, s)
			}
		}
	}
}

// The types that several controls are about.
const (
	taskType     = "aws:ecs/taskDefinition:TaskDefinition"
	serviceType  = "aws:ecs/service:Service"
	clusterType  = "aws:ecs/cluster:Cluster"
	imagesType   = "aws:ecr/repository:Repository"
	balancerType = "aws:lb/loadBalancer:LoadBalancer"
	listenerType = "aws:lb/listener:Listener"
	databaseType = "aws:rds/instance:Instance"
	cacheType    = "aws:elasticache/replicationGroup:ReplicationGroup"
	bucketType   = "aws:s3/bucketV2:BucketV2"
	secretType   = "aws:secretsmanager/secret:Secret"
	keyType      = "aws:kms/key:Key"
	topicType    = "aws:sns/topic:Topic"
	alarmType    = "aws:cloudwatch/metricAlarm:MetricAlarm"
	logType      = "aws:cloudwatch/logGroup:LogGroup"
	ingressType  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressType   = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	subnetType   = "aws:ec2/subnet:Subnet"
	endpointType = "aws:ec2/vpcEndpoint:VpcEndpoint"
	roleType     = "aws:iam/role:Role"
	rightsType   = "aws:iam/rolePolicy:RolePolicy"
)
