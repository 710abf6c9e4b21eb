package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// These tests add a service to the text of production's stack file and compare two recordings: what that adds, and that
// it changes nothing of anybody else's. They do not prove that its image builds or that AWS accepts it.

// further is the added service's name; no stack file has it.
const further = "further"

// documentedWorker is the entry that docs/every-day.md shows, under that name.
func documentedWorker(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/every-day.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "\n```yaml\n    worker:\n")
	require.True(t, found, "docs/every-day.md shows no worker")
	entry, _, _ := strings.Cut(rest, "```")
	return "    " + further + ":\n" + entry
}

// withService is production's stack file with one more entry under services.
func withService(t *testing.T, entry string) stacks.Source {
	t.Helper()
	text, err := os.ReadFile("../Pulumi.production.yaml")
	require.NoError(t, err)
	const after = "  flowcomply:preflight:\n" // the section after services
	require.Equal(t, 1, strings.Count(string(text), after))
	file := filepath.Join(t.TempDir(), "Pulumi.production.yaml")
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), after, entry+after, 1)), 0o600))
	source, err := stacks.FromFile(file)
	require.NoError(t, err)
	source = source.With("flowcomply:release.source", "infra/testdata/app").With("flowcomply:release.gate", "")
	for _, operators := range []string{"ANTHROPIC_API_KEY", stacks.SmokeUser, stacks.PagerDutyKey} {
		source = source.WithSecret("flowcomply:" + operators)
	}
	return source
}

// replaced changes exactly one place of a text.
func replaced(t *testing.T, text, old, with string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(text, old), old)
	return strings.Replace(text, old, with, 1)
}

// parts is everything that a service without a route, with access to the database, consists of.
var parts = []string{
	"aws:appautoscaling/policy:Policy further-scaling-cpu",
	"aws:appautoscaling/policy:Policy further-scaling-memory",
	"aws:appautoscaling/target:Target further-scaling",
	"aws:cloudwatch/logGroup:LogGroup further-logs",
	"aws:cloudwatch/logMetricFilter:LogMetricFilter further-log-alarms-log-errors-errors",
	"aws:cloudwatch/metricAlarm:MetricAlarm further-alarms-cpu",
	"aws:cloudwatch/metricAlarm:MetricAlarm further-alarms-memory",
	"aws:cloudwatch/metricAlarm:MetricAlarm further-alarms-missing-tasks",
	"aws:cloudwatch/metricAlarm:MetricAlarm further-log-alarms-log-errors",
	"aws:ec2/securityGroup:SecurityGroup further-tasks",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy further-repository",
	"aws:ecr/repository:Repository further-repository",
	"aws:ecs/service:Service further",
	"aws:ecs/taskDefinition:TaskDefinition further-task",
	"aws:iam/role:Role further-execution-role",
	"aws:iam/role:Role further-task-role",
	"aws:iam/rolePolicy:RolePolicy further-execution-policy",
	"aws:iam/rolePolicy:RolePolicy further-task-policy",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule further-database-out",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule further-https-out",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule further-database-in",
	"docker:index/image:Image further-image",
	"flowcomply:alarm:Set further-alarms",
	"flowcomply:alarm:Set further-log-alarms",
	"flowcomply:image:Image further-image",
	"flowcomply:registry:Registry further-repository",
	"flowcomply:service:Service further",
}

// routeParts is what a route of its own host adds to that.
var routeParts = []string{
	"aws:cloudwatch/metricAlarm:MetricAlarm further-availability-alarms-unavailable",
	"aws:cloudwatch/metricAlarm:MetricAlarm further-route-alarms-error-rate",
	"aws:cloudwatch/metricAlarm:MetricAlarm further-route-alarms-latency",
	"aws:cloudwatch/metricAlarm:MetricAlarm further-route-alarms-no-healthy-target",
	"aws:cloudwatch/metricAlarm:MetricAlarm further-route-alarms-slow",
	"aws:cloudwatch/metricAlarm:MetricAlarm further-route-alarms-unhealthy-targets",
	"aws:lb/listenerRule:ListenerRule further-route",
	"aws:lb/targetGroup:TargetGroup further-target",
	"aws:route53/record:Record certificate-further",
	"aws:route53/record:Record front-further",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule further-load-balancer-out",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule further-load-balancer-in",
	"flowcomply:alarm:Set further-availability-alarms",
	"flowcomply:alarm:Set further-route-alarms",
}

// listings are what lists all services.
func listings() map[string][]string {
	return map[string][]string{
		"aws:cloudwatch/dashboard:Dashboard overview":              {"dashboardBody"},
		"command:local:Command verify":                             {"stdin"},
		"command:local:Command preflight":                          {"stdin", "triggers"},
		"aws:cloudwatch/eventRule:EventRule alerts-image-findings": {"eventPattern"},
	}
}

func TestThirdService_IsAddedByConfigurationAlone(t *testing.T) {
	d := between(graphOf(t, "production"), declare(t, "production", withService(t, documentedWorker(t))))
	assert.ElementsMatch(t, parts, d.added)
	assert.Empty(t, d.removed, "somebody else's resource got another identity")
	assert.Equal(t, listings(), d.changed)
}

func TestThirdService_WithARouteIsAddedByConfigurationAlone(t *testing.T) {
	entry := replaced(t, documentedWorker(t), "health: {", "health: {path: /healthz, ")
	entry += "      port: 3002\n      route: {host: further.flowcomply.com, priority: 40000}\n"
	d := between(graphOf(t, "production"), declare(t, "production", withService(t, entry)))
	assert.ElementsMatch(t, slices.Concat(parts, routeParts), d.added)
	assert.Empty(t, d.removed, "somebody else's resource got another identity")
	want := listings()
	want["aws:acm/certificate:Certificate certificate"] = []string{"subjectAlternativeNames"} // what lists all hosts
	want["aws:acm/certificateValidation:CertificateValidation certificate"] = []string{"validationRecordFqdns"}
	assert.Equal(t, want, d.changed)
}
