package service

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"
)

// deadline bounds one rolling deployment. A failing one needs time to reach the circuit breaker and to go back. This is
// longer, so that ECS finishes before the provider gives up (its default is 20 minutes).
const deadline = "30m"

// declareService declares the ECS service. Its name is fixed as the runbook's commands use it.
//
//runbook:4.1#3,4.2#3 gives the service the new revision; nothing is forced, as a release always has a new one.
//runbook:4.1#4,4.2#4 waits until the service is steady; verification tells whether that is the new revision.
func (b *builder) declareService() error {
	args := &ecs.ServiceArgs{
		Name:            pulumi.String(b.args.Service),
		Cluster:         b.args.ClusterArn,
		TaskDefinition:  b.svc.TaskDefinitionArn,
		LaunchType:      pulumi.String("FARGATE"),
		PlatformVersion: pulumi.String("LATEST"),
		DesiredCount:    pulumi.Int(b.spec.MinTasks), // at the start; auto-scaling owns it from then on
		NetworkConfiguration: ecs.ServiceNetworkConfigurationArgs{
			Subnets:        b.args.SubnetIDs,
			SecurityGroups: pulumi.StringArray{b.svc.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(false),
		},
		DeploymentCircuitBreaker:        ecs.ServiceDeploymentCircuitBreakerArgs{Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true)},
		DeploymentMinimumHealthyPercent: pulumi.Int(100), // new tasks come before old ones go
		DeploymentMaximumPercent:        pulumi.Int(200),
		AvailabilityZoneRebalancing:     pulumi.String("ENABLED"),
		WaitForSteadyState:              pulumi.Bool(true), // for order only: it takes a rolled-back deployment for a good one
		EnableExecuteCommand:            pulumi.Bool(true),
		EnableEcsManagedTags:            pulumi.Bool(true),
		PropagateTags:                   pulumi.String("SERVICE"),
		// No protection, and none is meant: services hold no data. To delete one, the provider first takes its count to 0, forced or
		// not; unforced, ECS still refuses while auto-scaling brings tasks back.
		ForceDelete: pulumi.Bool(!b.args.Protected),
	}
	if len(b.rollback) > 0 {
		args.Alarms = ecs.ServiceAlarmsArgs{AlarmNames: pulumi.ToStringArray(b.rollback), Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true)}
	}
	if b.spec.Routed() {
		args.HealthCheckGracePeriodSeconds = pulumi.Int(b.spec.Health.GraceSeconds) // is about the load balancer's checks; the container's own have startPeriod
		args.LoadBalancers = ecs.ServiceLoadBalancerArray{ecs.ServiceLoadBalancerArgs{
			ContainerName: pulumi.String(b.Name), ContainerPort: pulumi.Int(b.spec.Port), TargetGroupArn: b.svc.TargetGroupArn.ToStringPtrOutput(),
		}}
	}
	service, err := ecs.NewService(b.Ctx, b.Name, args, b.Parent,
		pulumi.IgnoreChanges([]string{"desiredCount"}),
		pulumi.DependsOn(slices.Concat(b.before, b.args.After)),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: deadline, Update: deadline, Delete: deadline}))
	if err != nil {
		return err
	}
	b.serviceName = service.Name
	b.svc.Deployed = append(b.svc.Deployed, service)
	b.svc.LeftOut, b.svc.NotRolled = b.leftOut(), b.notRolled(service)
	return nil
}

// leftOut compares what the engine says of the task definition with what this update wants of it. They differ where the
// update was limited to other resources (--target, --exclude): the engine then answers with what is in the state.
func (b *builder) leftOut() pulumi.StringOutput {
	return pulumix.Cast[pulumi.StringOutput](pulumix.Apply2(
		b.definition.ContainerDefinitions, b.args.Image.Ref.ToStringOutput(),
		func(definitions, image string) string {
			if was := imageOf(definitions, b.Name); was != image {
				return fmt.Sprintf("%s has a task definition for %s and not for %s", b.Name, was, image)
			}
			return ""
		}))
}

// notRolled compares what the engine says that the service runs with what this update wants. They differ as for leftOut, and
// where ECS went back by itself, from tasks that did not become healthy.
func (b *builder) notRolled(service *ecs.Service) pulumi.StringOutput {
	return pulumix.Cast[pulumi.StringOutput](pulumix.Apply2(
		service.TaskDefinition.Elem(), b.definition.Arn,
		func(runs, revision string) string {
			if runs != revision {
				return fmt.Sprintf("%s runs %s and not %s", b.Name, runs, revision)
			}
			return ""
		}))
}
