package drift

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The types that others hang on without a tag of their own, and those that hang on them.
const (
	roleType       = "aws:iam/role:Role"
	policyType     = "aws:iam/rolePolicy:RolePolicy"
	attachmentType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	groupType      = "aws:ec2/securityGroup:SecurityGroup"
	inType         = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	outType        = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	tableType      = "aws:ec2/routeTable:RouteTable"
	routeType      = "aws:ec2/route:Route"
)

// beside lists what hangs on roles, security groups and route tables in AWS, and is no resource of the state: a policy, a rule, a
// route that somebody added. A refresh reads these lists and does not compare them, as the program does not declare them.
func beside(read []step) []Item {
	declared := map[string]bool{}
	for _, one := range read {
		for _, key := range hangs(one) {
			declared[key] = true
		}
	}
	var items []Item
	for _, one := range read {
		if one.new == nil {
			continue
		}
		for _, property := range slices.Sorted(maps.Keys(held[one.kind])) {
			var added []Difference
			for _, key := range held[one.kind][property](one.new.ID, one.new.Outputs[property]) {
				if !declared[key] {
					_, value, _ := strings.Cut(key, " ")
					added = append(added, Difference{Path: property, After: value})
				}
			}
			if len(added) > 0 {
				items = append(items, Item{
					Kind: Added, Type: one.kind, Name: one.name(), Differences: added,
					Next: "`pulumi up` does nothing about it, nor with --refresh; look who added it, and take it away or write it into the program",
				})
			}
		}
	}
	return items
}

// held are the lists that are looked at, by type and property: a key for each entry, "<id of what it hangs on> <what it is>".
var held = map[string]map[string]func(id string, list any) []string{
	roleType: {
		"managedPolicyArns": func(id string, list any) []string {
			return each(list, func(one any) []string { return []string{fmt.Sprintf("%s %v", id, one)} })
		},
		"inlinePolicies": func(id string, list any) []string {
			return each(list, func(one any) []string {
				if name := field(one, "name"); name != "" {
					return []string{id + " " + name}
				}
				return nil // AWS has none, and the provider says so with an empty entry
			})
		},
	},
	groupType: {"ingress": rulesOf("from"), "egress": rulesOf("to")},
	tableType: {"routes": func(id string, list any) []string {
		return each(list, func(one any) []string {
			gateway := field(one, "gatewayId")
			if gateway == "local" || strings.HasPrefix(gateway, "vpce-") { // AWS's own
				return nil
			}
			return []string{id + " " + first(one, "cidrBlock", "ipv6CidrBlock", "destinationPrefixListId")}
		})
	}},
}

// hangs are the keys of a resource of the state that hangs on another.
func hangs(s step) []string {
	state := s.old.Outputs
	switch s.kind {
	case policyType:
		return []string{field(state, "role") + " " + field(state, "name")}
	case attachmentType:
		return []string{field(state, "role") + " " + field(state, "policyArn")}
	case routeType:
		return []string{field(state, "routeTableId") + " " + first(state, "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")}
	case inType, outType:
		direction := map[string]string{inType: "from", outType: "to"}[s.kind]
		group, other := field(state, "securityGroupId"), first(state, "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
		return []string{group + " " + ruleKey(field(state, "ipProtocol"), field(state, "fromPort"), field(state, "toPort"), direction, other)}
	}
	return nil
}

// rulesOf reads a security group's list, which has rules of the same ports together.
func rulesOf(direction string) func(string, any) []string {
	return func(id string, list any) []string {
		return each(list, func(one any) []string {
			rule, _ := one.(map[string]any)
			others := []string{}
			for _, of := range []string{"cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"} {
				entries, _ := rule[of].([]any)
				for _, other := range entries {
					others = append(others, fmt.Sprint(other))
				}
			}
			if rule["self"] == true {
				others = append(others, id)
			}
			var keys []string
			for _, other := range others {
				keys = append(keys, id+" "+ruleKey(field(one, "protocol"), field(one, "fromPort"), field(one, "toPort"), direction, other))
			}
			return keys
		})
	}
}

// ruleKey is a rule as people write it: tcp 443 from 0.0.0.0/0.
func ruleKey(protocol, from, to, direction, other string) string {
	other = other[strings.LastIndex(other, "/sg-")+1:] // a group of another account has that before it
	if protocol == "-1" || protocol == "all" {
		return "everything " + direction + " " + other
	}
	ports := from
	if to != from {
		ports += "-" + to
	}
	return protocol + " " + ports + " " + direction + " " + other
}

func each(list any, keys func(any) []string) []string {
	var all []string
	entries, _ := list.([]any)
	for _, one := range entries {
		all = append(all, keys(one)...)
	}
	return all
}

// field is a property as text; empty where there is none.
func field(of any, key string) string {
	object, _ := of.(map[string]any)
	if object[key] == nil {
		return ""
	}
	return fmt.Sprint(object[key])
}

func first(of any, keys ...string) string {
	for _, key := range keys {
		if text := field(of, key); text != "" {
			return text
		}
	}
	return ""
}
