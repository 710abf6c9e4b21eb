package service

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests show what the program asks the engine for. They do not show that ECS can start the tasks, that a
// health check passes, or that a failed deployment really goes back: for that there is the running stack.

const (
	serviceType = "aws:ecs/service:Service"
	taskType    = "aws:ecs/taskDefinition:TaskDefinition"
	targetType  = "aws:lb/targetGroup:TargetGroup"
	ruleType    = "aws:lb/listenerRule:ListenerRule"
)

func TestNew_DeclaresTheWholeGraph(t *testing.T) {
	all := parse(t, two, third)
	for name := range all {
		t.Run(name, func(t *testing.T) {
			graph, _ := declare(t, only(all, name))
			graph.Golden(t, name)
		})
	}
}

func TestNew_IsTheSameGraphTwice(t *testing.T) {
	all := parse(t, two, third)
	first, _ := declare(t, all)
	second, _ := declare(t, all)
	require.Len(t, second.All(), len(first.All()))
	for i, r := range first.All() {
		assert.Equal(t, r.Plain(), second.All()[i].Plain(), r.Name)
	}
}

func TestNew_ThirdServiceTakesConfigurationOnly(t *testing.T) {
	before, _ := declare(t, parse(t, two))
	worker, _ := declare(t, parse(t, two, third))
	more := parse(t, two, third)
	routed := more["frontend"]
	routed.Route = &Route{Host: "docs.flowcomply.com", Priority: 300}
	more["docs"] = routed
	require.NoError(t, more.Validate())
	both, _ := declare(t, more)

	kept := before.String()
	for _, line := range strings.Split(strings.TrimSpace(kept), "\n") {
		assert.Contains(t, worker.String(), line+"\n", "an added worker changed what was there")
		assert.Contains(t, both.String(), line+"\n", "an added site changed what was there")
	}
	for _, r := range both.All() {
		switch r.Name {
		case "worker", "docs", "backend", "frontend":
			continue
		}
		assert.Regexp(t, `^(worker|docs|backend|frontend)-`, r.Name)
	}
	assert.Equal(t, "docs.flowcomply.com", both.One(t, ruleType, "docs-route").Get("conditions.0.hostHeader.values.0"))
	assert.Empty(t, named(worker.Of(targetType), "worker"), "a worker needs no target group")
	assert.Empty(t, named(worker.Of(ruleType), "worker"), "a worker needs no rule")
}

func TestNew_EveryChildBelongsToAComponentOfItsName(t *testing.T) {
	graph, _ := declare(t, parse(t, two, third))
	components := 0
	for _, r := range graph.All() {
		if !r.Custom {
			components++
		}
		if r.ParentName() == "" {
			assert.Equal(t, "flowcomply:service:Service", r.Type)
			continue
		}
		assert.True(t, strings.HasPrefix(r.Name, r.ParentName()), "%s < %s", r.Name, r.ParentName())
		assert.True(t, strings.HasPrefix(r.ParentType(), "flowcomply:"), "%s < %s", r.Name, r.ParentType())
	}
	assert.Equal(t, components, graph.Registrations-1, "a component does not register its outputs")
}

func TestNew_DeploymentFailsAndGoesBackByItself(t *testing.T) {
	graph, declared := declare(t, parse(t, two, third))
	in := graph.One(t, serviceType, "backend").Plain()
	for key, want := range map[string]any{
		"name": "backend-service", "cluster": "arn:cluster", "launchType": "FARGATE", "platformVersion": "LATEST",
		"desiredCount": 2.0, "deploymentMinimumHealthyPercent": 100.0, "deploymentMaximumPercent": 200.0,
		"availabilityZoneRebalancing": "ENABLED", "waitForSteadyState": true, "enableExecuteCommand": true,
		"enableEcsManagedTags": true, "propagateTags": "SERVICE", "healthCheckGracePeriodSeconds": 60.0, "forceDelete": false,
		"deploymentCircuitBreaker": map[string]any{"enable": true, "rollback": true},
		"networkConfiguration": map[string]any{
			"assignPublicIp": false, "subnets": []any{"subnet-a", "subnet-b"}, "securityGroups": []any{"backend-tasks-id"},
		},
		"loadBalancers": []any{map[string]any{
			"containerName": "backend", "containerPort": 3001.0, "targetGroupArn": "arn:aws:mock:ap-southeast-2:123456789012:TargetGroup/backend-target",
		}},
		"alarms": map[string]any{"enable": true, "rollback": true, "alarmNames": []any{
			"flowcomply-production-backend-error-rate", "flowcomply-production-backend-no-healthy-target", "flowcomply-production-backend-slow",
			"flowcomply-production-front-error-rate",
		}},
	} {
		assert.Equal(t, want, in[key], key)
	}
	assert.NotContains(t, in, "capacityProviderStrategies")
	assert.NotContains(t, in, "forceNewDeployment", "only a new revision may roll the tasks")

	service := graph.One(t, serviceType, "backend")
	assert.Equal(t, []string{"desiredCount"}, service.IgnoreChanges)
	assert.Equal(t, "create=30m update=30m delete=30m", service.Timeouts)
	worker := graph.One(t, serviceType, "worker").Plain()
	assert.NotContains(t, worker, "alarms", "ECS refuses alarms without a name")
	assert.NotContains(t, worker, "loadBalancers")
	assert.NotContains(t, worker, "healthCheckGracePeriodSeconds")
	assert.Equal(t, map[string]any{"enable": true, "rollback": true}, worker["deploymentCircuitBreaker"])
	assert.Contains(t, declared["backend"].Alarms, "flowcomply-production-backend-missing-tasks")
	assert.NotContains(t, declared["backend"].Alarms, "flowcomply-production-front-error-rate", "it is the load balancer's")
}

// Without these the service would start before it can reach or be reached, without permissions, or with alarms that
// ECS does not find.
func TestNew_ServiceWaitsForWhatItDoesNotName(t *testing.T) {
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		migration, err := cloudwatch.NewLogGroup(ctx, "migration", nil) // any resource will do
		if err != nil {
			return err
		}
		in := validArgs("backend")
		in.After = []pulumi.Resource{migration}
		_, err = New(ctx, "backend", parse(t, two)["backend"], in)
		return err
	})
	waits := strings.Join(graph.One(t, serviceType, "backend").DependsOn, "\n")
	for _, part := range []string{
		"ListenerRule::backend-route", "RolePolicy::backend-execution-policy", "RolePolicy::backend-task-policy",
		"MetricAlarm::backend-route-alarms-error-rate", "EgressRule::backend-https-out", "EgressRule::backend-load-balancer-out",
		"IngressRule::backend-load-balancer-in", "EgressRule::backend-database-out", "IngressRule::backend-database-in",
		"LogGroup::migration",
	} {
		assert.Contains(t, waits, part)
	}
}

func TestNew_AlarmsAreNamedOnce(t *testing.T) {
	graph, declared := declare(t, parse(t, two, third))
	seen := map[any]bool{}
	for _, r := range graph.Of("aws:cloudwatch/metricAlarm:MetricAlarm") {
		assert.False(t, seen[r.Get("name")], "%v", r.Get("name"))
		seen[r.Get("name")] = true
	}
	count := 0
	for _, svc := range declared {
		assert.IsIncreasing(t, svc.Alarms)
		count += len(svc.Alarms)
	}
	assert.Len(t, seen, count)
	alarm := graph.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "backend-alarms-cpu")
	assert.Equal(t, map[string]any{"ClusterName": "flowcomply-production", "ServiceName": "backend-service"}, alarm.Get("dimensions"))
	alarm = graph.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "backend-route-alarms-unhealthy-targets")
	assert.Equal(t, map[string]any{"TargetGroup": "targetgroup/backend-target/1", "LoadBalancer": "app/main/1"}, alarm.Get("dimensions"))
}

// That nothing runs is no outage before the first deployment; after it, it pages, and judges no deployment.
func TestNew_AvailabilityIsWatchedOnceTheServiceRuns(t *testing.T) {
	graph, declared := declare(t, parse(t, two, third))
	alarm := graph.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "backend-availability-alarms-unavailable")
	assert.Contains(t, strings.Join(alarm.DependsOn, "\n"), serviceType+"::backend")
	assert.Equal(t, map[string]any{"TargetGroup": "targetgroup/backend-target/1", "LoadBalancer": "app/main/1"}, alarm.Get("dimensions"))
	assert.Contains(t, declared["backend"].Alarms, "flowcomply-production-backend-unavailable")
	assert.NotContains(t, declared["worker"].Alarms, "flowcomply-production-worker-unavailable", "it has no target group")
}

func TestNew_TargetIsCheckedAndDrained(t *testing.T) {
	graph, _ := declare(t, parse(t, two))
	in := graph.One(t, targetType, "backend-target").Plain()
	assert.Equal(t, map[string]any{
		"vpcId": "vpc-1", "targetType": "ip", "port": 3001.0, "protocol": "HTTP", "deregistrationDelay": 30.0,
		"healthCheck": map[string]any{
			"enabled": true, "protocol": "HTTP", "port": "traffic-port", "path": "/api/monitoring/health", "matcher": "200",
			"interval": 15.0, "timeout": 4.0, "healthyThreshold": 2.0, "unhealthyThreshold": 3.0,
		},
	}, in)
	services := parse(t, two)
	slow := services["backend"]
	slow.DrainSeconds = 120
	services["backend"] = slow
	graph, _ = declare(t, services)
	assert.Equal(t, 120.0, graph.One(t, targetType, "backend-target").Get("deregistrationDelay"), "a decision of the stack file")
	for _, r := range graph.Of(targetType) {
		assert.LessOrEqual(t, len(r.Name), 24, "the name and its random suffix have 32 characters")
	}
	rule := graph.One(t, ruleType, "backend-route")
	assert.Equal(t, "arn:listener", rule.Get("listenerArn"))
	assert.Equal(t, 100.0, rule.Get("priority"))
	assert.Equal(t, []any{map[string]any{"hostHeader": map[string]any{"values": []any{"api.flowcomply.com"}}}}, rule.Get("conditions"))
	assert.Equal(t, "forward", rule.Get("actions.0.type"))
	assert.Equal(t, "arn:aws:mock:ap-southeast-2:123456789012:TargetGroup/backend-target", rule.Get("actions.0.targetGroupArn"))
}

func TestNew_RouteMayHavePaths(t *testing.T) {
	spec := parse(t, two)["backend"]
	spec.Route.Paths = []string{"/api/*", "/hooks/*"}
	graph, _ := declare(t, Set{"backend": spec})
	assert.Equal(t, []any{"/api/*", "/hooks/*"}, graph.One(t, ruleType, "backend-route").Get("conditions.1.pathPattern.values"))
}

func TestNew_ScalesBetweenItsLimits(t *testing.T) {
	graph, _ := declare(t, parse(t, two))
	target := graph.One(t, "aws:appautoscaling/target:Target", "backend-scaling").Plain()
	assert.Equal(t, map[string]any{
		"minCapacity": 2.0, "maxCapacity": 10.0, "resourceId": "service/flowcomply-production/backend-service",
		"scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs",
	}, target)
	assert.Contains(t, strings.Join(graph.One(t, "aws:appautoscaling/target:Target", "backend-scaling").DependsOn, "\n"), "Service::backend",
		"nothing can scale before the service exists")
	for metric, percent := range map[string]float64{"cpu": 60, "memory": 70} {
		policy := graph.One(t, "aws:appautoscaling/policy:Policy", "backend-scaling-"+metric)
		assert.Equal(t, "TargetTrackingScaling", policy.Get("policyType"))
		config := policy.Get("targetTrackingScalingPolicyConfiguration").(map[string]any)
		assert.Equal(t, percent, config["targetValue"])
		assert.Regexp(t, "(?i)ECSServiceAverage"+metric+"Utilization", config["predefinedMetricSpecification"].(map[string]any)["predefinedMetricType"])
		assert.Equal(t, 300.0, config["scaleInCooldown"])
		assert.Equal(t, 60.0, config["scaleOutCooldown"])
	}
}

func TestNew_LogIsKeptEncryptedAndProtected(t *testing.T) {
	graph, _ := declare(t, parse(t, two))
	log := graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "backend-logs")
	assert.Equal(t, map[string]any{"name": "/ecs/flowcomply-backend", "retentionInDays": 365.0, "kmsKeyId": "arn:key/operations"}, log.Plain())
	assert.True(t, log.Protect)
	for _, r := range graph.All() {
		assert.Equal(t, strings.HasSuffix(r.Name, "-logs"), r.Protect, "%s", r.Name)
	}
}

func TestNew_UnprotectedCanBeDestroyed(t *testing.T) {
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		in := validArgs("backend")
		in.Protected = false
		_, err := New(ctx, "backend", parse(t, two)["backend"], in)
		return err
	})
	for _, r := range graph.All() {
		assert.False(t, r.Protect, r.Name)
	}
	assert.Equal(t, true, graph.One(t, serviceType, "backend").Get("forceDelete"))
}

func TestNew_WorksInPreview(t *testing.T) {
	graph, _ := declare(t, parse(t, two, third), record.Preview())
	full, _ := declare(t, parse(t, two, third))
	assert.Equal(t, full.String(), graph.String(), "a preview has to show what an update does")
}

func named(all []record.Resource, prefix string) []string {
	var names []string
	for _, r := range all {
		if strings.HasPrefix(r.Name, prefix) {
			names = append(names, r.Name)
		}
	}
	return names
}
