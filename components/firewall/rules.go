package firewall

import (
	"strconv"

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
		if m.group == commonGroup && len(spec.CountOnly) > 0 {
			statement.RuleActionOverrides = countOnly(spec.CountOnly)
		}
		out = append(out, wafv2.WebAclRuleArgs{
			Name:             pulumi.String(m.name),
			Priority:         pulumi.Int(10 * (i + 2)),
			OverrideAction:   wafv2.WebAclRuleOverrideActionArgs{None: wafv2.WebAclRuleOverrideActionNoneArgs{}},
			Statement:        wafv2.WebAclRuleStatementArgs{ManagedRuleGroupStatement: statement},
			VisibilityConfig: visible(args, m.name),
		})
	}
	return out
}

// rateRule answers 429 as the application does, to who goes on after the application's own 429.
func rateRule(rate Rate, args Args) wafv2.WebAclRuleArgs {
	return wafv2.WebAclRuleArgs{
		Name:     pulumi.String("rate"),
		Priority: pulumi.Int(10),
		Action: wafv2.WebAclRuleActionArgs{Block: wafv2.WebAclRuleActionBlockArgs{
			CustomResponse: wafv2.WebAclRuleActionBlockCustomResponseArgs{
				ResponseCode: pulumi.Int(429),
				ResponseHeaders: wafv2.WebAclRuleActionBlockCustomResponseResponseHeaderArray{
					wafv2.WebAclRuleActionBlockCustomResponseResponseHeaderArgs{
						Name: pulumi.String("Retry-After"), Value: pulumi.String(strconv.Itoa(rate.WindowSeconds)),
					},
				},
			},
		}},
		Statement: wafv2.WebAclRuleStatementArgs{RateBasedStatement: wafv2.WebAclRuleStatementRateBasedStatementArgs{
			AggregateKeyType:    pulumi.String("IP"),
			EvaluationWindowSec: pulumi.Int(rate.WindowSeconds),
			Limit:               pulumi.Int(rate.Limit),
			ScopeDownStatement:  toHost(args.APIHost),
		}},
		VisibilityConfig: visible(args, "rate"),
	}
}

// toHost matches requests for a host, with a port behind it or in other letters as well: both reach the same service,
// and an exact match would let them pass uncounted.
func toHost(host string) wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementArgs {
	return wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementArgs{
		ByteMatchStatement: wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementArgs{
			FieldToMatch: wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementFieldToMatchArgs{
				SingleHeader: wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementFieldToMatchSingleHeaderArgs{
					Name: pulumi.String("host"),
				},
			},
			PositionalConstraint: pulumi.String("STARTS_WITH"),
			SearchString:         pulumi.String(host),
			TextTransformations: wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementTextTransformationArray{
				wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementTextTransformationArgs{
					Priority: pulumi.Int(0), Type: pulumi.String("LOWERCASE"),
				},
			},
		},
	}
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
