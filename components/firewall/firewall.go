// Package firewall declares the web application firewall in front of the load balancer: AWS's managed rules for known
// attackers, known exploits and common attacks, and a rate limit behind the application's own.
//
//   - Its log has what was blocked or counted, and why, without the headers that hold sessions. What passed is in the load
//     balancer's log.
//   - Bodies of uploads are looked at and counted, not blocked: documents of customers look like attacks now and then.
//   - The log group's name starts with aws-waf-logs-, because AWS accepts no other.
package firewall

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// LogGroupPrefix is how the name of a firewall's log group must start.
const LogGroupPrefix = "aws-waf-logs-"

// Spec is what an operator decides.
type Spec struct {
	// LogDays is how many days CloudWatch keeps the firewall's log; one of the values that it offers. A year or more
	// is what auditors ask for.
	LogDays int `json:"logDays"`
	// CountOnly names rules of AWS's common rule set that count a request instead of blocking it, none when left
	// out. SizeRestrictions_BODY belongs here where the API takes uploads: it blocks bodies above 8 KiB.
	CountOnly []string `json:"countOnly,omitempty"`
	// UploadPaths are where the application takes documents: paths that begin so, up to ten of 2 to 50 characters. AWS's rules on
	// bodies (cross-site scripting, file inclusion, server-side request forgery) count there and block everywhere else. Default: none.
	UploadPaths []string `json:"uploadPaths,omitempty"`
}

// commonRules are the rules of AWSManagedRulesCommonRuleSet. WAF takes a name it does not know without a word, and the
// rule goes on blocking (https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html).
var commonRules = []string{
	"NoUserAgent_HEADER", "UserAgent_BadBots_HEADER",
	"SizeRestrictions_QUERYSTRING", "SizeRestrictions_Cookie_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_URIPATH",
	"EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_URIPATH", "EC2MetaDataSSRF_QUERYARGUMENTS",
	"GenericLFI_QUERYARGUMENTS", "GenericLFI_URIPATH", "GenericLFI_BODY",
	"RestrictedExtensions_URIPATH", "RestrictedExtensions_QUERYARGUMENTS",
	"GenericRFI_QUERYARGUMENTS", "GenericRFI_BODY", "GenericRFI_URIPATH",
	"CrossSiteScripting_COOKIE", "CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_BODY", "CrossSiteScripting_URIPATH",
}

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	return validate.All(
		validate.LogDays("logDays", s.LogDays),
		validate.Unique("countOnly", s.CountOnly),
		validate.Each("countOnly", s.CountOnly, func(field, v string) error { return validate.OneOf(field, v, commonRules...) }),
		validate.Demand(len(s.UploadPaths) <= maxUploadPaths, "uploadPaths", "are too many", strconv.Itoa(maxUploadPaths)),
		validate.Unique("uploadPaths", s.UploadPaths),
		validate.Each("uploadPaths", s.UploadPaths, func(field, v string) error {
			return validate.Match(field, v, uploadPath, "the beginning of a path, such as /api/documents, without an escaped character")
		}),
	)
}

// Args are what infra and other components supply.
type Args struct {
	// LoadBalancerArn is what the firewall stands in front of.
	LoadBalancerArn pulumi.StringInput
	// APIHost is the host whose requests the rate limit counts: the site's pages and assets are not limited by
	// the application either.
	APIHost string
	// Limit is the application's own limiter; see ParseLimit.
	Limit Limit `args:"optional"`
	// LogGroupName is the physical name, aws-waf-logs-….
	LogGroupName string
	// LogKeyArn is the KMS key of the log.
	LogKeyArn pulumi.StringInput
	// Label is the firewall's dimension in CloudWatch, and distinguishes environments of one account.
	Label string
	// Protected keeps the log from being destroyed with the firewall.
	Protected bool
}

// Firewall is one web ACL.
type Firewall struct {
	pulumi.ResourceState

	// Arn is the web ACL's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// MetricName is the value of the WebACL dimension of its metrics in AWS/WAFV2.
	MetricName string `pulumi:"metricName"`
	// LogGroupName is where its log is.
	LogGroupName string `pulumi:"logGroupName"`
}

// New declares the web ACL, its log and its place in front of the load balancer.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Firewall, error) {
	firewall := &Firewall{MetricName: args.Label, LogGroupName: args.LogGroupName}
	b, err := component.New(ctx, "flowcomply:firewall:Firewall", name, firewall, args, opts, args.check())
	if err != nil {
		return nil, err
	}
	acl, err := wafv2.NewWebAcl(ctx, name, &wafv2.WebAclArgs{
		Scope:         pulumi.String("REGIONAL"),
		Description:   pulumi.String("in front of the load balancer of FlowComply"),
		DefaultAction: wafv2.WebAclDefaultActionArgs{Allow: wafv2.WebAclDefaultActionAllowArgs{}},
		Rules:         rules(spec, args),
		VisibilityConfig: wafv2.WebAclVisibilityConfigArgs{
			CloudwatchMetricsEnabled: pulumi.Bool(true), SampledRequestsEnabled: pulumi.Bool(true), MetricName: pulumi.String(args.Label),
		},
	}, b.Parent)
	if err != nil {
		return nil, b.Errorf("web acl: %w", err)
	}
	if err := logging(b, spec, args, acl); err != nil {
		return nil, b.Errorf("%w", err)
	}
	if _, err := wafv2.NewWebAclAssociation(ctx, name, &wafv2.WebAclAssociationArgs{
		ResourceArn: args.LoadBalancerArn, WebAclArn: acl.Arn,
	}, b.Parent); err != nil {
		return nil, b.Errorf("association: %w", err)
	}
	firewall.Arn = acl.Arn
	return firewall, b.Done()
}

// logged are the actions whose requests are in the log. The last one is a rule of AWS's that was told to count.
var logged = []string{"BLOCK", "COUNT", "EXCLUDED_AS_COUNT"}

// logging declares the log group and what goes there: requests that a rule blocked or counted, without the headers that hold
// sessions.
func logging(b *component.Builder, spec Spec, args Args, acl *wafv2.WebAcl) error {
	group, err := b.LogGroup(b.Name, args.LogGroupName, spec.LogDays, args.LogKeyArn, pulumi.Protect(args.Protected))
	if err != nil {
		return err
	}
	var redacted wafv2.WebAclLoggingConfigurationRedactedFieldArray
	for _, header := range []string{"authorization", "cookie"} {
		redacted = append(redacted, wafv2.WebAclLoggingConfigurationRedactedFieldArgs{
			SingleHeader: wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs{Name: pulumi.String(header)},
		})
	}
	var kept wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArray
	for _, action := range logged {
		kept = append(kept, wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs{
			ActionCondition: wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs{Action: pulumi.String(action)},
		})
	}
	if _, err := wafv2.NewWebAclLoggingConfiguration(b.Ctx, b.Name, &wafv2.WebAclLoggingConfigurationArgs{
		ResourceArn:           acl.Arn,
		LogDestinationConfigs: pulumi.StringArray{group.Arn},
		RedactedFields:        redacted,
		LoggingFilter: wafv2.WebAclLoggingConfigurationLoggingFilterArgs{
			DefaultBehavior: pulumi.String("DROP"),
			Filters: wafv2.WebAclLoggingConfigurationLoggingFilterFilterArray{wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs{
				Behavior: pulumi.String("KEEP"), Requirement: pulumi.String("MEETS_ANY"), Conditions: kept,
			}},
		},
	}, b.Parent); err != nil {
		return fmt.Errorf("log configuration: %w", err)
	}
	return nil
}

// check refuses what AWS refuses or, worse, takes and ignores.
func (args Args) check() error {
	named := strings.HasPrefix(args.LogGroupName, LogGroupPrefix) && args.LogGroupName != LogGroupPrefix
	return validate.All(
		validate.Demand(named, "args.LogGroupName",
			fmt.Sprintf("%q does not start with %s, and AWS accepts no other name", args.LogGroupName, LogGroupPrefix), ""),
		validate.Demand(args.APIHost != "" && args.APIHost == strings.ToLower(args.APIHost), "args.APIHost",
			fmt.Sprintf("%q is not a host in lower case, and the rate limit would count nothing", args.APIHost), ""),
		validate.Nested("args.Limit", args.Limit.Validate()))
}
