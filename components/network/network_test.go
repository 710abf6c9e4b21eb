package network

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what the program asks for: which subnets, which ways out, and what is closed. They do not prove
// that a packet takes the way it should, nor what the default ACL does to live traffic: no network runs here.

func declare(t *testing.T, spec Spec) *record.Graph {
	t.Helper()
	return record.Run(t, func(ctx *pulumi.Context) error {
		network, err := New(ctx, "main", spec, Args{
			AccountID: "123456789012", Region: "ap-southeast-2", Label: "flowcomply-test", LogKeyArn: pulumi.String("arn:key"),
			Protected: true,
		})
		if err != nil {
			return err
		}
		for key, output := range map[string]pulumi.Input{
			"vpcId": network.VpcID, "public": network.PublicSubnetIDs, "private": network.PrivateSubnetIDs, "data": network.DataSubnetIDs,
		} {
			ctx.Export(key, output)
		}
		return nil
	})
}

func TestNew_Golden(t *testing.T) {
	require.NoError(t, production().Validate())
	g := declare(t, production())
	g.Golden(t, "production")
	assert.Equal(t, 2, g.Registrations, "the component and the stack")

	staging := production()
	staging.Zones, staging.NAT, staging.Endpoints = []string{"a", "b"}, SingleNAT, nil
	declare(t, staging).Golden(t, "staging")
}

func TestNew_SubnetsSpreadOverZonesWithoutPublicAddresses(t *testing.T) {
	g := declare(t, production())
	require.Len(t, g.Of("aws:ec2/subnet:Subnet"), 9)
	for _, subnet := range g.Of("aws:ec2/subnet:Subnet") {
		zone := subnet.Name[len(subnet.Name)-1:]
		assert.Equal(t, "ap-southeast-2"+zone, subnet.Get("availabilityZone"), subnet.Name)
		assert.Equal(t, false, subnet.Get("mapPublicIpOnLaunch"), subnet.Name)
		assert.Equal(t, "flowcomply-test-"+strings.TrimPrefix(subnet.Name, "main-"), subnet.Get("tags.Name"))
	}
	assert.Equal(t, "10.0.64.0/21", g.One(t, "aws:ec2/subnet:Subnet", "main-private-a").Get("cidrBlock"))
}

func TestNew_AddingAZoneChangesNoSubnet(t *testing.T) {
	two := production()
	two.Zones = []string{"b", "c"}
	before, after := declare(t, two), declare(t, production())
	for _, subnet := range before.Of("aws:ec2/subnet:Subnet") {
		assert.Equal(t, subnet.Plain(), after.One(t, subnet.Type, subnet.Name).Plain())
	}
}

func TestNew_DataSubnetsHaveNoWayOut(t *testing.T) {
	for _, route := range declare(t, production()).Of("aws:ec2/route:Route") {
		assert.NotEqual(t, "main-data-id", route.Get("routeTableId"), route.Name)
	}
}

func TestNew_NAT(t *testing.T) {
	for _, row := range []struct {
		nat   NAT
		ways  map[string]string // private route → gateway
		count int
	}{
		{NoNAT, map[string]string{}, 0},
		{SingleNAT, map[string]string{"main-private-a": "main-nat-a-id", "main-private-b": "main-nat-a-id", "main-private-c": "main-nat-a-id"}, 1},
		{PerZoneNAT, map[string]string{"main-private-a": "main-nat-a-id", "main-private-b": "main-nat-b-id", "main-private-c": "main-nat-c-id"}, 3},
	} {
		t.Run(string(row.nat), func(t *testing.T) {
			spec := production()
			spec.NAT = row.nat
			g := declare(t, spec)
			assert.Len(t, g.Of("aws:ec2/natGateway:NatGateway"), row.count)
			assert.Len(t, g.Of("aws:ec2/eip:Eip"), row.count, "no loose addresses")
			got := map[string]string{}
			for _, route := range g.Of("aws:ec2/route:Route") {
				if gateway, ok := route.Get("natGatewayId").(string); ok {
					got[route.Name] = gateway
				}
			}
			assert.Equal(t, row.ways, got)
			for _, gateway := range g.Of("aws:ec2/natGateway:NatGateway") {
				zone := gateway.Name[len(gateway.Name)-1:]
				assert.Equal(t, "main-public-"+zone+"-id", gateway.Get("subnetId"))
			}
		})
	}
}

func TestNew_Endpoints(t *testing.T) {
	g := declare(t, production())
	s3 := g.One(t, "aws:ec2/vpcEndpoint:VpcEndpoint", "main-s3")
	assert.Equal(t, "Gateway", s3.Get("vpcEndpointType"))
	assert.Equal(t, []any{"main-private-a-id", "main-private-b-id", "main-private-c-id", "main-data-id"}, s3.Get("routeTableIds"))
	docker := g.One(t, "aws:ec2/vpcEndpoint:VpcEndpoint", "main-endpoint-ecr-dkr")
	assert.Equal(t, "com.amazonaws.ap-southeast-2.ecr.dkr", docker.Get("serviceName"))
	assert.Equal(t, "Interface", docker.Get("vpcEndpointType"))
	assert.Equal(t, true, docker.Get("privateDnsEnabled"))
	assert.Equal(t, []any{"main-private-a-id", "main-private-b-id", "main-private-c-id"}, docker.Get("subnetIds"))
	assert.Equal(t, []any{"main-endpoints-id"}, docker.Get("securityGroupIds"))

	rules := g.Of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
	require.Len(t, rules, 1)
	assert.Equal(t, "10.0.0.0/16", rules[0].Get("cidrIpv4"))
	assert.InDelta(t, 443, rules[0].Get("fromPort"), 0)
	assert.InDelta(t, 443, rules[0].Get("toPort"), 0)
	assert.Empty(t, g.Of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"))
}

// EC2.2: the group that everything falls into by default opens nothing.
func TestNew_DefaultSecurityGroupHasNoRules(t *testing.T) {
	group := declare(t, production()).One(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "main-default")
	assert.Nil(t, group.Get("ingress"))
	assert.Nil(t, group.Get("egress"))
}

// EC2.21, CIS 5.2: no entry that admits the internet covers 22 or 3389.
func TestNew_DefaultACLIsClosedToRemoteAdministration(t *testing.T) {
	acl := declare(t, production()).One(t, "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", "main-default")
	entries, ok := acl.Get("ingress").([]any)
	require.True(t, ok)
	require.Len(t, entries, 6)
	numbers := map[any]bool{}
	for _, e := range entries {
		entry, ok := e.(map[string]any)
		require.True(t, ok)
		require.False(t, numbers[entry["ruleNo"]], "each number once")
		numbers[entry["ruleNo"]] = true
		if entry["cidrBlock"] != anywhere || entry["protocol"] == icmp {
			continue
		}
		require.Equal(t, tcp, entry["protocol"])
		first, _ := entry["fromPort"].(float64)
		last, _ := entry["toPort"].(float64)
		require.Positive(t, last)
		for _, port := range []float64{22, 3389} {
			assert.False(t, first <= port && port <= last, "entry %v admits %v", entry["ruleNo"], port)
		}
	}
	assert.Len(t, acl.Get("subnetIds"), 9)
}

func TestNew_FlowLogs(t *testing.T) {
	g := declare(t, production())
	group := g.One(t, "aws:cloudwatch/logGroup:LogGroup", "main-flow-logs")
	assert.Equal(t, "/vpc/flowcomply-test", group.Get("name"))
	assert.InDelta(t, 365, group.Get("retentionInDays"), 0)
	assert.Equal(t, "arn:key", group.Get("kmsKeyId"))
	log := g.One(t, "aws:ec2/flowLog:FlowLog", "main-flow-logs")
	assert.Equal(t, "ALL", log.Get("trafficType"))
	assert.Equal(t, "main-id", log.Get("vpcId"))
	trust, ok := g.One(t, "aws:iam/role:Role", "main-flow-logs").Get("assumeRolePolicy").(string)
	require.True(t, ok)
	assert.Contains(t, trust, `"aws:SourceAccount":"123456789012"`)
}

// What passes is this account's: a policy's principal is anybody, so the condition has to say whose.
func TestNew_EndpointsLetOnlyTheAccountThrough(t *testing.T) {
	spec := production()
	spec.Endpoints = append(spec.Endpoints, "ecs-agent")
	g := declare(t, spec)
	for _, endpoint := range g.Of("aws:ec2/vpcEndpoint:VpcEndpoint") {
		switch endpoint.Name {
		case "main-s3":
			assert.Equal(t, gatewayPolicy("ap-southeast-2", "123456789012"), endpoint.Get("policy"))
		case "main-endpoint-ecs-agent":
			assert.Nil(t, endpoint.Get("policy"), "AWS offers none")
		default:
			assert.Equal(t, endpointPolicy("123456789012"), endpoint.Get("policy"), endpoint.Name)
		}
	}
}

func TestEndpointPolicies_Golden(t *testing.T) {
	for file, policy := range map[string]string{
		"endpoint-policy.json": endpointPolicy("123456789012"), "gateway-policy.json": gatewayPolicy("ap-southeast-2", "123456789012"),
	} {
		text, err := json.MarshalIndent(json.RawMessage(policy), "", "  ")
		require.NoError(t, err)
		record.Golden(t, file, string(text)+"\n")
	}
}

func TestFlowLogPolicy_Golden(t *testing.T) {
	text, err := json.MarshalIndent(json.RawMessage(flowLogPolicy("ap-southeast-2", "123456789012", "flowcomply-test")), "", "  ")
	require.NoError(t, err)
	record.Golden(t, "flow-log-policy.json", string(text)+"\n")
}
