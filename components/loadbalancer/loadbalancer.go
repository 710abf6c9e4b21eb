// Package loadbalancer declares the one way in from the internet: an application load balancer that speaks TLS and
// sends everything else away.
//
// Its listeners know no service. Each service adds its own rule for its own host, so a request for any other host, or
// for the bare address, gets 404. Its security group lets the internet in on 80 and 443 and nothing out: the way from
// the load balancer to a service is a rule that the service declares, between the two groups and for one port.
//
// It is IPv4 only. The VPC has no IPv6, and a second family without its own firewall and subnet plan would be a second,
// untended door.
package loadbalancer

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Spec is what an operator decides.
type Spec struct {
	// IdleTimeoutSeconds is how long a connection may be silent; 1 to 4000. A service must keep its connections
	// open for longer than that, or the load balancer answers 502 now and then.
	IdleTimeoutSeconds int `json:"idleTimeoutSeconds"`
}

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	return validate.All(validate.Range("idleTimeoutSeconds", s.IdleTimeoutSeconds, 1, 4000))
}

// Args are what infra and other components supply.
type Args struct {
	// VpcID and SubnetIDs place it; the subnets are public and in two zones or more.
	VpcID     pulumi.StringInput
	SubnetIDs pulumi.StringArrayInput
	// CertificateArn is an issued certificate for every host.
	CertificateArn pulumi.StringInput
	// LogBucket is the bucket of the access logs, and LogPrefix the folder in it that the bucket's policy lets
	// the load balancer write to, without slashes at its ends.
	LogBucket pulumi.StringInput
	LogPrefix string
	// After is what must exist before: the log bucket with its policy, which AWS tests with a write.
	After []pulumi.Resource
	// ZoneID is the public zone of the hosts, and Hosts maps each role, such as site or api, to its name. The
	// role is the key of the record.
	ZoneID pulumi.StringInput
	Hosts  map[string]string
	// Label is the Name tag in the console.
	Label string
	// Protected turns on deletion protection.
	Protected bool
}

// LoadBalancer is the way in.
type LoadBalancer struct {
	pulumi.ResourceState

	// Arn is the load balancer's ARN, for the firewall's association.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// ArnSuffix is its dimension in CloudWatch: app/<name>/<id>.
	ArnSuffix pulumi.StringOutput `pulumi:"arnSuffix"`
	// DNSName is its own name, which the hosts point to.
	DNSName pulumi.StringOutput `pulumi:"dnsName"`
	// ListenerArn is the HTTPS listener, to which services add their rules.
	ListenerArn pulumi.StringOutput `pulumi:"listenerArn"`
	// Open are the listeners and the hosts' records, for what has to wait until the world can come in.
	Open []pulumi.Resource
	// SecurityGroupID is the group that services let in, and add their egress rule to.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
}

// maximumName leaves room for the 8 characters of an automatic name in the 32 that AWS allows.
const maximumName = 24

// New declares the load balancer, its group, its two listeners and the hosts' records.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*LoadBalancer, error) {
	if len(name) > maximumName {
		return nil, fmt.Errorf("loadbalancer %q: name: %d characters, and AWS adds 8 to have 32; allowed: %d", name, len(name), maximumName)
	}
	balancer := &LoadBalancer{}
	if err := ctx.RegisterComponentResource("flowcomply:loadbalancer:LoadBalancer", name, balancer, opts...); err != nil {
		return nil, fmt.Errorf("loadbalancer %q: %w", name, err)
	}
	group, err := access(ctx, balancer, name, args)
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: security group: %w", name, err)
	}
	resource, err := lb.NewLoadBalancer(ctx, name, &lb.LoadBalancerArgs{
		LoadBalancerType:        pulumi.String("application"),
		Internal:                pulumi.Bool(false),
		IpAddressType:           pulumi.String("ipv4"),
		Subnets:                 args.SubnetIDs,
		SecurityGroups:          pulumi.StringArray{group.ID().ToStringOutput()},
		IdleTimeout:             pulumi.Int(spec.IdleTimeoutSeconds),
		DropInvalidHeaderFields: pulumi.Bool(true),
		// What could smuggle a request is refused; what is merely old-fashioned still gets through, unlike
		// with `strictest`.
		DesyncMitigationMode:     pulumi.String("defensive"),
		EnableDeletionProtection: pulumi.Bool(args.Protected),
		AccessLogs: lb.LoadBalancerAccessLogsArgs{
			Bucket: args.LogBucket, Prefix: pulumi.String(args.LogPrefix), Enabled: pulumi.Bool(true),
		},
		Tags: pulumi.StringMap{"Name": pulumi.String(args.Label)},
	}, pulumi.Parent(balancer), pulumi.DependsOn(args.After))
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: %w", name, err)
	}
	http, https, err := listeners(ctx, balancer, name, resource, args)
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: listener: %w", name, err)
	}
	named, err := hosts(ctx, balancer, name, resource, args)
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: host: %w", name, err)
	}
	balancer.Open = append(named, http, https)
	balancer.Arn, balancer.ArnSuffix, balancer.DNSName = resource.Arn, resource.ArnSuffix, resource.DnsName
	balancer.ListenerArn, balancer.SecurityGroupID = https.Arn, group.ID().ToStringOutput()
	return balancer, ctx.RegisterResourceOutputs(balancer, pulumi.Map{
		"arn": balancer.Arn, "arnSuffix": balancer.ArnSuffix, "dnsName": balancer.DNSName,
		"listenerArn": balancer.ListenerArn, "securityGroupId": balancer.SecurityGroupID,
	})
}

// access declares the group: in on 80 and 443 from anywhere, and no rule out.
func access(ctx *pulumi.Context, parent pulumi.Resource, name string, args Args) (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       args.VpcID.ToStringOutput().ToStringPtrOutput(),
		Description: pulumi.String("the load balancer: web from anywhere, and out to services only"),
		Tags:        pulumi.StringMap{"Name": pulumi.String(args.Label + "-load-balancer")},
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	for _, rule := range []struct {
		suffix, description string
		port                int
	}{
		{"http", "web from anywhere, answered with a redirect to HTTPS", 80},
		{"https", "web from anywhere", 443},
	} {
		if _, err := vpc.NewSecurityGroupIngressRule(ctx, name+"-"+rule.suffix, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: group.ID(),
			Description:     pulumi.String(rule.description),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(rule.port),
			ToPort:          pulumi.Int(rule.port),
			CidrIpv4:        pulumi.String("0.0.0.0/0"),
		}, pulumi.Parent(parent)); err != nil {
			return nil, fmt.Errorf("rule %s: %w", rule.suffix, err)
		}
	}
	return group, nil
}

// hosts points every name at the load balancer.
//
//runbook:pre.3#4 points every name at the load balancer.
func hosts(ctx *pulumi.Context, parent pulumi.Resource, name string, target *lb.LoadBalancer, args Args) ([]pulumi.Resource, error) {
	var named []pulumi.Resource
	for _, role := range slices.Sorted(maps.Keys(args.Hosts)) {
		record, err := route53.NewRecord(ctx, name+"-"+role, &route53.RecordArgs{
			ZoneId: args.ZoneID,
			Name:   pulumi.String(args.Hosts[role]),
			Type:   pulumi.String("A"),
			Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
				Name: target.DnsName, ZoneId: target.ZoneId,
				// There is nowhere else to send people to: answer 503 rather than no address at all.
				EvaluateTargetHealth: pulumi.Bool(false),
			}},
		}, pulumi.Parent(parent))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", role, err)
		}
		named = append(named, record)
	}
	return named, nil
}
