package service

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests show which connections are allowed between security groups. They do not show that routes and network
// ACLs let them pass, nor that what listens there answers.

const (
	groupType   = "aws:ec2/securityGroup:SecurityGroup"
	ingressType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressType  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

// opened writes a rule as "group <- peer port" or "group -> peer port".
func opened(graph *record.Graph) []string {
	var out []string
	for typ, arrow := range map[string]string{ingressType: " <- ", egressType: " -> "} {
		for _, r := range graph.Of(typ) {
			peer := r.Get("referencedSecurityGroupId")
			if peer == nil {
				peer = r.Get("cidrIpv4")
			}
			out = append(out, r.Get("securityGroupId").(string)+arrow+peer.(string)+" "+port(r))
		}
	}
	return out
}

func port(r record.Resource) string {
	if r.Get("fromPort") != r.Get("toPort") || r.Get("ipProtocol") != "tcp" {
		return "a range"
	}
	return map[float64]string{443: "443", 3000: "3000", 3001: "3001", 5432: "5432", 6379: "6379"}[r.Get("fromPort").(float64)]
}

func TestNetwork_OpensWhatTheSpecNamesAndNothingElse(t *testing.T) {
	all := parse(t, two, third)
	for name, want := range map[string][]string{
		"backend": {
			"backend-tasks-id -> 0.0.0.0/0 443",
			"sg-balancer -> backend-tasks-id 3001", "backend-tasks-id <- sg-balancer 3001",
			"backend-tasks-id -> sg-database 5432", "sg-database <- backend-tasks-id 5432",
			"backend-tasks-id -> sg-cache 6379", "sg-cache <- backend-tasks-id 6379",
		},
		"frontend": {
			"frontend-tasks-id -> 0.0.0.0/0 443",
			"sg-balancer -> frontend-tasks-id 3000", "frontend-tasks-id <- sg-balancer 3000",
		},
		"worker": {
			"worker-tasks-id -> 0.0.0.0/0 443",
			"worker-tasks-id -> sg-cache 6379", "sg-cache <- worker-tasks-id 6379",
		},
	} {
		t.Run(name, func(t *testing.T) {
			graph, _ := declare(t, only(all, name))
			assert.ElementsMatch(t, want, opened(graph))
		})
	}
}

func TestNetwork_RulesAreDescribedAndNeverInline(t *testing.T) {
	graph, _ := declare(t, parse(t, two, third))
	for _, r := range graph.Of(groupType) {
		assert.Nil(t, r.Get("ingress"), r.Name)
		assert.Nil(t, r.Get("egress"), r.Name)
		assert.Equal(t, "vpc-1", r.Get("vpcId"))
		assert.NotEmpty(t, r.Get("description"), r.Name)
		assert.Regexp(t, `^flowcomply-production-`, r.Get("tags.Name"))
	}
	for _, r := range append(graph.Of(ingressType), graph.Of(egressType)...) {
		// What EC2 accepts in a description.
		assert.Regexp(t, `^[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}$`, r.Get("description"), r.Name)
	}
	for _, r := range graph.Of(ingressType) {
		assert.Nil(t, r.Get("cidrIpv4"), "%s: only the load balancer may be open to addresses", r.Name)
		assert.Nil(t, r.Get("cidrIpv6"), r.Name)
	}
}
