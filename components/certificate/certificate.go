// Package certificate declares the TLS certificate of an environment's public names, validated by DNS.
//
//   - DNS validation renews by itself for as long as the records are there.
//   - The key is ACM's own RSA 2048: ECDSA would exclude clients for no gain at a load balancer.
//   - A change of names makes a new certificate. The old one is removed only after the listener has moved, which is the
//     engine's order by default.
package certificate

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/pattern"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Spec is what infra passes from the names of the environment.
type Spec struct {
	// Subject is the role whose name is the certificate's own; the other names are its alternatives. Changing
	// it replaces the certificate.
	Subject string `json:"subject"`
	// Hosts maps each role, such as site or api, to its domain name. The role is the key of the validation
	// record. Changing, adding or removing a name replaces the certificate.
	Hosts map[string]string `json:"hosts"`
}

// maximumNames is ACM's quota of names on one certificate, the default of an account.
const maximumNames = 10

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	_, found := s.Hosts[s.Subject]
	errs := []error{
		validate.Range("hosts", len(s.Hosts), 1, maximumNames),
		validate.Demand(found, "subject", fmt.Sprintf("%q is not one of the hosts", s.Subject), "a key of hosts"),
	}
	holders := map[string]string{}
	for _, key := range s.roles() {
		field, name := "hosts."+key, s.Hosts[key]
		holder, taken := holders[name]
		errs = append(errs,
			validate.Match(field, key, pattern.Key, "a role in lower case and hyphens"),
			validate.Match(field, name, pattern.Domain, "a domain in lower case, such as api.flowcomply.com"),
			validate.Demand(!taken, field, fmt.Sprintf("%q is the name of %s as well", name, holder), "each name once"))
		holders[name] = key
	}
	return validate.All(errs...)
}

func (s Spec) roles() []string { return slices.Sorted(maps.Keys(s.Hosts)) }

// alternatives are the names beside the subject's, in order of their roles.
func (s Spec) alternatives() []string {
	var names []string
	for _, key := range s.roles() {
		if key != s.Subject {
			names = append(names, s.Hosts[key])
		}
	}
	return names
}

// Args are what other components supply.
type Args struct {
	// ZoneID is the public zone that every name is in.
	ZoneID pulumi.StringInput
}

// Certificate is an issued certificate.
type Certificate struct {
	pulumi.ResourceState

	// CertificateArn is known only once ACM has issued the certificate, so that no listener starts without.
	CertificateArn pulumi.StringOutput `pulumi:"certificateArn"`
}

const (
	// recordTTL is in seconds, and short: the values change with the certificate's names only.
	recordTTL = 300
	// issueTimeout is how long to wait for ACM, which takes minutes. The provider's default, 75 minutes, would only hide
	// that the registrar does not delegate to the zone.
	issueTimeout = "30m"
)

// New declares the certificate, its validation records, and the wait for it to be issued.
//
//runbook:pre.3#3 requests the certificate, proves the names and waits until it is issued.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Certificate, error) {
	certificate := &Certificate{}
	b, err := component.New(ctx, "flowcomply:certificate:Certificate", name, certificate, args, opts, spec.Validate())
	if err != nil {
		return nil, err
	}
	request := &acm.CertificateArgs{
		DomainName: pulumi.String(spec.Hosts[spec.Subject]), ValidationMethod: pulumi.String("DNS"), KeyAlgorithm: pulumi.String("RSA_2048"),
	}
	if names := spec.alternatives(); len(names) > 0 {
		request.SubjectAlternativeNames = pulumi.ToStringArray(names)
	}
	requested, err := acm.NewCertificate(ctx, name, request, b.Parent)
	if err != nil {
		return nil, b.Errorf("request: %w", err)
	}
	var fqdns pulumi.StringArray
	for _, key := range spec.roles() {
		record, err := validation(b, name+"-"+key, spec.Hosts[key], requested, args)
		if err != nil {
			return nil, b.Errorf("validation record of %s: %w", key, err)
		}
		fqdns = append(fqdns, record.Fqdn)
	}
	issued, err := acm.NewCertificateValidation(ctx, name, &acm.CertificateValidationArgs{
		CertificateArn: requested.Arn, ValidationRecordFqdns: fqdns,
	}, b.Parent, pulumi.Timeouts(&pulumi.CustomTimeouts{Create: issueTimeout}))
	if err != nil {
		return nil, b.Errorf("validation: %w", err)
	}
	certificate.CertificateArn = issued.CertificateArn
	return certificate, b.Done()
}

// validation declares the record that proves one name. The records are counted by the names, which are configuration,
// so that a preview shows them all; what ACM wants in them is looked up by name once it is known.
func validation(b *component.Builder, name, host string, requested *acm.Certificate, args Args) (*route53.Record, error) {
	wanted := requested.DomainValidationOptions.ApplyT(
		func(options []acm.CertificateDomainValidationOption) (acm.CertificateDomainValidationOption, error) {
			option, err := optionOf(options, host)
			if err != nil {
				return option, fmt.Errorf("certificate: %q: %w", name, err)
			}
			return option, nil
		}).(acm.CertificateDomainValidationOptionOutput)
	return route53.NewRecord(b.Ctx, name, &route53.RecordArgs{
		ZoneId:  args.ZoneID,
		Name:    wanted.ResourceRecordName().Elem(),
		Type:    wanted.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{wanted.ResourceRecordValue().Elem()},
		Ttl:     pulumi.Int(recordTTL),
		// Two certificates for one name, such as the old and the new one of a replacement, share the record.
		AllowOverwrite: pulumi.Bool(true),
	}, b.Parent)
}

// optionOf is what ACM wants for a name, all of it.
func optionOf(options []acm.CertificateDomainValidationOption, host string) (none acm.CertificateDomainValidationOption, err error) {
	i := slices.IndexFunc(options, func(o acm.CertificateDomainValidationOption) bool {
		return o.DomainName != nil && *o.DomainName == host
	})
	if i < 0 {
		return none, fmt.Errorf("ACM gave no validation for %q; run the update again", host)
	}
	for _, value := range []*string{options[i].ResourceRecordName, options[i].ResourceRecordType, options[i].ResourceRecordValue} {
		if value == nil || *value == "" {
			return none, errors.New("ACM gave no record for the name; run the update again")
		}
	}
	return options[i], nil
}
