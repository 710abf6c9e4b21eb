package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// declareRoute declares the target group and the rule that leads to it, for a service with a route. Targets are
// addresses, as Fargate tasks have no instance. Between load balancer and task the request is plain HTTP inside the
// VPC: the application speaks nothing else, which is an exception to control ELB.21.
func (b *builder) declareRoute() error {
	if !b.spec.Routed() {
		return nil
	}
	group, err := lb.NewTargetGroup(b.Ctx, b.Name+"-target", &lb.TargetGroupArgs{
		VpcId:               b.args.VpcID,
		TargetType:          pulumi.String("ip"),
		Port:                pulumi.Int(b.spec.Port),
		Protocol:            pulumi.String("HTTP"),
		DeregistrationDelay: pulumi.Int(b.spec.Drain()),
		HealthCheck: lb.TargetGroupHealthCheckArgs{
			Enabled: pulumi.Bool(true), Protocol: pulumi.String("HTTP"), Port: pulumi.String("traffic-port"),
			Path: pulumi.String(b.spec.Health.Path), Matcher: pulumi.String("200"),
			Interval: pulumi.Int(b.spec.Health.IntervalSeconds), Timeout: pulumi.Int(b.spec.Health.Timeout()),
			HealthyThreshold: pulumi.Int(successes), UnhealthyThreshold: pulumi.Int(b.spec.Health.Threshold()),
		},
	}, b.Parent)
	if err != nil {
		return fmt.Errorf("target group: %w", err)
	}
	b.svc.TargetGroupArn, b.svc.TargetGroupSuffix = group.Arn, group.ArnSuffix
	rule, err := lb.NewListenerRule(b.Ctx, b.Name+"-route", &lb.ListenerRuleArgs{
		ListenerArn: b.args.LoadBalancer.ListenerArn,
		Priority:    pulumi.Int(b.spec.Route.Priority),
		Conditions:  conditions(*b.spec.Route),
		Actions: lb.ListenerRuleActionArray{lb.ListenerRuleActionArgs{
			Type: pulumi.String("forward"), TargetGroupArn: group.Arn.ToStringPtrOutput(),
		}},
	}, b.Parent)
	if err != nil {
		return fmt.Errorf("listener rule: %w", err)
	}
	b.before = append(b.before, rule) // ECS refuses a target group that no load balancer uses
	return nil
}

func conditions(route Route) lb.ListenerRuleConditionArray {
	out := lb.ListenerRuleConditionArray{lb.ListenerRuleConditionArgs{
		HostHeader: lb.ListenerRuleConditionHostHeaderArgs{Values: pulumi.StringArray{pulumi.String(route.Host)}},
	}}
	if len(route.Paths) > 0 {
		out = append(out, lb.ListenerRuleConditionArgs{
			PathPattern: lb.ListenerRuleConditionPathPatternArgs{Values: pulumi.ToStringArray(route.Paths)},
		})
	}
	return out
}
