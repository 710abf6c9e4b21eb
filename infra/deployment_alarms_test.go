package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/awschecks"
)

// These tests hold which alarms judge which deployment: what package slo and docs/alarms.md say is what ECS is told.
// They do not prove that ECS goes back when one fires.

// deploymentAlarms are the names that a service's deployments are judged by, sorted as ECS is given them.
func deploymentAlarms(r record.Resource) []string {
	var names []string
	listed, _ := r.Get("alarms.alarmNames").([]any)
	for _, name := range listed {
		names = append(names, name.(string))
	}
	return names
}

func TestRollback_EveryMarkedAlarmJudgesTheDeploymentsItIsAbout(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			spec, err := stacks.Load(sourceOf(t, stack))
			require.NoError(t, err)
			for _, name := range spec.Images() {
				var want []string
				for _, row := range slo.Objectives() {
					if !row.Rollback || !spec.Services[name].Routed() {
						continue
					}
					switch row.Scope {
					case slo.Routed:
						want = append(want, row.AlarmName(spec.Naming.Stack, name))
					case slo.LoadBalancer:
						want = append(want, row.AlarmName(spec.Naming.Stack, "front"))
					default:
						t.Errorf("%s rolls back, and nothing says whose deployment", row.Anchor)
					}
				}
				slices.Sort(want)
				service := graphOf(t, stack).One(t, serviceType, name)
				assert.Equal(t, want, deploymentAlarms(service), name)
				assert.Equal(t, len(want) > 0, service.Get("alarms.rollback") == true, name)
			}
		})
	}
}

// ECS bakes a deployment for as long as its alarms look back, and verification waits for that, with ten minutes to spare for what
// else AWS does meanwhile.
func TestRollback_AlarmsLookBackNoLongerThanVerificationWaits(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			graph := graphOf(t, stack)
			judging := map[string]bool{}
			for _, service := range graph.Of(serviceType) {
				for _, name := range deploymentAlarms(service) {
					judging[name] = true
				}
			}
			require.NotEmpty(t, judging)
			for _, alarm := range graph.Of(alarmType) {
				if !judging[alarm.Get("name").(string)] {
					continue
				}
				period, _ := alarm.Get("period").(float64)
				queries, _ := alarm.Get("metricQueries").([]any)
				for _, query := range queries {
					if metric, ok := query.(map[string]any)["metric"].(map[string]any); ok {
						period = max(period, metric["period"].(float64))
					}
				}
				require.Positive(t, period, alarm.String())
				bake := time.Duration(period * alarm.Get("evaluationPeriods").(float64) * float64(time.Second))
				assert.LessOrEqual(t, bake, awschecks.RolloutTime-10*time.Minute, alarm.String())
			}
		})
	}
}

// ECS refuses a service that names an alarm which does not exist, so that the alarms come first. None that judges deployments
// waits for a service, or neither could be made. The alarm on a service being there does: before the first deployment silence is
// no outage.
func TestRollback_AlarmsComeBeforeTheService(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			graph := graphOf(t, stack)
			named := map[string]record.Resource{}
			for _, alarm := range graph.Of(alarmType) {
				named[alarm.Get("name").(string)] = alarm
			}
			for _, service := range graph.Of(serviceType) {
				for _, name := range deploymentAlarms(service) {
					require.Contains(t, named, name, "%s: there is no such alarm", service)
					assert.True(t, slices.ContainsFunc(service.DependsOn, func(urn string) bool {
						return strings.HasSuffix(urn, alarmType+"::"+named[name].Name)
					}), "%s does not wait for %s", service, name)
					for _, on := range named[name].DependsOn {
						assert.NotContains(t, on, serviceType+"::", name)
					}
				}
				unavailable := graph.One(t, alarmType, service.Name+"-availability-alarms-unavailable")
				assert.True(t, waits(graph, alarmType+"::"+unavailable.Name, serviceType+"::"+service.Name), "%s: before its service, silence pages", unavailable)
				assert.NotContains(t, deploymentAlarms(service), unavailable.Get("name"), "one that fires before a deployment has it not monitored")
			}
		})
	}
}
