package loadbalancer_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/loadbalancer"
	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what is asked of the engine. They do not prove that AWS removes the rule out to everywhere that it
// gives each new group (the provider does that), that a request is answered, or that logs arrive.

const (
	balancerType = "aws:lb/loadBalancer:LoadBalancer"
	listenerType = "aws:lb/listener:Listener"
	ingressType  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	recordType   = "aws:route53/record:Record"
)

var spec = loadbalancer.Spec{IdleTimeoutSeconds: 60}

func program(name string, protected bool) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		var bucket pulumi.ResourceState
		if err := ctx.RegisterComponentResource("test:index:Bucket", "logs", &bucket); err != nil {
			return err
		}
		var policy pulumi.CustomResourceState
		if err := ctx.RegisterResource("test:index:Policy", "logs", nil, &policy, pulumi.Parent(&bucket)); err != nil {
			return err
		}
		_, err := loadbalancer.New(ctx, name, spec, loadbalancer.Args{
			VpcID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
			CertificateArn: pulumi.String("arn:certificate"), LogBucket: pulumi.String("flowcomply-logs"), LogPrefix: "load-balancer",
			After: []pulumi.Resource{&bucket}, ZoneID: pulumi.String("ZONE"), Label: "flowcomply-production", Protected: protected,
			Hosts: map[string]string{"site": "flowcomply.com", "api": "api.flowcomply.com"},
		})
		return err
	}
}

func TestLoadBalancer_Graph(t *testing.T) {
	record.Run(t, program("edge", true)).Golden(t, "two-hosts")
	first, second := record.Run(t, program("edge", true)), record.Run(t, program("edge", true), record.Preview())
	assert.Equal(t, first.String(), second.String(), "a preview shows all of it")
	assert.Equal(t, 2, first.Registrations)
}

func TestLoadBalancer_Controls(t *testing.T) {
	for _, protected := range []bool{true, false} {
		balancer := record.Run(t, program("edge", protected)).One(t, balancerType, "edge")
		assert.Equal(t, map[string]any{
			"loadBalancerType": "application", "internal": false, "ipAddressType": "ipv4",
			"subnets": []any{"subnet-a", "subnet-b"}, "securityGroups": []any{"edge-id"}, "idleTimeout": 60.0,
			"dropInvalidHeaderFields": true, "desyncMitigationMode": "defensive", "enableDeletionProtection": protected,
			"accessLogs": map[string]any{"bucket": "flowcomply-logs", "prefix": "load-balancer", "enabled": true},
			"tags":       map[string]any{"Name": "flowcomply-production"},
		}, balancer.Plain())
	}
}

func TestLoadBalancer_LetsInTheWebAndNothingOut(t *testing.T) {
	g := record.Run(t, program("edge", true))
	group := g.One(t, "aws:ec2/securityGroup:SecurityGroup", "edge")
	assert.Nil(t, group.Get("ingress"), "inline rules and rule resources undo each other")
	assert.Nil(t, group.Get("egress"))
	assert.Equal(t, "vpc-1", group.Get("vpcId"))
	assert.NotEmpty(t, group.Get("description"))
	assert.Empty(t, g.Of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"))
	require.Len(t, g.Of(ingressType), 2)
	for name, port := range map[string]float64{"edge-http": 80, "edge-https": 443} {
		rule := g.One(t, ingressType, name)
		assert.NotEmpty(t, rule.Get("description"))
		plain := rule.Plain()
		delete(plain, "description")
		assert.Equal(t, map[string]any{
			"securityGroupId": "edge-id", "ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": "0.0.0.0/0",
		}, plain)
	}
}

func TestLoadBalancer_Listeners(t *testing.T) {
	g := record.Run(t, program("edge", true))
	require.Len(t, g.Of(listenerType), 2)
	arn := "arn:aws:mock:ap-southeast-2:123456789012:LoadBalancer/edge"
	assert.Equal(t, map[string]any{
		"loadBalancerArn": arn, "port": 80.0, "protocol": "HTTP",
		"defaultActions": []any{map[string]any{
			"type": "redirect", "redirect": map[string]any{"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
		}},
	}, g.One(t, listenerType, "edge-http").Plain())
	assert.Equal(t, map[string]any{
		"loadBalancerArn": arn, "port": 443.0, "protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "certificateArn": "arn:certificate",
		"defaultActions": []any{map[string]any{
			"type": "fixed-response", "fixedResponse": map[string]any{"contentType": "text/plain", "messageBody": "not found", "statusCode": "404"},
		}},
	}, g.One(t, listenerType, "edge-https").Plain())
}

func TestLoadBalancer_Hosts(t *testing.T) {
	g := record.Run(t, program("edge", true))
	require.Len(t, g.Of(recordType), 2)
	for name, host := range map[string]string{"edge-site": "flowcomply.com", "edge-api": "api.flowcomply.com"} {
		assert.Equal(t, map[string]any{
			"zoneId": "ZONE", "name": host, "type": "A",
			"aliases": []any{map[string]any{"name": "edge.elb.amazonaws.com", "zoneId": "ZELB", "evaluateTargetHealth": false}},
		}, g.One(t, recordType, name).Plain())
	}
}

func TestLoadBalancer_WaitsForItsLogs(t *testing.T) {
	depends := strings.Join(record.Run(t, program("edge", true)).One(t, balancerType, "edge").DependsOn, " ")
	assert.Contains(t, depends, "test:index:Policy::logs", "AWS tests the bucket's policy with a write")
}

func TestLoadBalancer_NameFitsAWS(t *testing.T) {
	record.Run(t, program(strings.Repeat("a", 24), true))
	_, err := record.Try(program(strings.Repeat("a", 25), true))
	require.ErrorContains(t, err, "name: 25 characters, and AWS adds 8 to have 32; allowed: 24")
}

func TestSpec_Validate(t *testing.T) {
	for _, good := range []int{1, 60, 4000} {
		require.NoError(t, loadbalancer.Spec{IdleTimeoutSeconds: good}.Validate())
	}
	for _, bad := range []int{-1, 0, 4001} {
		require.ErrorContains(t, loadbalancer.Spec{IdleTimeoutSeconds: bad}.Validate(), "is out of range; allowed: 1 to 4000")
	}
}
