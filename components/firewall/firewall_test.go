package firewall_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/firewall"
	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what is asked of the engine. They do not prove what WAF blocks, nor that a log line arrives.

const aclType = "aws:wafv2/webAcl:WebAcl"

var spec = firewall.Spec{LogDays: 365, CountOnly: []string{"SizeRestrictions_BODY"}}

func validArgs() firewall.Args {
	return firewall.Args{
		LoadBalancerArn: pulumi.String("arn:balancer"), APIHost: "api.flowcomply.com", Limit: firewall.Limit{Max: 100, WindowMS: 900_000},
		LogGroupName: "aws-waf-logs-flowcomply-production", LogKeyArn: pulumi.String("arn:key"), Label: "flowcomply-production",
		Protected: true,
	}
}

func program(spec firewall.Spec, args firewall.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := firewall.New(ctx, "firewall", spec, args)
		return err
	}
}

func TestFirewall_Graph(t *testing.T) {
	g := record.Run(t, program(spec, validArgs()))
	g.Golden(t, "firewall")
	assert.Equal(t, 2, g.Registrations)
}

func TestFirewall_Rules(t *testing.T) {
	acl := record.Run(t, program(spec, validArgs())).One(t, aclType, "firewall")
	assert.Equal(t, "REGIONAL", acl.Get("scope"))
	assert.Equal(t, map[string]any{"allow": map[string]any{}}, acl.Get("defaultAction"))
	assert.Equal(t, visible("flowcomply-production"), acl.Get("visibilityConfig"))
	count := []any{map[string]any{"name": "SizeRestrictions_BODY", "actionToUse": map[string]any{"count": map[string]any{}}}}
	assert.Equal(t, []any{
		map[string]any{
			"name": "rate", "priority": 10.0, "visibilityConfig": visible("flowcomply-production-rate"),
			"action": map[string]any{"block": map[string]any{"customResponse": map[string]any{
				"responseCode": 429.0, "responseHeaders": []any{map[string]any{"name": "Retry-After", "value": "600"}},
			}}},
			"statement": map[string]any{"rateBasedStatement": map[string]any{
				"aggregateKeyType": "IP", "evaluationWindowSec": 600.0, "limit": 200.0,
				"scopeDownStatement": map[string]any{"byteMatchStatement": map[string]any{
					"fieldToMatch":         map[string]any{"singleHeader": map[string]any{"name": "host"}},
					"positionalConstraint": "STARTS_WITH", "searchString": "api.flowcomply.com",
					"textTransformations": []any{map[string]any{"priority": 0.0, "type": "LOWERCASE"}},
				}},
			}},
		},
		managed("known-attackers", 20, "AWSManagedRulesAmazonIpReputationList", nil),
		managed("known-exploits", 30, "AWSManagedRulesKnownBadInputsRuleSet", nil),
		managed("common-attacks", 40, "AWSManagedRulesCommonRuleSet", count),
	}, acl.Get("rules"))
}

func TestFirewall_BlocksAllItKnowsByDefault(t *testing.T) {
	acl := record.Run(t, program(firewall.Spec{LogDays: 365}, validArgs())).One(t, aclType, "firewall")
	assert.Equal(t, managed("common-attacks", 40, "AWSManagedRulesCommonRuleSet", nil), acl.Get("rules.3"))
}

func actionCondition(action string) map[string]any {
	return map[string]any{"actionCondition": map[string]any{"action": action}}
}

// What passed is most of all requests, and in the load balancer's log already.
func TestFirewall_LogsWhatItStoppedWithoutSessions(t *testing.T) {
	g := record.Run(t, program(spec, validArgs()))
	assert.Equal(t, map[string]any{"name": "aws-waf-logs-flowcomply-production", "retentionInDays": 365.0, "kmsKeyId": "arn:key"},
		g.One(t, "aws:cloudwatch/logGroup:LogGroup", "firewall").Plain())
	assert.Equal(t, map[string]any{
		"resourceArn":           "arn:aws:mock:ap-southeast-2:123456789012:WebAcl/firewall",
		"logDestinationConfigs": []any{"arn:aws:mock:ap-southeast-2:123456789012:LogGroup/firewall"},
		"loggingFilter": map[string]any{"defaultBehavior": "DROP", "filters": []any{map[string]any{
			"behavior": "KEEP", "requirement": "MEETS_ANY",
			"conditions": []any{actionCondition("BLOCK"), actionCondition("COUNT"), actionCondition("EXCLUDED_AS_COUNT")},
		}}},
		"redactedFields": []any{
			map[string]any{"singleHeader": map[string]any{"name": "authorization"}}, map[string]any{"singleHeader": map[string]any{"name": "cookie"}},
		},
	}, g.One(t, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "firewall").Plain())
	assert.Equal(t, map[string]any{"resourceArn": "arn:balancer", "webAclArn": "arn:aws:mock:ap-southeast-2:123456789012:WebAcl/firewall"},
		g.One(t, "aws:wafv2/webAclAssociation:WebAclAssociation", "firewall").Plain())
}

func TestFirewall_RefusesBadArgs(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*firewall.Args)
		want   string
	}{
		"log group":        {func(w *firewall.Args) { w.LogGroupName = "waf-logs" }, "does not start with aws-waf-logs-"},
		"only a prefix":    {func(w *firewall.Args) { w.LogGroupName = firewall.LogGroupPrefix }, "does not start with aws-waf-logs-"},
		"no host":          {func(w *firewall.Args) { w.APIHost = "" }, "the rate limit would count nothing"},
		"host in capitals": {func(w *firewall.Args) { w.APIHost = "API.flowcomply.com" }, "the rate limit would count nothing"},
		"no limit":         {func(w *firewall.Args) { w.Limit = firewall.Limit{} }, "args.Limit.max: 0 is out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			in := validArgs()
			row.change(&in)
			g, err := record.Try(program(spec, in))
			require.ErrorContains(t, err, row.want)
			assert.Empty(t, g.All(), "bad input declares nothing")
		})
	}
}

func TestSpec_Validate(t *testing.T) {
	require.NoError(t, spec.Validate())
	for name, row := range map[string]struct {
		spec firewall.Spec
		want string
	}{
		"for ever":   {firewall.Spec{}, "logDays: 0 is not offered"},
		"not a term": {firewall.Spec{LogDays: 366}, "logDays: 366 is not offered"},
		"a typo":     {firewall.Spec{LogDays: 365, CountOnly: []string{"SizeRestriction_BODY"}}, `countOnly[0]: "SizeRestriction_BODY" is not known`},
		"no path":    {firewall.Spec{LogDays: 365, UploadPaths: []string{"api/documents"}}, `uploadPaths[0]: "api/documents" is malformed`},
		"all paths":  {firewall.Spec{LogDays: 365, UploadPaths: []string{"/"}}, `uploadPaths[0]: "/" is malformed`},
		"escaped":    {firewall.Spec{LogDays: 365, UploadPaths: []string{"/api/%64"}}, `uploadPaths[0]: "/api/%64" is malformed`},
		"a pattern":  {firewall.Spec{LogDays: 365, UploadPaths: []string{"/api/*"}}, `uploadPaths[0]: "/api/*" is malformed`},
		"too long":   {firewall.Spec{LogDays: 365, UploadPaths: []string{"/" + strings.Repeat("a", 50)}}, "uploadPaths[0]: "},
		"path twice": {firewall.Spec{LogDays: 365, UploadPaths: []string{"/a", "/a"}}, `uploadPaths[1]: "/a" is given twice`},
		"many paths": {firewall.Spec{LogDays: 365, UploadPaths: []string{"/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i", "/j", "/k"}}, "uploadPaths: are too many; allowed: 10"},
		"twice":      {firewall.Spec{LogDays: 365, CountOnly: []string{"GenericLFI_BODY", "GenericLFI_BODY"}}, `countOnly[1]: "GenericLFI_BODY" is given twice`},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, row.spec.Validate(), row.want)
		})
	}
}

func visible(metric string) map[string]any {
	return map[string]any{"cloudwatchMetricsEnabled": true, "sampledRequestsEnabled": true, "metricName": metric}
}

func managed(name string, priority float64, group string, overrides []any) map[string]any {
	statement := map[string]any{"vendorName": "AWS", "name": group}
	if overrides != nil {
		statement["ruleActionOverrides"] = overrides
	}
	return map[string]any{
		"name": name, "priority": priority, "overrideAction": map[string]any{"none": map[string]any{}},
		"statement": map[string]any{"managedRuleGroupStatement": statement}, "visibilityConfig": visible("flowcomply-production-" + name),
	}
}
