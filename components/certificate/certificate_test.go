package certificate_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/certificate"
	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what is asked of the engine, in a preview too. They do not prove that ACM issues the certificate
// or renews it: that needs the domain.

const (
	certificateType = "aws:acm/certificate:Certificate"
	recordType      = "aws:route53/record:Record"
	validationType  = "aws:acm/certificateValidation:CertificateValidation"
)

func spec() certificate.Spec {
	return certificate.Spec{Subject: "site", Hosts: map[string]string{"site": "flowcomply.com", "api": "api.flowcomply.com"}}
}

func program(spec certificate.Spec, arn *string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		c, err := certificate.New(ctx, "certificate", spec, certificate.Args{ZoneID: pulumi.String("ZONE")})
		if err != nil {
			return err
		}
		ctx.Export("arn", c.CertificateArn.ApplyT(func(v string) string { *arn = v; return v })) // what is exported is waited for
		return nil
	}
}

func TestCertificate_Graph(t *testing.T) {
	var arn string
	g := record.Run(t, program(spec(), &arn))
	g.Golden(t, "two-names")
	assert.Equal(t, 2, g.Registrations)
	assert.Equal(t, "arn:aws:mock:ap-southeast-2:123456789012:Certificate/certificate", arn)
	preview := record.Run(t, program(spec(), &arn), record.Preview())
	assert.Equal(t, g.String(), preview.String(), "a preview shows every record")
}

func TestCertificate_Controls(t *testing.T) {
	var arn string
	g := record.Run(t, program(spec(), &arn))
	requested := g.One(t, certificateType, "certificate")
	assert.Equal(t, map[string]any{
		"domainName": "flowcomply.com", "subjectAlternativeNames": []any{"api.flowcomply.com"},
		"validationMethod": "DNS", "keyAlgorithm": "RSA_2048",
	}, requested.Plain())
	assert.False(t, requested.DeleteBeforeReplace, "the listener needs a certificate at every moment")
	assert.Contains(t, g.One(t, validationType, "certificate").Timeouts, "create=30m")
}

func TestCertificate_RecordsProveTheirOwnName(t *testing.T) {
	var arn string
	g := record.Run(t, program(spec(), &arn), record.Answer(certificateType, "certificate", map[string]any{
		"domainValidationOptions": []any{option("api.flowcomply.com", "_a"), option("flowcomply.com", "_s")}, // ACM's order is its own
	}))
	for name, prefix := range map[string]string{"certificate-api": "_a", "certificate-site": "_s"} {
		assert.Equal(t, map[string]any{
			"zoneId": "ZONE", "name": prefix + ".name.", "type": "CNAME", "records": []any{prefix + ".value."}, "ttl": 300.0, "allowOverwrite": true,
		}, g.One(t, recordType, name).Plain())
	}
}

func TestCertificate_AddingANameMovesNoRecord(t *testing.T) {
	var arn string
	wider := spec()
	wider.Hosts["admin"] = "admin.flowcomply.com"
	before, after := record.Run(t, program(spec(), &arn)), record.Run(t, program(wider, &arn))
	for _, r := range before.Of(recordType) {
		assert.Equal(t, r.Plain(), after.One(t, recordType, r.Name).Plain())
	}
	assert.Len(t, after.Of(recordType), 3)
}

func TestCertificate_MissingValidationIsAnError(t *testing.T) {
	for name, row := range map[string]struct {
		options []any
		want    string
	}{
		"none":       {[]any{}, `ACM gave no validation for "`},
		"other name": {[]any{option("flowcomply.com", "_s"), option("x.flowcomply.com", "_x")}, `ACM gave no validation for "api.flowcomply.com"`},
		"no record":  {[]any{option("flowcomply.com", "_s"), map[string]any{"domainName": "api.flowcomply.com"}}, "ACM gave no record for the name"},
	} {
		t.Run(name, func(t *testing.T) {
			var arn string
			_, err := record.Try(program(spec(), &arn), record.Answer(certificateType, "certificate", map[string]any{"domainValidationOptions": row.options}))
			require.ErrorContains(t, err, row.want)
			assert.Empty(t, arn)
		})
	}
}

func TestSpec_Validate(t *testing.T) {
	require.NoError(t, spec().Validate())
	many := certificate.Spec{Subject: "h0", Hosts: map[string]string{}}
	for i := range 11 {
		many.Hosts[fmt.Sprint("h", i)] = fmt.Sprintf("h%d.flowcomply.com", i)
	}
	for name, row := range map[string]struct {
		spec certificate.Spec
		want string
	}{
		"none":         {certificate.Spec{}, "hosts: 0 is out of range; allowed: 1 to 10"},
		"too many":     {many, "hosts: 11 is out of range; allowed: 1 to 10"},
		"subject":      {certificate.Spec{Subject: "web", Hosts: spec().Hosts}, `subject: "web" is not one of the hosts`},
		"wildcard":     {certificate.Spec{Subject: "a", Hosts: map[string]string{"a": "*.flowcomply.com"}}, `hosts.a: "*.flowcomply.com" is malformed`},
		"name twice":   {certificate.Spec{Subject: "a", Hosts: map[string]string{"a": "x.io", "b": "x.io"}}, `hosts.b: "x.io" is the name of a as well`},
		"role":         {certificate.Spec{Subject: "A b", Hosts: map[string]string{"A b": "x.io"}}, `hosts.A b: "A b" is malformed`},
		"several":      {certificate.Spec{Subject: "b", Hosts: map[string]string{"a": ""}}, `hosts.a: "" is malformed`},
		"and the rest": {certificate.Spec{Subject: "b", Hosts: map[string]string{"a": ""}}, `subject: "b" is not one of the hosts`},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, row.spec.Validate(), row.want)
			var arn string
			g, err := record.Try(program(row.spec, &arn))
			require.ErrorContains(t, err, `certificate "certificate": `)
			assert.Empty(t, g.All(), "bad input declares nothing")
		})
	}
}

func option(host, prefix string) map[string]any {
	return map[string]any{
		"domainName": host, "resourceRecordName": prefix + ".name.", "resourceRecordType": "CNAME", "resourceRecordValue": prefix + ".value.",
	}
}
