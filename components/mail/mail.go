// Package mail declares the domain that the application sends mail from, with everything receivers judge a sender by:
// DKIM, an envelope domain with SPF, and DMARC, and a configuration set that sends over TLS only.
//
// The identity is the sender's domain. SES knows a domain once per account and region, so two environments in one
// account must not send from the same domain: either's end would be the other's. Who may send, and as which address, is
// for the policy of the sender's role (ses:FromAddress); the identity itself has no policy and is nobody else's.
package mail

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ses"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args are what infra and other components supply.
type Args struct {
	// ZoneID is the public zone that the sender's domain is in.
	ZoneID pulumi.StringInput
	// Region is where bounces are received, such as ap-southeast-2.
	Region string
}

// Mail is a verified sender.
type Mail struct {
	pulumi.ResourceState

	// IdentityArn is known once SES has verified the domain, so that nothing sends before.
	IdentityArn pulumi.StringOutput `pulumi:"identityArn"`
	// ConfigurationSet is the name to send with. TLS is required only of mail that names it.
	ConfigurationSet pulumi.StringOutput `pulumi:"configurationSet"`
	// ConfigurationSetArn is for the sender's policy: SES checks both it and the identity.
	ConfigurationSetArn pulumi.StringOutput `pulumi:"configurationSetArn"`
	// FromAddress is the only address to send as.
	FromAddress string
}

const (
	// recordTTL is in seconds; short, as a mistake in mail records is felt at once.
	recordTTL = 600
	// patience is how long to wait for SES to see its record, which takes minutes.
	patience = "30m"
)

// New declares the identity, its records and the configuration set.
//
//runbook:pre.3#5 declares the sender and waits until SES has verified it.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Mail, error) {
	mail := &Mail{FromAddress: spec.FromAddress}
	if err := ctx.RegisterComponentResource("flowcomply:mail:Mail", name, mail, opts...); err != nil {
		return nil, fmt.Errorf("mail %q: %w", name, err)
	}
	p := part{ctx: ctx, mail: mail, name: name, domain: spec.Domain(), args: args}
	verified, err := p.identity()
	if err != nil {
		return nil, fmt.Errorf("mail %q: identity: %w", name, err)
	}
	if err := p.signatures(verified); err != nil {
		return nil, fmt.Errorf("mail %q: dkim: %w", name, err)
	}
	if err := p.envelope(spec, verified); err != nil {
		return nil, fmt.Errorf("mail %q: envelope domain: %w", name, err)
	}
	if err := p.record("dmarc", "TXT", pulumi.String("_dmarc."+spec.Domain()), pulumi.String(spec.dmarc())); err != nil {
		return nil, fmt.Errorf("mail %q: dmarc: %w", name, err)
	}
	set, err := ses.NewConfigurationSet(ctx, name, &ses.ConfigurationSetArgs{
		DeliveryOptions:          ses.ConfigurationSetDeliveryOptionsArgs{TlsPolicy: pulumi.String("Require")},
		ReputationMetricsEnabled: pulumi.Bool(true), // bounces and complaints as metrics of this set
		SendingEnabled:           pulumi.Bool(true),
	}, pulumi.Parent(mail))
	if err != nil {
		return nil, fmt.Errorf("mail %q: configuration set: %w", name, err)
	}
	mail.IdentityArn = verified.Arn
	mail.ConfigurationSet = set.Name
	mail.ConfigurationSetArn = set.Arn
	return mail, ctx.RegisterResourceOutputs(mail, pulumi.Map{
		"identityArn": mail.IdentityArn, "configurationSet": mail.ConfigurationSet,
		"configurationSetArn": mail.ConfigurationSetArn, "fromAddress": pulumi.String(mail.FromAddress),
	})
}

// part is what the steps of New share.
type part struct {
	ctx          *pulumi.Context
	mail         *Mail
	name, domain string
	args         Args
}

// identity declares the domain with the record that proves it, and waits until SES has seen it.
func (p part) identity() (*ses.DomainIdentityVerification, error) {
	identity, err := ses.NewDomainIdentity(p.ctx, p.name, &ses.DomainIdentityArgs{Domain: pulumi.String(p.domain)}, pulumi.Parent(p.mail))
	if err != nil {
		return nil, err
	}
	proof, err := p.newRecord("verification", "TXT", pulumi.String("_amazonses."+p.domain), identity.VerificationToken)
	if err != nil {
		return nil, err
	}
	return ses.NewDomainIdentityVerification(p.ctx, p.name, &ses.DomainIdentityVerificationArgs{Domain: identity.Domain},
		pulumi.Parent(p.mail), pulumi.DependsOn([]pulumi.Resource{proof}), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: patience}))
}

// keys names the DKIM records: SES gives three tokens, in an order of its own that stays.
var keys = []string{"a", "b", "c"}

// signatures declares the records under which receivers find the keys that SES signs with and rotates.
func (p part) signatures(verified *ses.DomainIdentityVerification) error {
	dkim, err := ses.NewDomainDkim(p.ctx, p.name, &ses.DomainDkimArgs{Domain: verified.Domain}, pulumi.Parent(p.mail))
	if err != nil {
		return err
	}
	for i, key := range keys {
		token := dkim.DkimTokens.ApplyT(func(tokens []string) (string, error) {
			if len(tokens) != len(keys) {
				return "", fmt.Errorf("mail %q: dkim: SES gave %d tokens instead of %d; run the update again", p.name, len(tokens), len(keys))
			}
			return tokens[i], nil
		}).(pulumi.StringOutput)
		if err := p.record("dkim-"+key, "CNAME", pulumi.Sprintf("%s._domainkey.%s", token, p.domain), pulumi.Sprintf("%s.dkim.amazonses.com", token)); err != nil {
			return err
		}
	}
	return nil
}

// envelope declares the domain that bounces go to. It is below the sender's, so that SPF passes for the sender's
// own domain and DMARC does not depend on DKIM alone.
func (p part) envelope(spec Spec, verified *ses.DomainIdentityVerification) error {
	domain := spec.mailFrom() + "." + p.domain
	if err := p.record("mx", "MX", pulumi.String(domain), pulumi.String("10 feedback-smtp."+p.args.Region+".amazonses.com")); err != nil {
		return err
	}
	if err := p.record("spf", "TXT", pulumi.String(domain), pulumi.String("v=spf1 include:amazonses.com -all")); err != nil {
		return err
	}
	_, err := ses.NewMailFrom(p.ctx, p.name, &ses.MailFromArgs{
		Domain:         verified.Domain,
		MailFromDomain: pulumi.String(domain),
		// A reset password mail with a plainer envelope beats none while a record is missing.
		BehaviorOnMxFailure: pulumi.String("UseDefaultValue"),
	}, pulumi.Parent(p.mail))
	return err
}

func (p part) record(suffix, kind string, name, value pulumi.StringInput) error {
	_, err := p.newRecord(suffix, kind, name, value)
	return err
}

func (p part) newRecord(suffix, kind string, name, value pulumi.StringInput) (*route53.Record, error) {
	record, err := route53.NewRecord(p.ctx, p.name+"-"+suffix, &route53.RecordArgs{
		ZoneId:  p.args.ZoneID,
		Name:    name,
		Type:    pulumi.String(kind),
		Ttl:     pulumi.Int(recordTTL),
		Records: pulumi.StringArray{value},
	}, pulumi.Parent(p.mail))
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", suffix, err)
	}
	return record, nil
}
