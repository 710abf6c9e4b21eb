package main

import (
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// exports are the stack's exports: exactly the keys of outputs.Outputs, which a test compares both ways.
func exports(env environment, ground *ground, stores *stores, front *front, workloads *workloads, watch *watch) (pulumi.Map, error) {
	services := pulumi.Map{}
	for name, made := range workloads.services {
		services[name] = pulumi.Map{
			"serviceName":       pulumi.String(made.ServiceName),
			"taskDefinitionArn": made.TaskDefinitionArn,
			"imageRepository":   workloads.registries[name].URL,
			"imageDigest":       made.ImageDigest,
			"minimumTasks":      pulumi.Int(env.spec.Services[name].MinTasks),
			"logGroup":          pulumi.String(made.LogGroup),
			"targetGroupArn":    made.TargetGroupArn,
			"executionRoleArn":  made.ExecutionRoleArn,
			"host":              pulumi.String(hostOf(env.spec.Services[name])),
		}
	}
	secrets := pulumi.StringMap{}
	for variable, made := range stores.secrets {
		if variable != stacks.SmokeUser { // no service's
			secrets[variable] = made.Arn
		}
	}
	objectives, err := watch.objectives(env)
	if err != nil {
		return nil, err
	}
	return pulumi.Map{
		"stack":              pulumi.String(env.ctx.Stack()),
		"region":             pulumi.String(env.spec.Account.Region),
		"accountId":          pulumi.String(env.spec.Account.ID),
		"version":            pulumi.String(env.spec.Release.Version),
		"siteUrl":            pulumi.String(env.spec.Site.URL()),
		"apiUrl":             pulumi.String(env.spec.Site.APIURL()),
		"clusterArn":         workloads.cluster.Arn,
		"clusterName":        pulumi.String(workloads.cluster.Name),
		"services":           services,
		"alarmNames":         pulumi.ToStringArray(watch.names()),
		"dashboardName":      pulumi.String(env.names.Dashboard()),
		"databaseIdentifier": pulumi.String(stores.database.Identifier),
		"cacheId":            pulumi.String(env.names.Cache()),
		"documentsBucket":    pulumi.String(env.names.DocumentsBucket()),
		"secretArns":         secrets,
		"smokeSecretArn":     stores.secrets[stacks.SmokeUser].Arn,
		"mailIdentity":       pulumi.String(env.spec.Mail.Domain()),
		"objectives":         objectives,
		"errorPattern":       pulumi.String(slo.ErrorPattern()),
		"certificateArn":     front.certificateArn,
		"notifyTopicArn":     ground.topics.NotifyTopicArn,
		"release":            env.release.output(workloads),
		"releases":           env.release.ledger(workloads),
	}, nil
}

// hostOf is what a service answers for through the load balancer, or nothing.
func hostOf(spec service.Spec) string {
	if !spec.Routed() {
		return ""
	}
	return spec.Route.Host
}
