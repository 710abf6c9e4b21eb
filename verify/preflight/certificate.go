package preflight

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/web"
)

// CertificateReader reads what ACM says of a certificate; *acm.Client is one.
type CertificateReader interface {
	DescribeCertificate(context.Context, *acm.DescribeCertificateInput, ...func(*acm.Options)) (*acm.DescribeCertificateOutput, error)
}

// certificateIssued checks that ACM's certificate is issued, is for all the hosts, and does not expire within
// CertificateDays unless ACM has renewed it.
//
// It asks ACM and not the site: only ACM tells that a renewal fails, and the site may be what the release is to repair.
func certificateIssued(arn string, hosts []string, api CertificateReader, interval time.Duration) check.Check {
	return check.Polled(inputs.CertificateGroup, "issued", interval, func(ctx context.Context) (string, error) {
		out, err := api.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
		var missing *types.ResourceNotFoundException
		switch {
		case errors.As(err, &missing):
			return "", refused("run `pulumi refresh` and `pulumi up`: somebody has deleted it", "the certificate %s does not exist", arn)
		case err != nil:
			return "", awschecks.Explain(err)
		case out.Certificate == nil:
			return "", refused(lookAt(arn), "ACM says nothing of the certificate %s", arn)
		}
		return evaluateIssued(out.Certificate, hosts, time.Now())
	})
}

func evaluateIssued(got *types.CertificateDetail, hosts []string, now time.Time) (string, error) {
	if got.Status != types.CertificateStatusIssued {
		return "", notIssued(got)
	}
	var f check.Verdict
	covered := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(got.SubjectAlternativeNames), aws.ToString(got.DomainName)))))
	for _, host := range hosts {
		if !covers(covered, host) {
			f.Fail("run `pulumi refresh` and `pulumi up`: the load balancer's certificate is not the one that was released",
				"the certificate is for %s, not for %s", strings.Join(covered, ", "), host)
		}
	}
	evaluateExpiry(got, now, &f)
	if !f.OK() {
		return "", f.Err(renewals(got))
	}
	return fmt.Sprintf("issued for %s, until %s", strings.Join(hosts, ", "), got.NotAfter.UTC().Format(time.DateOnly)), nil
}

func notIssued(got *types.CertificateDetail) error {
	status := text.OrUnknown(string(got.Status))
	if got.FailureReason != "" {
		status += ": " + string(got.FailureReason)
	}
	next := lookAt(aws.ToString(got.CertificateArn)) +
		"; let the program make another: `pulumi up --replace <its URN>`, with certificate in flowcomply:preflight.skip"
	if got.Status == types.CertificateStatusPendingValidation {
		next = "check that the validation records are in the zone, and that the registrar delegates to the zone's name servers; ACM looks for 72 hours"
	}
	return poll.Permanent(&check.Failure{Cause: "the certificate is " + status, Details: renewals(got), Next: next})
}

// evaluateExpiry fails for a certificate that expires soon, unless ACM has renewed it and is about to put the new one
// in place.
func evaluateExpiry(got *types.CertificateDetail, now time.Time, f *check.Verdict) {
	if got.NotAfter == nil {
		f.Fail(lookAt(aws.ToString(got.CertificateArn)), "ACM does not tell until when the certificate is valid")
		return
	}
	left := got.NotAfter.Sub(now)
	if left >= web.CertificateDays*24*time.Hour || left > 0 && renewed(got) {
		return
	}
	f.Fail("ACM renews by itself while the validation records are in the zone and the certificate is in use: check both "+
		"(https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-renewal.html)",
		"the certificate expires %s, in %s, and is not renewed; %d days are required",
		text.Clock(got.NotAfter), text.Count(int(left/(24*time.Hour)), "day"), web.CertificateDays)
}

func lookAt(arn string) string {
	return "look at it: `aws acm describe-certificate --certificate-arn " + arn + "`"
}

func renewed(got *types.CertificateDetail) bool {
	return got.RenewalSummary != nil && got.RenewalSummary.RenewalStatus == types.RenewalStatusSuccess
}

// renewals tells how the renewal stands, and each name's validation.
func renewals(got *types.CertificateDetail) []string {
	var lines []string
	options := got.DomainValidationOptions
	if r := got.RenewalSummary; r != nil {
		line := "renewal " + string(r.RenewalStatus)
		if r.RenewalStatusReason != "" {
			line += ": " + string(r.RenewalStatusReason)
		}
		lines = append(lines, line)
		options = r.DomainValidationOptions
	}
	for _, o := range options {
		line := aws.ToString(o.DomainName) + " is " + text.OrUnknown(string(o.ValidationStatus))
		if o.ResourceRecord != nil {
			line += fmt.Sprintf("; wants %s %s %s", aws.ToString(o.ResourceRecord.Name), o.ResourceRecord.Type, aws.ToString(o.ResourceRecord.Value))
		}
		lines = append(lines, line)
	}
	return lines
}

// covers says whether one of a certificate's names is the host's; a star stands for one label.
func covers(names []string, host string) bool {
	return (&x509.Certificate{DNSNames: names}).VerifyHostname(host) == nil
}
