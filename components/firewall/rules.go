package firewall

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// managed are AWS's rule groups, in the order in which they are asked: the cheapest to answer first.
var managed = []struct{ name, group string }{
	{"known-attackers", "AWSManagedRulesAmazonIpReputationList"},
	{"known-exploits", "AWSManagedRulesKnownBadInputsRuleSet"},
	{"common-attacks", commonGroup},
}

const commonGroup = "AWSManagedRulesCommonRuleSet"

// rules are the web ACL's rules. The rate limit comes first, so that it counts what the others block.
// Priorities leave room for a rule between two, for the day it is needed in the console.
func rules(spec Spec, args Args) wafv2.WebAclRuleArray {
	out := wafv2.WebAclRuleArray{rateRule(Fence(args.Limit), args)}
	for i, m := range managed {
		statement := wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs{VendorName: pulumi.String("AWS"), Name: pulumi.String(m.group)}
		if counting := spec.counting(); m.group == commonGroup && len(counting) > 0 {
			statement.RuleActionOverrides = countOnly(counting)
		}
		out = append(out, wafv2.WebAclRuleArgs{
			Name:             pulumi.String(m.name),
			Priority:         pulumi.Int(10 * (i + 2)),
			OverrideAction:   wafv2.WebAclRuleOverrideActionArgs{None: wafv2.WebAclRuleOverrideActionNoneArgs{}},
			Statement:        wafv2.WebAclRuleStatementArgs{ManagedRuleGroupStatement: statement},
			VisibilityConfig: visible(args, m.name),
		})
	}
	if blocked := spec.blockedOutsideUploads(); len(blocked) > 0 {
		out = append(out, bodyRule(blocked, spec.UploadPaths, args))
	}
	return out
}

func countOnly(names []string) wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArray {
	var out wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArray
	for _, name := range names {
		out = append(out, wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs{
			Name: pulumi.String(name),
			ActionToUse: wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs{
				Count: wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs{},
			},
		})
	}
	return out
}

// visible gives every rule a metric of its own.
func visible(args Args, rule string) wafv2.WebAclRuleVisibilityConfigArgs {
	return wafv2.WebAclRuleVisibilityConfigArgs{
		CloudwatchMetricsEnabled: pulumi.Bool(true), SampledRequestsEnabled: pulumi.Bool(true),
		MetricName: pulumi.String(args.Label + "-" + rule),
	}
}
