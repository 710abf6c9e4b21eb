// Package service declares one service on Fargate: task definition, roles, network rules, route, alarms, rolling
// deployment with two kinds of rollback, and auto-scaling. It is used once for each entry of the stack's services.
//
// Deployments are rolling. They fail, and ECS goes back to the previous revision, when tasks do not start or stay
// healthy (circuit breaker) or when an alarm on the service's users, or on all of the load balancer's, fires meanwhile.
// ECS then calls the service stable, and so does the provider: that the wanted revision runs is for package verify to
// tell.
//
// ECS Exec is enabled as the runbook's way into a running task; sessions are encrypted and recorded by the cluster.
package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Service is one running service.
type Service struct {
	pulumi.ResourceState

	ServiceName string       // the ECS service's name
	LogGroup    string       // the log group's name
	Alarms      []string     // the names of all alarms on the service, sorted
	Watched     []*alarm.Set // the same alarms with what they watch, for the dashboard

	// Deployed are the service and what scales it, for what has to wait until the revision runs.
	Deployed []pulumi.Resource
	// LeftOut says that the task definition is still one for another image than this update wants; empty where it is not.
	LeftOut pulumi.StringOutput
	// NotRolled says that the service runs another revision than this update wants; empty where it does not.
	NotRolled pulumi.StringOutput

	TaskDefinitionArn pulumi.StringOutput `pulumi:"taskDefinitionArn"` // with the revision that this update wants
	ImageDigest       pulumi.StringOutput `pulumi:"imageDigest"`       // sha256:… of that revision
	SecurityGroupID   pulumi.StringOutput `pulumi:"securityGroupId"`
	TaskRoleArn       pulumi.StringOutput `pulumi:"taskRoleArn"`
	ExecutionRoleArn  pulumi.StringOutput `pulumi:"executionRoleArn"`
	TargetGroupArn    pulumi.StringOutput `pulumi:"targetGroupArn"`    // empty without a route
	TargetGroupSuffix pulumi.StringOutput `pulumi:"targetGroupSuffix"` // "targetgroup/…"; empty without a route
}

// New declares the service. A spec or arguments that are not valid is an error that names every problem, and nothing
// is declared.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Service, error) {
	if err := validate.All(validateName(name), spec.Validate(), args.check(spec)); err != nil {
		return nil, fmt.Errorf("service %q: %w", name, err)
	}
	svc := &Service{ServiceName: args.Service, LogGroup: args.LogGroup}
	if err := ctx.RegisterComponentResource("flowcomply:service:Service", name, svc, opts...); err != nil {
		return nil, fmt.Errorf("service %q: %w", name, err)
	}
	// Only now: registering replaces every output field by an empty one.
	svc.ImageDigest = args.Image.Digest.ToStringOutput()
	svc.TargetGroupArn, svc.TargetGroupSuffix = pulumi.String("").ToStringOutput(), pulumi.String("").ToStringOutput()
	b := &builder{ctx: ctx, name: name, spec: spec, args: args, svc: svc, parent: pulumi.Parent(svc)}
	for _, step := range []struct {
		part    string
		declare func() error
	}{
		{"log group", b.declareLogs},
		{"network", b.declareNetwork},
		{"roles", b.declareRoles},
		{"task definition", b.declareTask},
		{"route", b.declareRoute},
		{"alarms", b.declareAlarms},
		{"preparation", b.preDeploy},
		{"deployment", b.declareService},
		{"scaling", b.declareScaling},
	} {
		if err := step.declare(); err != nil {
			return nil, fmt.Errorf("service %q: %s: %w", name, step.part, err)
		}
	}
	return svc, ctx.RegisterResourceOutputs(svc, pulumi.Map{
		"taskDefinitionArn": svc.TaskDefinitionArn, "imageDigest": svc.ImageDigest, "securityGroupId": svc.SecurityGroupID,
		"taskRoleArn": svc.TaskRoleArn, "executionRoleArn": svc.ExecutionRoleArn,
		"targetGroupArn": svc.TargetGroupArn, "targetGroupSuffix": svc.TargetGroupSuffix,
	})
}

// builder carries what the steps of New share; each step declares one part and may use those before it.
type builder struct {
	ctx    *pulumi.Context
	name   string
	spec   Spec
	args   Args
	svc    *Service
	parent pulumi.ResourceOption

	definition  *ecs.TaskDefinition
	logGroup    pulumi.StringOutput // name, known once the group exists
	logGroupArn pulumi.StringOutput
	serviceName pulumi.StringOutput // name, known once the service exists
	rollback    []string            // alarms that roll a deployment back
	before      []pulumi.Resource   // what the service needs but does not name in its inputs
}
