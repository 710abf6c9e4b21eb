// Package dns declares, or looks up, the public zone that every name of an environment is in.
//
//   - One environment creates the zone and the others look it up: a domain can be delegated to one zone only.
//   - A new zone answers for the whole domain from the moment that the registrar delegates to it. What the domain had before is
//     carried over (Spec.Records), or it is gone then: the mailboxes first of all.
//   - The lookup is an invoke, one of the few in this program. The zone is another stack's, and its id in the
//     configuration would be a second copy of that fact.
package dns

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/pattern"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Mode tells whose the zone is.
type Mode string

const (
	// Create declares the zone in this environment.
	Create Mode = "create"
	// Lookup finds the zone that another environment of the same account created.
	Lookup Mode = "lookup"
)

// Spec is what an operator decides.
type Spec struct {
	// Zone is the domain, without a dot at the end, such as flowcomply.com. Changing it replaces the zone, and
	// with it the name servers that the registrar delegates to.
	Zone string `json:"zone"`
	// Mode is create or lookup. Changing it from create to lookup deletes the zone.
	Mode Mode `json:"mode"`
	// Records are those that the domain had before the zone was made, by a name of your choice (lower-kebab): MX, SPF and DKIM of its
	// mailboxes, proofs of ownership, other sites. What is not here ends when the registrar delegates to the zone. Default: none.
	// Changing a key makes the record anew.
	Records map[string]Record `json:"records,omitempty"`
}

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	return validate.All(
		validate.Match("zone", s.Zone, pattern.Domain, "a domain in lower case, without a dot at the end, such as flowcomply.com"),
		validate.OneOf("mode", s.Mode, Create, Lookup),
		s.validateRecords(),
	)
}

// Args are what infra supplies.
type Args struct {
	// Protected keeps the zone from being deleted. Without it, it is deleted together with all its records.
	Protected bool
}

// Zone is the zone, created or found.
type Zone struct {
	pulumi.ResourceState

	// ZoneID is the hosted zone's id, Z….
	ZoneID pulumi.StringOutput `pulumi:"zoneId"`
	// NameServers are the four names to which the registrar delegates the domain.
	NameServers pulumi.StringArrayOutput `pulumi:"nameServers"`
}

// caaTTL is in seconds: an hour, as nothing waits for this record to change.
const caaTTL = 3600

// authorities says who may issue certificates for the domain and everything below it: ACM, and nobody wildcards
// (https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html). A certificate of another issuer, such as that of
// a hosted status page, needs its issuer here first.
var authorities = []string{`0 issue "amazon.com"`, `0 issuewild ";"`}

// New declares the zone with its CAA record, or looks it up.
//
//runbook:pre.3#4 declares the zone, or looks up the one that production has.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Zone, error) {
	zone := &Zone{}
	b, err := component.New(ctx, "flowcomply:dns:Zone", name, zone, args, opts)
	if err != nil {
		return nil, err
	}
	switch spec.Mode {
	case Create:
		if err := zone.create(b, spec, args); err != nil {
			return nil, b.Errorf("%w", err)
		}
	case Lookup:
		found := route53.LookupZoneOutput(ctx, route53.LookupZoneOutputArgs{
			Name: pulumi.String(spec.Zone), PrivateZone: pulumi.Bool(false),
		}, b.Parent)
		zone.ZoneID, zone.NameServers = found.ZoneId(), found.NameServers()
	default:
		return nil, b.Errorf("%w", spec.Validate())
	}
	return zone, b.Done()
}

func (z *Zone) create(b *component.Builder, spec Spec, args Args) error {
	zone, err := route53.NewZone(b.Ctx, b.Name, &route53.ZoneArgs{
		Name:         pulumi.String(spec.Zone),
		Comment:      pulumi.String("public names of FlowComply"),
		ForceDestroy: pulumi.Bool(!args.Protected),
	}, b.Parent, pulumi.Protect(args.Protected))
	if err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	if _, err := route53.NewRecord(b.Ctx, b.Name+"-caa", &route53.RecordArgs{
		ZoneId: zone.ZoneId, Name: pulumi.String(spec.Zone), Type: pulumi.String("CAA"), Ttl: pulumi.Int(caaTTL),
		Records: pulumi.ToStringArray(authorities),
	}, b.Parent); err != nil {
		return fmt.Errorf("issuers record: %w", err)
	}
	if err := records(b, spec, zone); err != nil {
		return err
	}
	z.ZoneID, z.NameServers = zone.ZoneId, zone.NameServers
	return nil
}
