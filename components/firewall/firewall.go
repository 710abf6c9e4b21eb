// Package firewall declares the web application firewall in front of the load balancer: AWS's managed rules for known
// attackers, known exploits and common attacks, and a rate limit behind the application's own.
//
// Its log says what was blocked and why, without the headers that hold sessions. The log group's name starts with
// aws-waf-logs-, because AWS accepts no other.
package firewall

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// LogGroupPrefix is how the name of a firewall's log group must start.
const LogGroupPrefix = "aws-waf-logs-"

// Args are what infra and other components supply.
type Args struct {
	// LoadBalancerArn is what the firewall stands in front of.
	LoadBalancerArn pulumi.StringInput
	// APIHost is the host whose requests the rate limit counts: the site's pages and assets are not limited by
	// the application either.
	APIHost string
	// Limit is the application's own limiter; see ParseLimit.
	Limit Limit
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
	MetricName string
	// LogGroupName is where its log is.
	LogGroupName string
}

// New declares the web ACL, its log and its place in front of the load balancer.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Firewall, error) {
	if err := args.check(); err != nil {
		return nil, fmt.Errorf("firewall %q: %w", name, err)
	}
	firewall := &Firewall{MetricName: args.Label, LogGroupName: args.LogGroupName}
	if err := ctx.RegisterComponentResource("flowcomply:firewall:Firewall", name, firewall, opts...); err != nil {
		return nil, fmt.Errorf("firewall %q: %w", name, err)
	}
	acl, err := wafv2.NewWebAcl(ctx, name, &wafv2.WebAclArgs{
		Scope:         pulumi.String("REGIONAL"),
		Description:   pulumi.String("in front of the load balancer of FlowComply"),
		DefaultAction: wafv2.WebAclDefaultActionArgs{Allow: wafv2.WebAclDefaultActionAllowArgs{}},
		Rules:         rules(spec, args),
		VisibilityConfig: wafv2.WebAclVisibilityConfigArgs{
			CloudwatchMetricsEnabled: pulumi.Bool(true), SampledRequestsEnabled: pulumi.Bool(true), MetricName: pulumi.String(args.Label),
		},
	}, pulumi.Parent(firewall))
	if err != nil {
		return nil, fmt.Errorf("firewall %q: web acl: %w", name, err)
	}
	if err := firewall.logging(ctx, name, spec, args, acl); err != nil {
		return nil, fmt.Errorf("firewall %q: log: %w", name, err)
	}
	if _, err := wafv2.NewWebAclAssociation(ctx, name, &wafv2.WebAclAssociationArgs{
		ResourceArn: args.LoadBalancerArn,
		WebAclArn:   acl.Arn,
	}, pulumi.Parent(firewall)); err != nil {
		return nil, fmt.Errorf("firewall %q: association: %w", name, err)
	}
	firewall.Arn = acl.Arn
	return firewall, ctx.RegisterResourceOutputs(firewall, pulumi.Map{
		"arn": firewall.Arn, "metricName": pulumi.String(firewall.MetricName), "logGroupName": pulumi.String(firewall.LogGroupName),
	})
}

// logging declares the log group and what goes there: every request, without the headers that hold sessions.
func (f *Firewall) logging(ctx *pulumi.Context, name string, spec Spec, args Args, acl *wafv2.WebAcl) error {
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(args.LogGroupName),
		RetentionInDays: pulumi.Int(spec.LogDays),
		KmsKeyId:        args.LogKeyArn.ToStringOutput().ToStringPtrOutput(),
	}, pulumi.Parent(f), pulumi.Protect(args.Protected))
	if err != nil {
		return fmt.Errorf("group: %w", err)
	}
	var redacted wafv2.WebAclLoggingConfigurationRedactedFieldArray
	for _, header := range []string{"authorization", "cookie"} {
		redacted = append(redacted, wafv2.WebAclLoggingConfigurationRedactedFieldArgs{
			SingleHeader: wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs{Name: pulumi.String(header)},
		})
	}
	if _, err := wafv2.NewWebAclLoggingConfiguration(ctx, name, &wafv2.WebAclLoggingConfigurationArgs{
		ResourceArn:           acl.Arn,
		LogDestinationConfigs: pulumi.StringArray{group.Arn},
		RedactedFields:        redacted,
	}, pulumi.Parent(f)); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return nil
}

func (args Args) check() error {
	if !strings.HasPrefix(args.LogGroupName, LogGroupPrefix) || args.LogGroupName == LogGroupPrefix {
		return fmt.Errorf("log group: %q does not start with %s, and AWS accepts no other name", args.LogGroupName, LogGroupPrefix)
	}
	if args.APIHost == "" || args.APIHost != strings.ToLower(args.APIHost) {
		return fmt.Errorf("api host: %q is not a host in lower case, and the rate limit would count nothing", args.APIHost)
	}
	if err := args.Limit.Validate(); err != nil {
		return fmt.Errorf("limit: %w", err)
	}
	return nil
}
