package mail_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/mail"
	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what is asked of the engine. They do not prove that SES verifies the domain, that the account is
// out of the sandbox, or that a receiver takes the mail.

const (
	recordType       = "aws:route53/record:Record"
	verificationType = "aws:ses/domainIdentityVerification:DomainIdentityVerification"
)

var spec = mail.Spec{FromAddress: "noreply@flowcomply.com", DMARC: mail.Quarantine, DMARCReports: "security@flowcomply.com"}

func program(spec mail.Spec) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := mail.New(ctx, "mail", spec, mail.Args{ZoneID: pulumi.String("ZONE"), Region: "ap-southeast-2", AccountID: "123456789012"})
		return err
	}
}

var token = record.Answer("aws:ses/domainIdentity:DomainIdentity", "mail", map[string]any{"verificationToken": "proof"})

func TestMail_Graph(t *testing.T) {
	g := record.Run(t, program(spec), token)
	g.Golden(t, "mail")
	assert.Equal(t, 2, g.Registrations)
	assert.Equal(t, g.String(), record.Run(t, program(spec), record.Preview()).String(), "a preview shows every record")
}

func TestMail_Records(t *testing.T) {
	g := record.Run(t, program(spec), token)
	for name, want := range map[string][3]string{
		"mail-verification": {"TXT", "_amazonses.flowcomply.com", "proof"},
		"mail-dkim-a":       {"CNAME", "one._domainkey.flowcomply.com", "one.dkim.amazonses.com"},
		"mail-dkim-b":       {"CNAME", "two._domainkey.flowcomply.com", "two.dkim.amazonses.com"},
		"mail-dkim-c":       {"CNAME", "three._domainkey.flowcomply.com", "three.dkim.amazonses.com"},
		"mail-mx":           {"MX", "mail.flowcomply.com", "10 feedback-smtp.ap-southeast-2.amazonses.com"},
		"mail-spf":          {"TXT", "mail.flowcomply.com", "v=spf1 include:amazonses.com -all"},
		"mail-dmarc":        {"TXT", "_dmarc.flowcomply.com", "v=DMARC1; p=quarantine; rua=mailto:security@flowcomply.com"},
	} {
		assert.Equal(t, map[string]any{"zoneId": "ZONE", "type": want[0], "name": want[1], "records": []any{want[2]}, "ttl": 600.0},
			g.One(t, recordType, name).Plain(), name)
	}
	assert.Len(t, g.Of(recordType), 7)
}

func TestMail_Controls(t *testing.T) {
	g := record.Run(t, program(spec), token)
	set := g.One(t, "aws:ses/configurationSet:ConfigurationSet", "mail")
	assert.Equal(t, map[string]any{
		"deliveryOptions": map[string]any{"tlsPolicy": "Require"}, "reputationMetricsEnabled": true, "sendingEnabled": true,
	}, set.Plain())
	assert.Equal(t, "flowcomply.com", g.One(t, "aws:ses/domainDkim:DomainDkim", "mail").Get("domain"))
	assert.Equal(t, "mail.flowcomply.com", g.One(t, "aws:ses/mailFrom:MailFrom", "mail").Get("mailFromDomain"))
	assert.Empty(t, g.Of("aws:ses/identityPolicy:IdentityPolicy"), "nobody outside the account sends as us")
}

// The application names no configuration set, so that without a default mail would go out without TLS and uncounted.
func TestMail_TheSetIsTheIdentitysDefault(t *testing.T) {
	g := record.Run(t, program(spec), token)
	made := g.One(t, "command:local:Command", "mail-default")
	assert.Equal(t, "go run ./cmd/step mail --region ap-southeast-2 --identity flowcomply.com --configuration-set mail-1a2b3c4", made.Get("create"))
	assert.Equal(t, []any{"flowcomply.com", "mail-1a2b3c4"}, made.Get("triggers"))
	assert.Nil(t, made.Get("delete"), "mail without the default would go out without TLS")
}

func TestMail_WaitsForVerification(t *testing.T) {
	g := record.Run(t, program(spec), token)
	verified := g.One(t, verificationType, "mail")
	assert.Contains(t, verified.Timeouts, "create=30m")
	found := false
	for _, urn := range verified.DependsOn {
		found = found || pulumiName(urn) == "mail-verification"
	}
	assert.True(t, found, "waiting before the record is there waits in vain")
}

func TestMail_WrongNumberOfKeysIsAnError(t *testing.T) {
	for _, tokens := range [][]any{{}, {"one", "two"}, {"one", "two", "three", "four"}} {
		_, err := record.Try(program(spec), token, record.Answer("aws:ses/domainDkim:DomainDkim", "mail", map[string]any{"dkimTokens": tokens}))
		require.ErrorContains(t, err, "tokens instead of 3")
	}
}

func TestMail_Defaults(t *testing.T) {
	g := record.Run(t, program(mail.Spec{FromAddress: "a@staging.flowcomply.com", MailFrom: "bounce", DMARC: mail.None}), token)
	assert.Equal(t, "bounce.staging.flowcomply.com", g.One(t, recordType, "mail-mx").Get("name"))
	assert.Equal(t, "v=DMARC1; p=none", g.One(t, recordType, "mail-dmarc").Get("records.0"))
}

func TestSpec_Validate(t *testing.T) {
	require.NoError(t, spec.Validate())
	assert.Equal(t, "flowcomply.com", spec.Domain())
	for name, row := range map[string]struct {
		change func(*mail.Spec)
		want   string
	}{
		"no address":     {func(s *mail.Spec) { s.FromAddress = "" }, `fromAddress: "" is malformed`},
		"no domain":      {func(s *mail.Spec) { s.FromAddress = "noreply" }, `fromAddress: "noreply" is malformed`},
		"display name":   {func(s *mail.Spec) { s.FromAddress = "F <a@b.com>" }, "fromAddress: "},
		"upper case":     {func(s *mail.Spec) { s.FromAddress = "NoReply@flowcomply.com" }, "fromAddress: "},
		"two addresses":  {func(s *mail.Spec) { s.FromAddress = "a@b.com,c@d.com" }, "fromAddress: "},
		"policy":         {func(s *mail.Spec) { s.DMARC = "" }, `dmarc: "" is not known; allowed: none, quarantine, reject`},
		"mail from":      {func(s *mail.Spec) { s.MailFrom = "a.b" }, `mailFrom: "a.b" is malformed`},
		"reports":        {func(s *mail.Spec) { s.DMARCReports = "mailto:a@b.com" }, `dmarcReports: "mailto:a@b.com" is malformed`},
		"reports inject": {func(s *mail.Spec) { s.DMARCReports = "a@b.com; p=none" }, "dmarcReports: "},
	} {
		t.Run(name, func(t *testing.T) {
			bad := spec
			row.change(&bad)
			require.ErrorContains(t, bad.Validate(), row.want)
		})
	}
}

func pulumiName(urn string) string {
	for i := len(urn) - 1; i >= 0; i-- {
		if urn[i] == ':' {
			return urn[i+1:]
		}
	}
	return urn
}
