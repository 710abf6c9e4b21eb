package preflight

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// A hand-written Service Quotas answers here, as AWS documents its answers.

type fakeQuotas struct {
	value *float64
	errs  []error // of the first calls, in order; the last one stays
}

func (f *fakeQuotas) GetServiceQuota(_ context.Context, in *servicequotas.GetServiceQuotaInput, _ ...func(*servicequotas.Options)) (*servicequotas.GetServiceQuotaOutput, error) {
	if *in.ServiceCode != "fargate" || *in.QuotaCode != "L-3032A538" {
		panic("asked for another quota")
	}
	if len(f.errs) > 0 {
		err := f.errs[0]
		if len(f.errs) > 1 || err == nil {
			f.errs = f.errs[1:]
		}
		if err != nil {
			return nil, err
		}
	}
	return &servicequotas.GetServiceQuotaOutput{Quota: &types.ServiceQuota{Value: f.value}}, nil
}

func TestQuotaSuffices(t *testing.T) {
	slow := &smithy.GenericAPIError{Code: "TooManyRequestsException", Message: "slow down"}
	value := func(v float64) *float64 { return &v }
	for name, tc := range map[string]struct {
		api     fakeQuotas
		outcome check.Outcome
		says    string
	}{
		"all of it":                    {fakeQuotas{value: value(13)}, check.OK, "13 are allowed; this release takes 7, all that auto-scaling may start 13"},
		"asked again":                  {fakeQuotas{value: value(100), errs: []error{slow, nil}}, check.OK, "100 are allowed"},
		"just the release":             {fakeQuotas{value: value(7)}, check.NotEnoughData, "is enough for this release, but auto-scaling, which may go up to 13, would end there"},
		"a fresh account":              {fakeQuotas{value: value(6)}, check.FailedNow, "may run Fargate tasks of 6 vCPUs at once, and this release takes 7"},
		"none":                         {fakeQuotas{value: value(0)}, check.FailedNow, "tasks of 0 vCPUs"},
		"not allowed to ask":           {fakeQuotas{errs: []error{denied}}, check.NotEnoughData, "the quota is not known: AWS: AccessDeniedException"},
		"not known to AWS":             {fakeQuotas{errs: []error{&types.NoSuchResourceException{}}}, check.NotEnoughData, "none of Fargate's is known to Service Quotas"},
		"an answer without a value":    {fakeQuotas{}, check.NotEnoughData, "without a value"},
		"no answer until the deadline": {fakeQuotas{errs: []error{slow}}, check.NotEnoughData, "the quota is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			got := checktest.One(t, quotaSuffices(inputs.VCPUs{Rolling: 7, Scaled: 13}, &tc.api, 4*time.Second))
			checktest.Expect(t, got, tc.outcome, tc.says)
			if tc.outcome == check.FailedNow {
				assert.Contains(t, got.Next, "`aws service-quotas request-service-quota-increase --service-code fargate --quota-code L-3032A538 --desired-value 13`")
			}
		})
	}
}

// A stack whose auto-scaling stays below twice its tasks still rolls with twice its tasks.
func TestQuotaSuffices_AsksForTheLargerOne(t *testing.T) {
	quota := 1.0
	got := checktest.One(t, quotaSuffices(inputs.VCPUs{Rolling: 2.25, Scaled: 1.5}, &fakeQuotas{value: &quota}, 0))
	assert.Equal(t, check.FailedNow, got.Outcome)
	assert.Contains(t, got.Next, "--desired-value 3`")
}
