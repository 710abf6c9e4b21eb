package drift

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/release"
)

// same is a resource whose inputs are as they should be; after is what was read, before what the state had of it.
func same(kind, name string, before, after properties) release.Event {
	return read("same", kind, name, before, after)
}

func TestBeside_WhatSomebodyHungOnARole(t *testing.T) {
	role := func(policies []any, arns ...any) release.Event {
		return same(roleType, "backend", properties{"id": "backend"}, properties{"id": "backend", "inlinePolicies": policies, "managedPolicyArns": arns})
	}
	declared := []release.Event{
		same(policyType, "backend", properties{"role": "backend", "name": "read"}, properties{}),
		same(attachmentType, "backend", properties{"role": "backend", "policyArn": "arn:ours"}, properties{}),
	}
	own := properties{"name": "read", "policy": "{}"}
	assert.Empty(t, Compare(Sources{Refresh: append(declared, role([]any{own, properties{}}, "arn:ours"))}).Items)
	found := Compare(Sources{Refresh: append(declared, role([]any{own, properties{"name": "all", "policy": "{}"}}, "arn:ours", "arn:aws:iam::aws:policy/AdministratorAccess")), Classify: ByType})
	assert.Equal(t, CodeSevere, found.Code())
	var added []Difference
	for _, item := range found.Items {
		assert.Equal(t, Added, item.Kind)
		assert.Equal(t, "R5", item.Risk)
		assert.Contains(t, item.Next, "does nothing about it")
		added = append(added, item.Differences...)
	}
	assert.Equal(t, []Difference{{"inlinePolicies", "", "all"}, {"managedPolicyArns", "", "arn:aws:iam::aws:policy/AdministratorAccess"}}, added)
}

func TestBeside_RulesOfASecurityGroup(t *testing.T) {
	rule := func(kind string, values properties) release.Event {
		values["securityGroupId"] = "sg-1"
		return same(kind, "r", values, values)
	}
	declared := []release.Event{
		rule(inType, properties{"ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0, "cidrIpv4": "0.0.0.0/0"}),
		rule(inType, properties{"ipProtocol": "tcp", "fromPort": 8000.0, "toPort": 8001.0, "referencedSecurityGroupId": "sg-2"}),
		rule(inType, properties{"ipProtocol": "-1", "referencedSecurityGroupId": "sg-1"}),
		rule(outType, properties{"ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"}),
	}
	group := func(more ...any) release.Event {
		in := []any{
			properties{"protocol": "tcp", "fromPort": 443.0, "toPort": 443.0, "cidrBlocks": []any{"0.0.0.0/0"}, "self": false},
			properties{"protocol": "tcp", "fromPort": 8000.0, "toPort": 8001.0, "securityGroups": []any{"210987654321/sg-2"}},
			properties{"protocol": "-1", "fromPort": 0.0, "toPort": 0.0, "self": true},
		}
		out := []any{properties{"protocol": "-1", "fromPort": 0.0, "toPort": 0.0, "cidrBlocks": []any{"10.0.0.0/8"}}}
		return same(groupType, "backend", properties{"id": "sg-1"}, properties{"id": "sg-1", "ingress": append(in, more...), "egress": out})
	}
	assert.Empty(t, Compare(Sources{Refresh: append(declared, group())}).Items)
	item := only(t, Compare(Sources{Refresh: append(declared, group(
		properties{"protocol": "tcp", "fromPort": 5432.0, "toPort": 5432.0, "cidrBlocks": []any{"0.0.0.0/0"}, "ipv6CidrBlocks": []any{"::/0"}},
	))}))
	assert.Equal(t, []Difference{{"ingress", "", "tcp 5432 from 0.0.0.0/0"}, {"ingress", "", "tcp 5432 from ::/0"}}, item.Differences)
}

// AWS's own routes, to the network itself and to gateway endpoints, are nobody's.
func TestBeside_RoutesOfATable(t *testing.T) {
	declared := same(routeType, "out", properties{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}, properties{})
	table := func(more ...any) release.Event {
		routes := append([]any{
			properties{"cidrBlock": "10.0.0.0/16", "gatewayId": "local"}, properties{"destinationPrefixListId": "pl-1", "gatewayId": "vpce-1"},
			properties{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"},
		}, more...)
		return same(tableType, "public", properties{"id": "rtb-1"}, properties{"id": "rtb-1", "routes": routes})
	}
	assert.Empty(t, Compare(Sources{Refresh: []release.Event{declared, table()}}).Items)
	item := only(t, Compare(Sources{Refresh: []release.Event{declared, table(properties{"cidrBlock": "192.0.2.0/24", "gatewayId": "igw-1"})}}))
	assert.Equal(t, []Difference{{"routes", "", "192.0.2.0/24"}}, item.Differences)
}

// What was not read, because it is gone, has nothing beside it.
func TestBeside_NothingOfWhatIsGone(t *testing.T) {
	found := Compare(Sources{Refresh: []release.Event{read(apitype.OpDelete, roleType, "backend", properties{"id": "backend"}, nil)}})
	assert.Equal(t, Deleted, only(t, found).Kind)
}
