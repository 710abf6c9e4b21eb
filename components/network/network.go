// Package network declares an environment's VPC: three tiers of subnets over two zones or more.
//
//   - Public subnets hold load balancers and NAT gateways only, and give out no public address by themselves.
//   - Tasks live in private subnets. Database and cache live in data subnets, whose route table has no way out.
//   - AWS services are reached through endpoints where a stack lists them.
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
	var few error
	if len(s.Zones) < 2 {
		few = validate.Fail("zones", "a load balancer and a database's standby need two", "two zones or more")
	}
	return validate.All(
		s.validateCIDR(),
		few,
		validate.Unique("zones", s.Zones),
		validate.Each("zones", s.Zones, func(field, v string) error {
			return validate.Match(field, v, zoneForm, "one letter, a to h")
		}),
		validate.OneOf("nat", s.NAT, NoNAT, SingleNAT, PerZoneNAT),
		validate.LogDays("flowLogDays", s.FlowLogDays),
		validate.Unique("endpoints", s.Endpoints),
		validate.Each("endpoints", s.Endpoints, func(field, v string) error {
			return validate.OneOf(field, v, services...)
		}),
	)
}

// validateCIDR bounds the network: AWS makes no VPC larger than /16, and below /22 the plan's subnets are too small.
func (s Spec) validateCIDR() error {
	if err := validate.CIDR("cidr", s.CIDR); err != nil {
		return err
	}
	bits := netip.MustParsePrefix(s.CIDR).Bits()
	if bits < largest || bits > smallest {
		return validate.Fail("cidr", s.CIDR+" does not hold the address plan", "/16 to /22")
	}
	return nil
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
	*component.Builder
	spec  Spec
	args  Args
	vpc   *ec2.Vpc
	ready []pulumi.Resource
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
	if err := b.declare(network); err != nil {
		return nil, c.Errorf("%w", err)
	}
	return network, c.Done()
}

func (b *build) declare(out *Network) error {
	vpc, err := ec2.NewVpc(b.Ctx, b.Name, &ec2.VpcArgs{
		CidrBlock:          pulumi.String(b.spec.CIDR),
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true), // endpoints' private names ask for it
		Tags:               b.tag(""),
	}, b.Parent)
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
func (b *build) child(suffix string) string { return b.Name + "-" + suffix }

// tag is the Name under which the console lists a resource.
func (b *build) tag(suffix string) pulumi.StringMap {
	label := b.args.Label
	if suffix != "" {
		label += "-" + suffix
	}
	return pulumi.StringMap{"Name": pulumi.String(label)}
}
