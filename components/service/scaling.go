package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// How soon after one step of scaling the next may follow: more tasks at once, fewer only when the load stays away.
const (
	scaleOutSeconds = 60
	scaleInSeconds  = 300
)

// declareScaling declares how many tasks may run, and the two targets that decide how many do: each asks for a
// number, and the larger one wins.
//
//runbook:trouble.slow#6,appendix.C#4 scales by CPU and memory between minTasks and maxTasks, which the stack file has.
func (b *builder) declareScaling() error {
	target, err := appautoscaling.NewTarget(b.ctx, b.name+"-scaling", &appautoscaling.TargetArgs{
		ResourceId:        pulumi.Sprintf("service/%s/%s", b.in.ClusterName, b.serviceName),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ServiceNamespace:  pulumi.String("ecs"),
		MinCapacity:       pulumi.Int(b.spec.MinTasks),
		MaxCapacity:       pulumi.Int(b.spec.MaxTasks),
	}, b.parent)
	if err != nil {
		return err
	}
	for _, tracked := range []struct {
		suffix, metric string
		percent        int
	}{
		{"cpu", "ECSServiceAverageCPUUtilization", b.spec.CPUTargetPercent},
		{"memory", "ECSServiceAverageMemoryUtilization", b.spec.MemoryTargetPercent},
	} {
		policy, err := appautoscaling.NewPolicy(b.ctx, b.name+"-scaling-"+tracked.suffix, &appautoscaling.PolicyArgs{
			PolicyType:        pulumi.String("TargetTrackingScaling"),
			ResourceId:        target.ResourceId,
			ScalableDimension: target.ScalableDimension,
			ServiceNamespace:  target.ServiceNamespace,
			TargetTrackingScalingPolicyConfiguration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
				PredefinedMetricSpecification: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
					PredefinedMetricType: pulumi.String(tracked.metric),
				},
				TargetValue:      pulumi.Float64(float64(tracked.percent)),
				ScaleOutCooldown: pulumi.Int(scaleOutSeconds),
				ScaleInCooldown:  pulumi.Int(scaleInSeconds),
			},
		}, b.parent)
		if err != nil {
			return fmt.Errorf("%s: %w", tracked.suffix, err)
		}
		b.svc.Deployed = append(b.svc.Deployed, policy)
	}
	return nil
}
