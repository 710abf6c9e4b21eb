package firewall

import (
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const maxUploadPaths = 10

// uploadPath has no character that is written in two ways, and no more of them than WAF takes in a search string.
var uploadPath = regexp.MustCompile(`/[A-Za-z0-9_-][A-Za-z0-9_./-]{0,48}`)

// bodyRules are the common rule set's rules on bodies that a document can break, with the label that each puts on a request
// (https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html). The one on a body's size is not
// among them: it is for countOnly, as JSON outgrows it too.
var bodyRules = []struct{ rule, label string }{
	{"CrossSiteScripting_BODY", "CrossSiteScripting_Body"},
	{"EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_Body"},
	{"GenericLFI_BODY", "GenericLFI_Body"},
	{"GenericRFI_BODY", "GenericRFI_Body"},
}

// labelPrefix is that of the common rule set's labels.
const labelPrefix = "awswaf:managed:aws:core-rule-set:"

// counting are the common rule set's rules that only count, in the order of the configuration: what a rule of ours blocks by its
// label is counted first.
func (s Spec) counting() []string {
	names := slices.Clone(s.CountOnly)
	for _, one := range bodyRules {
		if len(s.UploadPaths) > 0 && !slices.Contains(names, one.rule) {
			names = append(names, one.rule)
		}
	}
	return names
}

// blockedOutsideUploads are the labels of the rules on bodies that block everywhere but at uploads; none without uploads.
func (s Spec) blockedOutsideUploads() []string {
	var labels []string
	for _, one := range bodyRules {
		if len(s.UploadPaths) > 0 && !slices.Contains(s.CountOnly, one.rule) {
			labels = append(labels, labelPrefix+one.label)
		}
	}
	return labels
}

// bodyRule blocks what has one of the labels and is not at one of the paths. It comes after the rules that put labels on.
func bodyRule(labels, paths []string, args Args) wafv2.WebAclRuleArgs {
	var labelled, uploads []wafv2.WebAclRuleStatementArgs
	for _, label := range labels {
		labelled = append(labelled, wafv2.WebAclRuleStatementArgs{LabelMatchStatement: wafv2.WebAclRuleStatementLabelMatchStatementArgs{
			Scope: pulumi.String("LABEL"), Key: pulumi.String(label),
		}})
	}
	for _, path := range paths {
		uploads = append(uploads, wafv2.WebAclRuleStatementArgs{ByteMatchStatement: under(path)})
	}
	return wafv2.WebAclRuleArgs{
		Name:     pulumi.String("body-attacks"),
		Priority: pulumi.Int(10 * (len(managed) + 2)),
		Action:   wafv2.WebAclRuleActionArgs{Block: wafv2.WebAclRuleActionBlockArgs{}},
		Statement: wafv2.WebAclRuleStatementArgs{AndStatement: wafv2.WebAclRuleStatementAndStatementArgs{Statements: wafv2.WebAclRuleStatementArray{
			anyOf(labelled),
			wafv2.WebAclRuleStatementArgs{NotStatement: wafv2.WebAclRuleStatementNotStatementArgs{
				Statements: wafv2.WebAclRuleStatementArray{anyOf(uploads)},
			}},
		}}},
		VisibilityConfig: visible(args, "body-attacks"),
	}
}

// anyOf is one statement for several: WAF takes no "or" of one.
func anyOf(statements []wafv2.WebAclRuleStatementArgs) wafv2.WebAclRuleStatementArgs {
	if len(statements) == 1 {
		return statements[0]
	}
	var all wafv2.WebAclRuleStatementArray
	for _, one := range statements {
		all = append(all, one)
	}
	return wafv2.WebAclRuleStatementArgs{OrStatement: wafv2.WebAclRuleStatementOrStatementArgs{Statements: all}}
}

// under matches a path that begins so once it is decoded and has no /../ any more: what the application would not take for an
// upload must not pass for one.
func under(path string) wafv2.WebAclRuleStatementByteMatchStatementArgs {
	var transformations wafv2.WebAclRuleStatementByteMatchStatementTextTransformationArray
	for i, transformation := range []string{"URL_DECODE", "NORMALIZE_PATH"} {
		transformations = append(transformations, wafv2.WebAclRuleStatementByteMatchStatementTextTransformationArgs{
			Priority: pulumi.Int(i), Type: pulumi.String(transformation),
		})
	}
	return wafv2.WebAclRuleStatementByteMatchStatementArgs{
		FieldToMatch: wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchArgs{
			UriPath: wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchUriPathArgs{},
		},
		PositionalConstraint: pulumi.String("STARTS_WITH"),
		SearchString:         pulumi.String(path),
		TextTransformations:  transformations,
	}
}
