package preflight

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
)

// A hand-written ACM answers here, as AWS documents its answers.

const certificateArn = "arn:aws:acm:ap-southeast-2:123456789012:certificate/12345678"

type fakeACM struct {
	detail *types.CertificateDetail
	errs   []error // of the first calls, in order
}

func (f *fakeACM) DescribeCertificate(_ context.Context, in *acm.DescribeCertificateInput, _ ...func(*acm.Options)) (*acm.DescribeCertificateOutput, error) {
	if *in.CertificateArn != certificateArn {
		panic("asked for another certificate: " + *in.CertificateArn)
	}
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		return nil, err
	}
	return &acm.DescribeCertificateOutput{Certificate: f.detail}, nil
}

func issued() *types.CertificateDetail {
	return &types.CertificateDetail{
		CertificateArn: aws.String(certificateArn), DomainName: aws.String("flowcomply.com"),
		SubjectAlternativeNames: []string{"flowcomply.com", "api.flowcomply.com"},
		Status:                  types.CertificateStatusIssued, NotAfter: aws.Time(year2000.AddDate(0, 0, 200)),
	}
}

func TestCertificateIssued(t *testing.T) {
	ends := func(days int, renewal *types.RenewalSummary) func(*fakeACM) {
		return func(f *fakeACM) {
			f.detail.NotAfter, f.detail.RenewalSummary = aws.Time(year2000.AddDate(0, 0, days)), renewal
		}
	}
	failing := &types.RenewalSummary{
		RenewalStatus: types.RenewalStatusPendingValidation, RenewalStatusReason: types.FailureReasonCaaError,
		DomainValidationOptions: []types.DomainValidation{{
			DomainName: aws.String("api.flowcomply.com"), ValidationStatus: types.DomainStatusPendingValidation,
			ResourceRecord: &types.ResourceRecord{Name: aws.String("_a.api.flowcomply.com."), Type: types.RecordTypeCname, Value: aws.String("_b.acm.")},
		}},
	}
	for name, tc := range map[string]struct {
		edit    func(*fakeACM)
		outcome check.Outcome
		says    []string
	}{
		"issued":       {func(*fakeACM) {}, check.OK, []string{"issued for api.flowcomply.com, flowcomply.com, until 2000-07-19"}},
		"under a star": {func(f *fakeACM) { f.detail.SubjectAlternativeNames = []string{"*.flowcomply.com"} }, check.OK, nil},
		"asked again": {func(f *fakeACM) {
			f.errs = []error{&smithy.GenericAPIError{Code: "ThrottlingException", Message: "slow down"}}
		}, check.OK, []string{"failed 1 time before"}},
		"14 days left":   {ends(14, nil), check.OK, nil},
		"13 days left":   {ends(13, nil), check.FailedNow, []string{"the certificate expires 2000-01-14T00:00:00Z, in 13 days, and is not renewed; 14 days are required"}},
		"renewal fails":  {ends(13, failing), check.FailedNow, []string{"renewal PENDING_VALIDATION: CAA_ERROR", "api.flowcomply.com is PENDING_VALIDATION; wants _a.api.flowcomply.com. CNAME _b.acm."}},
		"renewed":        {ends(13, &types.RenewalSummary{RenewalStatus: types.RenewalStatusSuccess}), check.OK, nil},
		"over":           {ends(0, &types.RenewalSummary{RenewalStatus: types.RenewalStatusSuccess}), check.FailedNow, []string{"in 0 days"}},
		"without an end": {func(f *fakeACM) { f.detail.NotAfter = nil }, check.FailedNow, []string{"ACM does not tell until when"}},
		"for one host only": {func(f *fakeACM) { f.detail.SubjectAlternativeNames = nil }, check.FailedNow,
			[]string{"the certificate is for flowcomply.com, not for api.flowcomply.com"}},
		"pending": {func(f *fakeACM) { f.detail.Status = types.CertificateStatusPendingValidation }, check.FailedNow, []string{"the certificate is PENDING_VALIDATION"}},
		"failed": {func(f *fakeACM) {
			f.detail.Status, f.detail.FailureReason = types.CertificateStatusFailed, types.FailureReasonCaaError
		}, check.FailedNow, []string{"the certificate is FAILED: CAA_ERROR"}},
		"gone":            {func(f *fakeACM) { f.errs = []error{&types.ResourceNotFoundException{}} }, check.FailedNow, []string{certificateArn + " does not exist"}},
		"not allowed":     {func(f *fakeACM) { f.errs = []error{denied} }, check.FailedNow, []string{"AccessDeniedException: not authorized"}},
		"nothing is said": {func(f *fakeACM) { f.detail = nil }, check.FailedNow, []string{"ACM says nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeACM{detail: issued()}
			tc.edit(f)
			got := checktest.One(t, certificateIssued(certificateArn, []string{"api.flowcomply.com", "flowcomply.com"}, f, 4*time.Second))
			checktest.Expect(t, got, tc.outcome, tc.says...)
		})
	}
}

func TestCovers_AStarIsOneLabel(t *testing.T) {
	for host, want := range map[string]bool{
		"flowcomply.com": true, "FlowComply.com": true, "api.flowcomply.com": true, "a.api.flowcomply.com": false, "flowcomply.org": false, "com": false,
	} {
		assert.Equal(t, want, covers([]string{"flowcomply.com", "*.flowcomply.com"}, host), host)
	}
}

// year2000 is when synctest's clock starts.
var year2000 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
