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
	least, most := b.spec.MinTasks, b.spec.MaxTasks
	//runbook:rollback.2#1 ends every task of a service that is scaled to zero, and lets nothing start one.
	if b.args.ScaledToZero {
		// Registering a range moves the desired count into it, and nothing moves it out again
		// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html). Suspending
		// the target would do neither: the tasks stay, and the minimum still counts.
		least, most = 0, 0
	}
	target, err := appautoscaling.NewTarget(b.Ctx, b.Name+"-scaling", &appautoscaling.TargetArgs{
		ResourceId:        pulumi.Sprintf("service/%s/%s", b.args.ClusterName, b.serviceName),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ServiceNamespace:  pulumi.String("ecs"),
		MinCapacity:       pulumi.Int(least),
		MaxCapacity:       pulumi.Int(most),
	}, b.Parent)
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
		policy, err := appautoscaling.NewPolicy(b.Ctx, b.Name+"-scaling-"+tracked.suffix, &appautoscaling.PolicyArgs{
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
		}, b.Parent)
		if err != nil {
			return fmt.Errorf("%s: %w", tracked.suffix, err)
		}
		b.svc.Deployed = append(b.svc.Deployed, policy)
	}
	return nil
}
