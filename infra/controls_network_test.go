package main

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/components/record"
)

// The controls on network, permissions, certificate, zone and firewall. Each stands in controls_test.go.

var networkControls = []control{
	{number: 79, id: "EC2.2", demand: "the default security group has no rules", where: "network", check: func(c inspected) {
		const typ = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
		c.has(typ, "vpcId")
		c.is(typ, "ingress", nil)
		c.is(typ, "egress", nil)
	}, spoil: given("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "ingress", []any{map[string]any{"selfOnly": true}})},
	{number: 80, id: "EC2.6", demand: "flow logs of all traffic", where: "network", check: func(c inspected) {
		c.is("aws:ec2/flowLog:FlowLog", "trafficType", "ALL")
		c.has("aws:ec2/flowLog:FlowLog", "vpcId")
	}},
	{number: 81, id: "EC2.13, EC2.14, EC2.53, EC2.54", demand: "no SSH or remote desktop from anywhere", where: "all with a security group", check: func(c inspected) {
		for _, r := range fromAnywhere(c, ingressType) {
			for _, port := range []float64{22, 3389} {
				assert.False(c, covers(r, port), "%s: %s", c.stack, r)
			}
		}
	}, spoil: plus(ingressType, map[string]any{"cidrIpv6": "::/0", "fromPort": 20, "toPort": 25, "ipProtocol": "tcp"})},
	{number: 82, id: "EC2.18, EC2.19", demand: "from anywhere come 80 and 443 only", where: "loadbalancer", check: func(c inspected) {
		assert.Len(c, fromAnywhere(c, ingressType), 2, c.stack)
		for _, r := range fromAnywhere(c, ingressType) {
			assert.Contains(c, []any{80.0, 443.0}, r.Get("fromPort"), r.String())
			assert.Equal(c, r.Get("fromPort"), r.Get("toPort"), r.String())
		}
	}},
	{number: 83, id: "EC2.15", demand: "no subnet gives public addresses", where: "network", check: func(c inspected) {
		c.is(subnetType, "mapPublicIpOnLaunch", false)
	}},
	{number: 84, id: "EC2.16, EC2.21", demand: "no unused network ACL, and none open to SSH or remote desktop", where: "network", check: closedACL},
	{number: 85, id: "EC2.10, EC2.55, EC2.56", demand: "AWS is reached by private endpoints, and only this account's principals and resources through them", where: "stacks: production rule, network", production: true, check: func(c inspected) {
		found := inputsOf(c.graph, endpointType, "serviceName")
		for _, name := range []string{"ecr.api", "ecr.dkr", "kms", "logs", "s3", "secretsmanager", "ssmmessages"} {
			assert.Contains(c, found, "com.amazonaws.ap-southeast-2."+name, c.stack)
		}
		c.allows(endpointType, "policy", func(r record.Resource, s statement) {
			if s.sid == "ImageLayers" { // ECR's own, which nothing but images comes from
				assert.Equal(c, []string{"s3:GetObject"}, s.actions, r.String())
				return
			}
			equal, _ := s.condition["StringEquals"].(map[string]any)
			assert.Equal(c, "210987654321", equal["aws:PrincipalAccount"], r.String())
			resource, _ := s.condition["StringEqualsIfExists"].(map[string]any)
			assert.Equal(c, "210987654321", resource["aws:ResourceAccount"], r.String())
		})
	}, open: "none for EC2's own API: there are no instances that would call it. Staging goes through NAT", owner: "platform"},
	{number: 86, id: "EC2.12, EC2.7", demand: "no loose address; volumes are encrypted by default", where: "network", check: func(c inspected) {
		used := inputsOf(c.graph, "aws:ec2/natGateway:NatGateway", "allocationId")
		for _, r := range c.of("aws:ec2/eip:Eip") {
			assert.Contains(c, used, r.Name+"-id", r.String())
		}
	}, open: "the default for volumes is a setting of the account; the stack has no volume of its own", owner: "account"},
	{
		number: 87, id: "EC2.172", demand: "the VPC blocks public access", where: "network",
		open: "cannot be with a load balancer that faces the internet", owner: "platform",
	},
	{number: 88, demand: "rules say what they are for; nothing may send to all ports anywhere; subnets spread over zones", where: "network, service", check: narrow},
}

var accessControls = []control{
	{number: 89, id: "IAM.1", demand: "no role may do everything", where: "all with a role", check: func(c inspected) {
		c.allows(rightsType, "policy", func(r record.Resource, s statement) {
			assert.NotContains(c, s.actions, "*", "%s: %s", r, s.sid)
			assert.NotEmpty(c, s.actions, "%s: %s", r, s.sid)
		})
		for _, arn := range inputsOf(c.graph, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn") {
			assert.Equal(c, "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole", arn, c.stack)
		}
	}},
	{number: 90, id: "IAM.21", demand: "no role may do everything in a service", where: "all with a role", check: func(c inspected) {
		c.allows(rightsType, "policy", func(r record.Resource, s statement) {
			for _, action := range s.actions {
				assert.NotContains(c, action, "*", "%s: %s", r, s.sid)
			}
		})
	}},
	{number: 91, demand: "roles are for one service of this account", where: "all with a role", check: func(c inspected) {
		c.allows(roleType, "assumeRolePolicy", func(r record.Resource, s statement) {
			service, _ := s.principal.(map[string]any)
			assert.Contains(c, service, "Service", r.String())
			equal, _ := s.condition["StringEquals"].(map[string]any)
			assert.Equal(c, "210987654321", equal["aws:SourceAccount"], r.String())
			assert.Contains(c, s.condition, "ArnLike", r.String())
		})
	}},
	{number: 92, id: "ACM.1, ACM.2", demand: "the certificate renews itself and has a strong key", where: "certificate", check: func(c inspected) {
		const typ = "aws:acm/certificate:Certificate"
		c.is(typ, "validationMethod", "DNS")
		c.is(typ, "keyAlgorithm", "RSA_2048")
		for _, r := range c.of(typ) {
			assert.False(c, r.DeleteBeforeReplace, "the listener would stand without one")
		}
	}},
	{
		number: 93, id: "Route53.2", demand: "queries of the zone are logged", where: "dns",
		open: "the log has to be in us-east-1, which a provider of this region cannot declare; queries for public names hold nothing of customers'", owner: "platform",
	},
	{number: 94, id: "WAF.10, WAF.11, WAF.12", demand: "the firewall has rules, a log and metrics", where: "firewall", check: func(c inspected) {
		const typ = "aws:wafv2/webAcl:WebAcl"
		c.is(typ, "visibilityConfig.cloudwatchMetricsEnabled", true)
		c.has("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "logDestinationConfigs.0")
		for _, r := range c.of(typ) {
			rules, _ := r.Get("rules").([]any)
			assert.GreaterOrEqual(c, len(rules), 4, c.stack)
			for _, rule := range rules {
				visible, _ := rule.(map[string]any)["visibilityConfig"].(map[string]any)
				assert.Equal(c, true, visible["cloudwatchMetricsEnabled"], c.stack)
			}
		}
	}},
}

func fromAnywhere(c inspected, typ string) []record.Resource {
	return slices.DeleteFunc(c.of(typ), func(r record.Resource) bool {
		return !slices.Contains(anywhere, r.Get("cidrIpv4")) && !slices.Contains(anywhere, r.Get("cidrIpv6"))
	})
}

// covers tells whether a rule or an ACL entry admits the port.
func covers(r record.Resource, port float64) bool {
	from, _ := r.Get("fromPort").(float64)
	to, _ := r.Get("toPort").(float64)
	return r.Get("ipProtocol") == "-1" || from <= port && port <= to
}

func closedACL(c inspected) {
	c.none("aws:ec2/networkAcl:NetworkAcl")
	for _, acl := range c.of("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl") {
		entries, _ := acl.Get("ingress").([]any)
		assert.NotEmpty(c, entries, c.stack)
		for _, one := range entries {
			entry := one.(map[string]any)
			if entry["action"] != "allow" || !slices.Contains(anywhere, entry["cidrBlock"]) {
				continue
			}
			assert.NotEqual(c, "-1", entry["protocol"], "%s: everything from anywhere", c.stack)
			for _, port := range []float64{22, 3389} {
				from, to := entry["fromPort"].(float64), entry["toPort"].(float64)
				assert.False(c, from <= port && port <= to && entry["protocol"] == "6", "%s: %v", c.stack, entry)
			}
		}
	}
}

func narrow(c inspected) {
	for _, typ := range []string{"aws:ec2/securityGroup:SecurityGroup", ingressType, egressType} {
		c.has(typ, "description")
	}
	for _, r := range fromAnywhere(c, egressType) {
		assert.Equal(c, 443.0, r.Get("fromPort"), r.String())
		assert.Equal(c, 443.0, r.Get("toPort"), r.String())
	}
	zones := map[string]map[any]bool{}
	for _, r := range c.of(subnetType) {
		tier := r.Name[:strings.LastIndex(r.Name, "-")]
		if zones[tier] == nil {
			zones[tier] = map[any]bool{}
		}
		zones[tier][r.Get("availabilityZone")] = true
	}
	assert.Len(c, zones, 3, c.stack)
	for tier, in := range zones {
		assert.GreaterOrEqual(c, len(in), 2, tier)
	}
}
