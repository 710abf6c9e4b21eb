package network

import (
	"net/netip"
	"regexp"

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
