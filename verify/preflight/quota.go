package preflight

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// QuotaReader reads what the account may use in the region; *servicequotas.Client is one.
type QuotaReader interface {
	GetServiceQuota(context.Context, *servicequotas.GetServiceQuotaInput, ...func(*servicequotas.Options)) (*servicequotas.GetServiceQuotaOutput, error)
}

// Fargate's quota of vCPUs of all tasks that run at once in a region, On-Demand. A fresh account has 6, or fewer
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html#service-quotas-fargate).
const (
	fargateService = "fargate"
	fargateVCPUs   = "L-3032A538"
)

// quotaSuffices checks that Fargate may run the release beside what it replaces. Below that, tasks stay PENDING until ECS gives
// the deployment up, half an hour later. Below what auto-scaling may ask for is a warning, and so is a quota that AWS does not
// tell: neither is known to hinder the release.
func quotaSuffices(need inputs.VCPUs, api QuotaReader, interval time.Duration) check.Check {
	return check.Check{Group: inputs.QuotaGroup, Name: "Fargate vCPUs", Run: func(ctx context.Context) (string, error) {
		var quota float64
		err := poll.Until(ctx, interval, func(ctx context.Context) (err error) {
			quota, err = fargateQuota(ctx, api)
			return err
		})
		if err != nil {
			return "", check.NoData(&check.Failure{
				Cause: fmt.Sprintf("the quota is not known: %v", err),
				Next: fmt.Sprintf("allow the caller servicequotas:GetServiceQuota, or see in the console (Service Quotas, AWS Fargate) that it is %g or more",
					math.Ceil(need.Scaled)),
				Err: err,
			})
		}
		return evaluateQuota(need, quota)
	}}
}

func fargateQuota(ctx context.Context, api QuotaReader) (float64, error) {
	service, code := fargateService, fargateVCPUs
	out, err := api.GetServiceQuota(ctx, &servicequotas.GetServiceQuotaInput{ServiceCode: &service, QuotaCode: &code})
	var unknown *types.NoSuchResourceException
	switch {
	case errors.As(err, &unknown):
		return 0, poll.Permanent(errors.New("none of Fargate's is known to Service Quotas in this account"))
	case err != nil:
		return 0, awschecks.Explain(err)
	case out.Quota == nil || out.Quota.Value == nil:
		return 0, poll.Permanent(errors.New("an answer of Service Quotas without a value"))
	}
	return *out.Quota.Value, nil
}

func evaluateQuota(need inputs.VCPUs, quota float64) (string, error) {
	ask := fmt.Sprintf("ask AWS for more, which takes hours to days, and count what else runs in the account: "+
		"`aws service-quotas request-service-quota-increase --service-code fargate --quota-code L-3032A538 --desired-value %g`",
		math.Ceil(max(need.Rolling, need.Scaled)))
	switch {
	case quota < need.Rolling:
		return "", refused(ask, "the account may run Fargate tasks of %g vCPUs at once, and this release takes %g: "+
			"new tasks beside the old ones, and the migration's", quota, need.Rolling)
	case quota < need.Scaled:
		return "", check.NoData(poll.Permanent(&check.Failure{Cause: fmt.Sprintf("the quota of %g vCPUs is enough for this release, "+
			"but auto-scaling, which may go up to %g, would end there", quota, need.Scaled), Next: ask}))
	}
	return fmt.Sprintf("%g are allowed; this release takes %g, all that auto-scaling may start %g", quota, need.Rolling, need.Scaled), nil
}
