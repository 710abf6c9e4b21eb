// Package network declares an environment's VPC: three tiers of subnets over two zones or more.
//
//   - Public subnets hold load balancers and NAT gateways only, and give out no public address by themselves.
//   - Tasks live in private subnets. Database and cache live in data subnets, whose route table has no way out.
//   - AWS services are reached through endpoints where a stack lists them. An endpoint's policy lets only this account's
//     principals and resources through.
//   - The VPC's default security group has no rule. Its default network ACL admits web traffic and replies only.
package network

import (
	"fmt"
	"net/netip"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// NAT says how private subnets reach the internet.
type NAT string

// The three states of NAT.
const (
	NoNAT      NAT = "none"    // private subnets reach AWS through endpoints only, and nothing else
	SingleNAT  NAT = "single"  // one gateway, in the first zone: the cheapest way out, lost with that zone
	PerZoneNAT NAT = "perZone" // a gateway in each zone: a zone's loss stays in the zone
)

// Spec is what an operator decides about the network.
type Spec struct {
	// CIDR is the VPC's IPv4 network, /16 to /22. Changing it replaces the network and all that is in it.
	CIDR string `json:"cidr"`
	// Zones are the letters of the availability zones, two to eight of a to h. Each letter has its own place in the
	// address plan, so adding or removing one moves no other. The first one holds a single NAT gateway.
	Zones []string `json:"zones"`
	// NAT is none, single or perZone.
	NAT NAT `json:"nat"`
	// FlowLogDays is how many days CloudWatch keeps the flow logs; one of the values that it offers.
	FlowLogDays int `json:"flowLogDays"`
	// Endpoints are the AWS services reached through interface endpoints in the private subnets, instead of through
	// NAT: ecr.api, ecr.dkr, logs, secretsmanager, … . S3 always has its gateway endpoint and is not listed.
	// Each costs an hourly price per zone. Default: none.
	Endpoints []string `json:"endpoints,omitempty"`
}

var zoneForm = regexp.MustCompile(`[a-h]`)

// services are the interface endpoints a stack may ask for: what its tasks call. A closed list, so that a misspelt
// service is found before AWS is asked.
var services = []string{
	"ec2", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "email-smtp", "events", "kms", "logs",
	"monitoring", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "sts",
}

// Validate returns every problem of the spec at once.
func (s Spec) Validate() error {
	return validate.All(
		s.validateCIDR(),
		validate.Demand(len(s.Zones) >= 2, "zones", "a load balancer and a database's standby need two", "two zones or more"),
		validate.Unique("zones", s.Zones),
		validate.Each("zones", s.Zones, func(field, v string) error { return validate.Match(field, v, zoneForm, "one letter, a to h") }),
		validate.OneOf("nat", s.NAT, NoNAT, SingleNAT, PerZoneNAT),
		validate.LogDays("flowLogDays", s.FlowLogDays),
		validate.Unique("endpoints", s.Endpoints),
		validate.Each("endpoints", s.Endpoints, func(field, v string) error { return validate.OneOf(field, v, services...) }),
	)
}

// validateCIDR bounds the network: AWS makes no VPC larger than /16, and below /22 the plan's subnets are too small.
func (s Spec) validateCIDR() error {
	if err := validate.CIDR("cidr", s.CIDR); err != nil {
		return err
	}
	bits := netip.MustParsePrefix(s.CIDR).Bits()
	return validate.Demand(bits >= largest && bits <= smallest, "cidr", s.CIDR+" does not hold the address plan", "/16 to /22")
}

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
	// Ready are the routes, the endpoints and the rule that lets tasks reach these, for whatever needs a way out when it starts: subnet ids do not wait for them,
	// and waiting for the component would wait for those of its children that happen to be registered by then.
	Ready []pulumi.Resource
	// Internet is the public subnets' route to the internet gateway: there once the gateway is attached.
	Internet                pulumi.Resource
	VpcID                   pulumi.StringOutput      `pulumi:"vpcId"`
	PublicSubnetIDs         pulumi.StringArrayOutput `pulumi:"publicSubnetIds"`
	PrivateSubnetIDs        pulumi.StringArrayOutput `pulumi:"privateSubnetIds"`
	DataSubnetIDs           pulumi.StringArrayOutput `pulumi:"dataSubnetIds"`
	EndpointSecurityGroupID pulumi.StringOutput      `pulumi:"endpointSecurityGroupId"`
}

// build carries what the steps of New share; each step declares one part and may use those before it.
type build struct {
	*component.Builder
	spec   Spec
	args   Args
	vpc    *ec2.Vpc
	placed map[tier]map[string]*ec2.Subnet // every subnet, by tier and zone letter
	tables []*ec2.RouteTable               // those that the S3 endpoint joins: the private ones and the data one
	group  *ec2.SecurityGroup              // of the interface endpoints
	ready  []pulumi.Resource
	out    pulumi.Resource // the public route to the internet
}

// New declares the VPC with its subnets, routes, endpoints, guards and flow logs.
//
//runbook:pre.2#3 declares the VPC with its subnets, routes, endpoints and flow logs.
//runbook:3.1#1 has no bastion: what has to reach the database runs as a task inside the network.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Network, error) {
	network := &Network{CIDR: spec.CIDR}
	c, err := component.New(ctx, "flowcomply:network:Network", name, network, args, opts)
	if err != nil {
		return nil, err
	}
	b := &build{Builder: c, spec: spec, args: args}
	for _, declare := range []func() error{b.network, b.subnets, b.routes, b.endpoints, b.guards, b.flowLogs} {
		if err := declare(); err != nil {
			return nil, c.Errorf("%w", err)
		}
	}
	network.Ready, network.Internet = b.ready, b.out
	network.VpcID, network.EndpointSecurityGroupID = b.vpc.ID().ToStringOutput(), b.group.ID().ToStringOutput()
	network.PublicSubnetIDs, network.PrivateSubnetIDs, network.DataSubnetIDs = b.subnetIDs(public), b.subnetIDs(private), b.subnetIDs(data)
	return network, c.Done()
}

func (b *build) network() (err error) {
	b.vpc, err = ec2.NewVpc(b.Ctx, b.Name, &ec2.VpcArgs{
		CidrBlock:          pulumi.String(b.spec.CIDR),
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true), // endpoints' private names ask for it
		Tags:               b.tag(""),
	}, b.Parent)
	if err != nil {
		return fmt.Errorf("vpc: %w", err)
	}
	return nil
}

// child names a resource of the network; the suffix says what it is, by tier and zone letter, never by number.
func (b *build) child(suffix string) string { return b.Name + "-" + suffix }

// tag is the Name under which the console lists a resource.
func (b *build) tag(suffix string) pulumi.StringMap {
	label := b.args.Label
	if suffix != "" {
		label += "-" + suffix
	}
	return pulumi.StringMap{"Name": pulumi.String(label)}
}

// subnetIDs are the subnets of some tiers, tier by tier in the order of the zones.
func (b *build) subnetIDs(tiers ...tier) pulumi.StringArrayOutput {
	var ids pulumi.StringArray
	for _, t := range tiers {
		for _, zone := range b.spec.Zones {
			ids = append(ids, b.placed[t][zone].ID().ToStringOutput())
		}
	}
	return ids.ToStringArrayOutput()
}

func (b *build) subnets() error {
	b.placed = map[tier]map[string]*ec2.Subnet{}
	for _, t := range []tier{public, private, data} {
		b.placed[t] = map[string]*ec2.Subnet{}
		for _, zone := range b.spec.Zones {
			suffix := fmt.Sprintf("%s-%s", t, zone)
			subnet, err := ec2.NewSubnet(b.Ctx, b.child(suffix), &ec2.SubnetArgs{
				VpcId:            b.vpc.ID(),
				CidrBlock:        pulumi.String(subnetCIDR(b.spec.CIDR, t, zone)),
				AvailabilityZone: pulumi.String(b.args.Region + zone),
				// Public ones too: a load balancer and a NAT gateway bring their own address.
				MapPublicIpOnLaunch: pulumi.Bool(false),
				Tags:                b.tag(suffix),
			}, b.Parent)
			if err != nil {
				return fmt.Errorf("subnet %s: %w", suffix, err)
			}
			b.placed[t][zone] = subnet
		}
	}
	return nil
}
