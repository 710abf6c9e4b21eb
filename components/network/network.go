// Package network declares an environment's VPC: three tiers of subnets over two zones or more.
//
// Decisions: public subnets hold load balancers and NAT gateways only and give out no public address by themselves;
// tasks live in private subnets; database and cache live in data subnets, whose route table has no way out. AWS
// services are reached through endpoints where a stack lists them. What the VPC brings along by itself is closed: its
// default security group has no rule, and its default network ACL admits web traffic and replies only.
package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args are where the network lives and what its flow logs are encrypted with.
type Args struct {
	AccountID string
	Region    string
	// LogKeyArn is a key that CloudWatch Logs of this region may use.
	LogKeyArn pulumi.StringInput
	// Label is the environment's name: the Name tag of what the console lists, and the flow logs' group /vpc/<label>.
	Label string
	// Protected keeps the flow logs from being destroyed with the network.
	Protected bool
}

// Network is the VPC and its subnets, in the order of Spec.Zones.
type Network struct {
	pulumi.ResourceState
	CIDR string
	// Ready are the routes and endpoints, for whatever needs a way out when it starts: subnet ids do not wait for them,
	// and waiting for the component would wait for those of its children that happen to be registered by then.
	Ready                   []pulumi.Resource
	VpcID                   pulumi.StringOutput      `pulumi:"vpcId"`
	PublicSubnetIDs         pulumi.StringArrayOutput `pulumi:"publicSubnetIds"`
	PrivateSubnetIDs        pulumi.StringArrayOutput `pulumi:"privateSubnetIds"`
	DataSubnetIDs           pulumi.StringArrayOutput `pulumi:"dataSubnetIds"`
	EndpointSecurityGroupID pulumi.StringOutput      `pulumi:"endpointSecurityGroupId"`
}

// build carries what every part of one network needs to declare its resources.
type build struct {
	ctx    *pulumi.Context
	name   string
	spec   Spec
	args   Args
	parent pulumi.ResourceOption
	vpc    *ec2.Vpc
	ready  []pulumi.Resource
}

// New declares the VPC with its subnets, routes, endpoints, guards and flow logs.
//
//runbook:pre.2#3 declares the VPC with its subnets, routes, endpoints and flow logs.
//runbook:3.1#1 has no bastion: what has to reach the database runs as a task inside the network.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Network, error) {
	component := &Network{CIDR: spec.CIDR}
	if err := ctx.RegisterComponentResource("flowcomply:network:Network", name, component, opts...); err != nil {
		return nil, fmt.Errorf("network %q: %w", name, err)
	}
	b := &build{ctx: ctx, name: name, spec: spec, args: args, parent: pulumi.Parent(component)}
	if err := b.declare(component); err != nil {
		return nil, fmt.Errorf("network %q: %w", name, err)
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"vpcId":                   component.VpcID,
		"publicSubnetIds":         component.PublicSubnetIDs,
		"privateSubnetIds":        component.PrivateSubnetIDs,
		"dataSubnetIds":           component.DataSubnetIDs,
		"endpointSecurityGroupId": component.EndpointSecurityGroupID,
	})
}

func (b *build) declare(out *Network) error {
	vpc, err := ec2.NewVpc(b.ctx, b.name, &ec2.VpcArgs{
		CidrBlock:          pulumi.String(b.spec.CIDR),
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true), // endpoints' private names ask for it
		Tags:               b.tag(""),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("vpc: %w", err)
	}
	b.vpc = vpc
	subnets, err := b.subnets()
	if err != nil {
		return err
	}
	tables, err := b.routes(subnets)
	if err != nil {
		return err
	}
	group, err := b.endpoints(subnets, tables)
	if err != nil {
		return err
	}
	if err := b.guards(subnets); err != nil {
		return err
	}
	if err := b.flowLogs(); err != nil {
		return err
	}
	out.Ready = b.ready
	out.VpcID = vpc.ID().ToStringOutput()
	out.PublicSubnetIDs = subnets.ids(b.spec.Zones, public)
	out.PrivateSubnetIDs = subnets.ids(b.spec.Zones, private)
	out.DataSubnetIDs = subnets.ids(b.spec.Zones, data)
	out.EndpointSecurityGroupID = group.ID().ToStringOutput()
	return nil
}

// child names a resource of the network; the suffix says what it is, by tier and zone letter, never by number.
func (b *build) child(suffix string) string { return b.name + "-" + suffix }

// tag is the Name under which the console lists a resource.
func (b *build) tag(suffix string) pulumi.StringMap {
	label := b.args.Label
	if suffix != "" {
		label += "-" + suffix
	}
	return pulumi.StringMap{"Name": pulumi.String(label)}
}
