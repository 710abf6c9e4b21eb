// Package loadbalancer declares the one way in from the internet: an application load balancer that speaks TLS and
// sends everything else away.
//
//   - Its listeners know no service. Each service adds a rule for its own host; any other host, or the bare address,
//     gets 404.
//   - Its security group lets the internet in on 80 and 443 and nothing out. A service declares the rules from the load
//     balancer to itself, between the two groups and for one port.
//   - It is IPv4 only. The VPC has no IPv6, and a second family would need a firewall and a subnet plan of its own.
package loadbalancer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
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
	// After is what must exist before: the subnets' way to the internet, as AWS refuses a load balancer in a VPC whose internet
	// gateway is not attached yet (InvalidSubnet), and the log bucket's policy, which AWS tests with a write, where LogBucket
	// does not wait for it.
	After []pulumi.Resource `args:"optional"`
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
	balancer := &LoadBalancer{}
	b, err := component.New(ctx, "flowcomply:loadbalancer:LoadBalancer", name, balancer, args, opts, validate.Demand(len(name) <= maximumName,
		"name", fmt.Sprintf("%d characters, and AWS adds 8 to have 32", len(name)), strconv.Itoa(maximumName)))
	if err != nil {
		return nil, err
	}
	group, err := access(b, args)
	if err != nil {
		return nil, b.Errorf("%w", err)
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
	}, b.Parent, pulumi.DependsOn(args.After))
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	http, err := listener(b, resource, "http", 80, redirect, lb.ListenerArgs{})
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	https, err := listener(b, resource, "https", 443, notFound, lb.ListenerArgs{
		SslPolicy: pulumi.String(tlsPolicy), CertificateArn: args.CertificateArn,
	})
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	named, err := hosts(b, resource, args)
	if err != nil {
		return nil, b.Errorf("host: %w", err)
	}
	balancer.Open = slices.Concat(named, []pulumi.Resource{http, https})
	balancer.Arn, balancer.ArnSuffix, balancer.DNSName = resource.Arn, resource.ArnSuffix, resource.DnsName
	balancer.ListenerArn, balancer.SecurityGroupID = https.Arn, group.ID().ToStringOutput()
	return balancer, b.Done()
}

// access declares the group: in on 80 and 443 from anywhere, and no rule out.
func access(b *component.Builder, args Args) (*ec2.SecurityGroup, error) {
	group, err := b.SecurityGroup(b.Name, args.Label+"-load-balancer", "the load balancer: web from anywhere, and out to services only", args.VpcID)
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
		if _, err := vpc.NewSecurityGroupIngressRule(b.Ctx, b.Name+"-"+rule.suffix, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: group.ID(), CidrIpv4: pulumi.String("0.0.0.0/0"), Description: pulumi.String(rule.description),
			IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(rule.port), ToPort: pulumi.Int(rule.port),
		}, b.Parent); err != nil {
			return nil, fmt.Errorf("rule %s: %w", rule.suffix, err)
		}
	}
	return group, nil
}

// hosts points every name at the load balancer.
//
//runbook:pre.3#4 points every name at the load balancer.
func hosts(b *component.Builder, target *lb.LoadBalancer, args Args) ([]pulumi.Resource, error) {
	var named []pulumi.Resource
	for _, role := range slices.Sorted(maps.Keys(args.Hosts)) {
		record, err := route53.NewRecord(b.Ctx, b.Name+"-"+role, &route53.RecordArgs{
			ZoneId: args.ZoneID,
			Name:   pulumi.String(args.Hosts[role]),
			Type:   pulumi.String("A"),
			Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
				Name: target.DnsName, ZoneId: target.ZoneId,
				// There is nowhere else to send people to: answer 503 rather than no address at all.
				EvaluateTargetHealth: pulumi.Bool(false),
			}},
		}, b.Parent)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", role, err)
		}
		named = append(named, record)
	}
	return named, nil
}

// tlsPolicy is AWS's recommended one: TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only, and with a hybrid
// post-quantum key exchange for clients that know it, so that what is recorded today cannot be read by a later machine
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

// What the listeners do by themselves: HTTP only redirects, and HTTPS knows no host.
var (
	redirect = lb.ListenerDefaultActionArgs{Type: pulumi.String("redirect"), Redirect: lb.ListenerDefaultActionRedirectArgs{
		Protocol: pulumi.String("HTTPS"), Port: pulumi.String("443"), StatusCode: pulumi.String("HTTP_301"),
	}}
	notFound = lb.ListenerDefaultActionArgs{Type: pulumi.String("fixed-response"), FixedResponse: lb.ListenerDefaultActionFixedResponseArgs{
		ContentType: pulumi.String("text/plain"), MessageBody: pulumi.String("not found"), StatusCode: pulumi.String("404"),
	}}
)

// listener declares one listener; inputs have what it needs beside its protocol, port and action.
func listener(
	b *component.Builder, target *lb.LoadBalancer, protocol string, port int, action lb.ListenerDefaultActionArgs, inputs lb.ListenerArgs,
) (*lb.Listener, error) {
	inputs.LoadBalancerArn = target.Arn
	inputs.Protocol, inputs.Port = pulumi.String(strings.ToUpper(protocol)), pulumi.Int(port)
	inputs.DefaultActions = lb.ListenerDefaultActionArray{action}
	declared, err := lb.NewListener(b.Ctx, b.Name+"-"+protocol, &inputs, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("listener: %s: %w", protocol, err)
	}
	return declared, nil
}
