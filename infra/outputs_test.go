package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// These tests hold what the program exports against what verification reads. They do not prove that the exported
// ARNs exist: here the recorder makes them up.

// exportsOf is what `pulumi stack output --json` prints after an update.
func exportsOf(t *testing.T, stack string) []byte {
	t.Helper()
	exports := resource.NewProperty(declare(t, stack, sourceOf(t, stack), arns(t, stack)...).Exports)
	assert.False(t, exports.ContainsSecrets(), "a secret is printed as [secret], which nothing can verify")
	text, err := json.Marshal(exports.Mappable())
	require.NoError(t, err)
	return text
}

// arns gives what is exported an ARN such as AWS gives, in the stack's own account.
func arns(t *testing.T, stack string) []record.Option {
	t.Helper()
	var options []record.Option
	for typ, arn := range map[string]struct {
		service, before, input, after string
	}{
		"aws:ecs/cluster:Cluster":               {"ecs", "cluster/", "name", ""},
		"aws:ecs/taskDefinition:TaskDefinition": {"ecs", "task-definition/", "family", ":1"},
		"aws:lb/targetGroup:TargetGroup":        {"elasticloadbalancing", "targetgroup/", "port", "/0123456789abcdef"},
		"aws:secretsmanager/secret:Secret":      {"secretsmanager", "secret:", "name", "-AbCdEf"},
		"aws:iam/role:Role":                     {"iam", "role/", "", ""},
		"aws:sns/topic:Topic":                   {"sns", "", "name", "alerts"},
		"aws:acm/certificate:Certificate":       {"acm", "certificate/", "domainName", ""},
	} {
		region := "ap-southeast-2"
		if arn.service == "iam" {
			region = "" // IAM is everywhere
		}
		for _, r := range graphOf(t, stack).Of(typ) {
			if arn.input == "" {
				arn.after = r.Name
			}
			name, _ := r.Get(arn.input).(string)
			options = append(options, record.Answer(typ, r.Name, map[string]any{
				"arn": "arn:aws:" + arn.service + ":" + region + ":" + accountOf(t, stack) + ":" + arn.before + name + arn.after,
			}))
		}
	}
	return options
}

func accountOf(t *testing.T, stack string) string {
	t.Helper()
	account, _ := graphOf(t, stack).One(t, "pulumi:providers:aws", "aws").Get("allowedAccountIds.0").(string)
	return account
}

func TestOutputs_HaveTheKeysThatVerificationReads(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			var exported map[string]any
			require.NoError(t, json.Unmarshal(exportsOf(t, stack), &exported))
			assert.Equal(t, outputs.Keys[outputs.Outputs](), slices.Sorted(maps.Keys(exported)))
			services := exported["services"].(map[string]any)
			spec, err := stacks.Load(sourceOf(t, stack))
			require.NoError(t, err)
			assert.Equal(t, spec.Images(), slices.Sorted(maps.Keys(services)))
			for name, service := range services {
				assert.Equal(t, outputs.Keys[outputs.Service](), slices.Sorted(maps.Keys(service.(map[string]any))), name)
			}
		})
	}
}

func TestOutputs_AreWhatVerificationParses(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			out, err := outputs.Parse(exportsOf(t, stack))
			require.NoError(t, err)
			assert.Equal(t, stack, out.Stack)
			assert.Equal(t, "v1.0.0", out.Version)
			assert.Equal(t, record.Digest, out.Services["backend"].ImageDigest)
			assert.Contains(t, out.Services["backend"].TaskDefinitionArn, "task-definition/")
		})
	}
}

// What is exported is what was declared: a name that only outputs.go knows would send verification to the wrong place.
func TestOutputs_NameWhatIsDeclared(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			graph := graphOf(t, stack)
			out, err := outputs.Parse(exportsOf(t, stack))
			require.NoError(t, err)
			assert.Equal(t, []string{out.ClusterName}, inputsOf(graph, "aws:ecs/cluster:Cluster", "name"))
			assert.Equal(t, []string{out.DatabaseIdentifier}, inputsOf(graph, "aws:rds/instance:Instance", "identifier"))
			assert.Equal(t, []string{out.CacheID}, inputsOf(graph, "aws:elasticache/replicationGroup:ReplicationGroup", "replicationGroupId"))
			assert.Equal(t, []string{out.DashboardName}, inputsOf(graph, "aws:cloudwatch/dashboard:Dashboard", "dashboardName"))
			assert.Contains(t, inputsOf(graph, "aws:s3/bucketV2:BucketV2", "bucket"), out.DocumentsBucket)
			assert.ElementsMatch(t, inputsOf(graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "name"), out.AlarmNames)
			for name, service := range out.Services {
				assert.Contains(t, inputsOf(graph, "aws:ecs/service:Service", "name"), service.ServiceName, name)
				assert.Contains(t, inputsOf(graph, "aws:cloudwatch/logGroup:LogGroup", "name"), service.LogGroup, name)
				assert.Equal(t, graph.One(t, "aws:ecs/service:Service", name).Get("desiredCount"), float64(service.MinimumTasks), name)
				assert.Equal(t, graph.One(t, "aws:lb/listenerRule:ListenerRule", name+"-route").Get("conditions.0.hostHeader.values.0"), service.Host, name)
			}
			assert.Len(t, out.SecretArns, len(graph.Of("aws:secretsmanager/secret:Secret"))-1, "all but the smoke user's")
			assert.NotContains(t, slices.Collect(maps.Values(out.SecretArns)), out.SmokeSecretArn)
			assert.Equal(t, []string{out.MailIdentity}, inputsOf(graph, "aws:ses/domainIdentity:DomainIdentity", "domain"))
		})
	}
}

// What is measured is what alarms: the same metric, dimensions, limit and direction.
func TestOutputs_MeasureWhatTheAlarmsWatch(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			alarms := map[string]record.Resource{}
			for _, r := range graphOf(t, stack).Of("aws:cloudwatch/metricAlarm:MetricAlarm") {
				name, _ := r.Get("name").(string)
				alarms[name] = r
			}
			out, err := outputs.Parse(exportsOf(t, stack))
			require.NoError(t, err)
			names := map[string]bool{}
			for _, o := range out.Objectives {
				names[o.Name] = true
				r, exists := alarms[o.AlarmName]
				require.True(t, exists, "%s: no alarm %s", o.Name, o.AlarmName)
				assert.Equal(t, r.Get("threshold"), o.Threshold, o.Name)
				assert.Equal(t, r.Get("comparisonOperator"), o.Comparison, o.Name)
				assert.Equal(t, r.Get("treatMissingData"), o.MissingData, o.Name)
				if o.Expression == "" {
					assert.Equal(t, r.Get("metricName"), o.Metrics[0].Name, o.Name)
					assert.Equal(t, r.Get("namespace"), o.Metrics[0].Namespace, o.Name)
					dimensions, _ := r.Get("dimensions").(map[string]any) // an account's metrics have none
					assert.Len(t, o.Metrics[0].Dimensions, len(dimensions), o.Name)
					assert.Subset(t, anyMap(o.Metrics[0].Dimensions), dimensions, o.Name)
					continue
				}
				for i, m := range o.Metrics {
					at := fmt.Sprintf("metricQueries.%d.metric.", i)
					assert.Equal(t, r.Get(at+"metricName"), m.Name, o.Name)
					assert.Equal(t, r.Get(at+"dimensions"), anyMap(m.Dimensions), o.Name)
				}
				// Too few samples are none of verification's business but of the alarm's, which wraps the same expression.
				wrapped := `^(IF\(.+, )?` + regexp.QuoteMeta(o.Expression) + `(, [0-9]+\))?$`
				assert.Regexp(t, wrapped, r.Get(fmt.Sprintf("metricQueries.%d.expression", len(o.Metrics))), o.Name)
			}
			for _, wanted := range []string{
				"backend-error-rate", "backend-latency", "backend-cpu", "backend-memory", "frontend-latency", "front-error-rate",
				"database-connections", "cache-001-hit-rate",
			} {
				assert.True(t, names[wanted], "%s is not measured", wanted)
			}
			assert.False(t, names["backend-missing-tasks"], "tasks are looked at themselves")
		})
	}
}

func anyMap(values map[string]string) map[string]any {
	out := map[string]any{}
	for key, value := range values {
		out[key] = value
	}
	return out
}

// inputsOf are one text input of every resource of a type.
func inputsOf(graph *record.Graph, typ, path string) []string {
	var values []string
	for _, r := range graph.Of(typ) {
		text, _ := r.Get(path).(string)
		values = append(values, text)
	}
	return values
}
