// Package mail declares the domain that the application sends mail from, with everything receivers judge a sender by:
// DKIM, an envelope domain with SPF, and DMARC, and a configuration set that sends over TLS only.
//
//   - The identity is the sender's domain. SES knows a domain once per account and region, so two environments of one
//     account must not send from the same one: removing either's would remove the other's.
//   - The configuration set is the identity's default: the application names none. The step that says so waits for both.
//   - The policy of the sender's role says who may send, and as which address (ses:FromAddress). The identity has no
//     policy of its own.
package mail

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ses"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/pattern"
	"github.com/flowcomply/infrastructure/components/internal/step"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Policy is what receivers are asked to do with mail that fails both SPF and DKIM.
type Policy string

// The policies of DMARC, from watching to refusing.
const (
	None       Policy = "none"
	Quarantine Policy = "quarantine"
	Reject     Policy = "reject"
)

// Spec is what an operator decides.
type Spec struct {
	// FromAddress is the only address that the application sends as, such as noreply@flowcomply.com. Its domain
	// is the identity; no two environments of an account share one. Changing the domain replaces the identity
	// and its records, and mail waits for the new ones to be seen.
	FromAddress string `json:"fromAddress"`
	// MailFrom is the label below the sender's domain that bounces go to; `mail` when left out. Nothing else may
	// use that name.
	MailFrom string `json:"mailFrom,omitempty"`
	// DMARC is none, quarantine or reject. It holds for everybody who sends as the domain, not for SES alone.
	DMARC Policy `json:"dmarc"`
	// DMARCReports is the address that receivers send daily reports to; none are asked for when left out. An
	// address of another domain needs that domain's consent in its own DNS (RFC 7489, 7.1).
	DMARCReports string `json:"dmarcReports,omitempty"`
}

var (
	address = regexp.MustCompile(`[a-z0-9]([a-z0-9._+-]{0,62}[a-z0-9])?@` + pattern.Domain.String())
	label   = regexp.MustCompile(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`)
)

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	var reports error
	if s.DMARCReports != "" {
		reports = validate.Match("dmarcReports", s.DMARCReports, address, "an address in lower case, such as security@flowcomply.com")
	}
	return validate.All(
		validate.Match("fromAddress", s.FromAddress, address, "an address in lower case, such as noreply@flowcomply.com"),
		validate.OneOf("dmarc", s.DMARC, None, Quarantine, Reject),
		validate.Match("mailFrom", cmp.Or(s.MailFrom, defaultMailFrom), label, "one label in lower case, such as mail"),
		reports,
	)
}

// Domain is the domain of the address: the SES identity, and what no two environments of an account may share.
func (s Spec) Domain() string {
	_, domain, _ := strings.Cut(s.FromAddress, "@")
	return domain
}

// dmarc is the record's text. Alignment stays relaxed, as the envelope's domain is below the sender's.
func (s Spec) dmarc() string {
	text := "v=DMARC1; p=" + string(s.DMARC)
	if s.DMARCReports != "" {
		text += "; rua=mailto:" + s.DMARCReports
	}
	return text
}

// Args are what infra and other components supply.
type Args struct {
	// ZoneID is the public zone that the sender's domain is in.
	ZoneID pulumi.StringInput
	// Region is where bounces are received, such as ap-southeast-2.
	Region string
	// AccountID is the account that sends, of 12 digits.
	AccountID string
}

// Mail is a verified sender.
type Mail struct {
	pulumi.ResourceState

	// IdentityArn is known once SES has verified the domain, so that nothing sends before.
	IdentityArn pulumi.StringOutput `pulumi:"identityArn"`
	// Identities are all of the account, for the sender's policy; known when IdentityArn is. In the sandbox SES asks for
	// permission for the recipient's identity too.
	Identities pulumi.StringOutput
	// Default makes the configuration set the identity's default.
	Default pulumi.Resource
	// ConfigurationSet is the name of what all mail of the domain is sent with: over TLS only.
	ConfigurationSet pulumi.StringOutput `pulumi:"configurationSet"`
	// ConfigurationSetArn is for the sender's policy: SES checks both it and the identity.
	ConfigurationSetArn pulumi.StringOutput `pulumi:"configurationSetArn"`
	// FromAddress is the only address to send as.
	FromAddress string `pulumi:"fromAddress"`
}

const (
	// defaultMailFrom is the label of the envelope's domain.
	defaultMailFrom = "mail"
	// recordTTL is in seconds; short, as a mistake in mail records is felt at once.
	recordTTL = 600
	// verifyTimeout is how long to wait for SES to see its record, which takes minutes.
	verifyTimeout = "30m"
)

// New declares the identity, its records and the configuration set.
//
//runbook:pre.3#5 declares the sender and waits until SES has verified it.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Mail, error) {
	mail := &Mail{FromAddress: spec.FromAddress}
	b, err := component.New(ctx, "flowcomply:mail:Mail", name, mail, args, opts)
	if err != nil {
		return nil, err
	}
	p := part{Builder: b, domain: spec.Domain(), zoneID: args.ZoneID}
	verified, err := p.identity()
	if err != nil {
		return nil, b.Errorf("identity: %w", err)
	}
	if err := p.signatures(verified); err != nil {
		return nil, b.Errorf("dkim: %w", err)
	}
	if err := p.envelope(cmp.Or(spec.MailFrom, defaultMailFrom)+"."+spec.Domain(), args.Region, verified); err != nil {
		return nil, b.Errorf("envelope domain: %w", err)
	}
	if _, err := p.record("dmarc", "TXT", pulumi.String("_dmarc."+spec.Domain()), pulumi.String(spec.dmarc())); err != nil {
		return nil, b.Errorf("dmarc: %w", err)
	}
	set, err := ses.NewConfigurationSet(ctx, name, &ses.ConfigurationSetArgs{
		DeliveryOptions:          ses.ConfigurationSetDeliveryOptionsArgs{TlsPolicy: pulumi.String("Require")},
		ReputationMetricsEnabled: pulumi.Bool(true), // bounces and complaints as metrics of this set
		SendingEnabled:           pulumi.Bool(true),
	}, b.Parent)
	if err != nil {
		return nil, b.Errorf("configuration set: %w", err)
	}
	if mail.Default, err = p.makeDefault(set, args.Region, verified); err != nil {
		return nil, b.Errorf("configuration set: %w", err)
	}
	mail.IdentityArn = verified.Arn
	mail.Identities = verified.Arn.ApplyT(func(string) string {
		return fmt.Sprintf("arn:aws:ses:%s:%s:identity/*", args.Region, args.AccountID)
	}).(pulumi.StringOutput)
	mail.ConfigurationSet = set.Name
	mail.ConfigurationSetArn = set.Arn
	return mail, b.Done()
}

// part is what the steps of New share.
type part struct {
	*component.Builder
	domain string
	zoneID pulumi.StringInput
}

// identity declares the domain with the record that proves it, and waits until SES has seen it.
func (p part) identity() (*ses.DomainIdentityVerification, error) {
	identity, err := ses.NewDomainIdentity(p.Ctx, p.Name, &ses.DomainIdentityArgs{Domain: pulumi.String(p.domain)}, p.Parent)
	if err != nil {
		return nil, err
	}
	proof, err := p.record("verification", "TXT", pulumi.String("_amazonses."+p.domain), identity.VerificationToken)
	if err != nil {
		return nil, err
	}
	return ses.NewDomainIdentityVerification(p.Ctx, p.Name, &ses.DomainIdentityVerificationArgs{Domain: identity.Domain},
		p.Parent, pulumi.DependsOn([]pulumi.Resource{proof}), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: verifyTimeout}))
}

// keys names the DKIM records: SES gives three tokens, in an order of its own that stays.
var keys = []string{"a", "b", "c"}

// signatures declares the records under which receivers find the keys that SES signs with and rotates.
func (p part) signatures(verified *ses.DomainIdentityVerification) error {
	dkim, err := ses.NewDomainDkim(p.Ctx, p.Name, &ses.DomainDkimArgs{Domain: verified.Domain}, p.Parent)
	if err != nil {
		return err
	}
	for i, key := range keys {
		token := dkim.DkimTokens.ApplyT(func(tokens []string) (string, error) {
			if len(tokens) != len(keys) {
				return "", fmt.Errorf("mail %q: dkim: SES gave %d tokens instead of %d; run the update again", p.Name, len(tokens), len(keys))
			}
			return tokens[i], nil
		}).(pulumi.StringOutput)
		owner, target := pulumi.Sprintf("%s._domainkey.%s", token, p.domain), pulumi.Sprintf("%s.dkim.amazonses.com", token)
		if _, err := p.record("dkim-"+key, "CNAME", owner, target); err != nil {
			return err
		}
	}
	return nil
}

// envelope declares the domain that bounces go to. It is below the sender's, so that SPF passes for the sender's
// own domain and DMARC does not depend on DKIM alone.
func (p part) envelope(domain, region string, verified *ses.DomainIdentityVerification) error {
	if _, err := p.record("mx", "MX", pulumi.String(domain), pulumi.String("10 feedback-smtp."+region+".amazonses.com")); err != nil {
		return err
	}
	if _, err := p.record("spf", "TXT", pulumi.String(domain), pulumi.String("v=spf1 include:amazonses.com -all")); err != nil {
		return err
	}
	_, err := ses.NewMailFrom(p.Ctx, p.Name, &ses.MailFromArgs{
		Domain:         verified.Domain,
		MailFromDomain: pulumi.String(domain),
		// A reset password mail with a plainer envelope beats none while a record is missing.
		BehaviorOnMxFailure: pulumi.String("UseDefaultValue"),
	}, p.Parent)
	return err
}

// makeDefault has all mail of the domain sent with the set, as the application names none. It is said again for another set or
// domain; verification asks SES whether it holds.
func (p part) makeDefault(set *ses.ConfigurationSet, region string, verified *ses.DomainIdentityVerification) (pulumi.Resource, error) {
	return step.New(p.Ctx, p.Name+"-default", step.Program{
		Command: "./cmd/step mail",
		Arguments: pulumi.StringArray{
			pulumi.String("--region"), pulumi.String(region),
			pulumi.String("--identity"), verified.Domain,
			pulumi.String("--configuration-set"), set.Name,
		},
		Triggers: pulumi.Array{verified.Domain, set.Name},
	}, p.Parent)
}

func (p part) record(suffix, kind string, name, value pulumi.StringInput) (*route53.Record, error) {
	record, err := route53.NewRecord(p.Ctx, p.Name+"-"+suffix, &route53.RecordArgs{
		ZoneId: p.zoneID, Name: name, Type: pulumi.String(kind), Ttl: pulumi.Int(recordTTL), Records: pulumi.StringArray{value},
	}, p.Parent)
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", suffix, err)
	}
	return record, nil
}
