package service

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/slo"
)

// declareAlarms declares the alarms before the service, as a deployment names those that roll it back. Their
// dimensions are names that the program sets, never outputs of the service: that would be a cycle.
func (b *builder) declareAlarms() error {
	for _, one := range []struct {
		suffix string
		scope  slo.Scope
		target alarm.Target
	}{
		{"alarms", slo.Service, alarm.Target{Role: b.Name, Dimensions: map[string]pulumi.StringInput{
			"ClusterName": pulumi.String(b.args.ClusterName), "ServiceName": pulumi.String(b.args.Service),
		}}},
		{"route-alarms", slo.Routed, alarm.Target{Role: b.Name, Dimensions: b.routeDimensions()}},
		{"log-alarms", slo.Logs, alarm.Target{Role: b.Name, LogGroup: b.logGroup}},
	} {
		if one.scope == slo.Routed && !b.spec.Routed() {
			continue
		}
		set, err := b.watch(one.suffix, one.scope, one.target)
		if err != nil {
			return err
		}
		b.addRollbackAlarms(set)
	}
	if b.spec.Routed() {
		b.addRollbackAlarms(b.args.LoadBalancer.Alarms)
	}
	slices.Sort(b.rollback)
	return nil
}

// declareAvailability declares the alarm on the service being there. It waits for the service: that nothing runs is no
// outage before the first deployment.
func (b *builder) declareAvailability() error {
	if !b.spec.Routed() || b.args.ScaledToZero {
		return nil
	}
	_, err := b.watch("availability-alarms", slo.Availability, alarm.Target{
		Role: b.Name, After: b.svc.Deployed, Dimensions: b.routeDimensions(),
	})
	return err
}

// muteAvailability mutes that alarm before the service is scaled to zero on purpose: somebody is restoring its database.
// The update that brings the service back lets it page again.
func (b *builder) muteAvailability() error {
	if !b.spec.Routed() || !b.args.ScaledToZero {
		return nil
	}
	set, err := b.watch("availability-alarms", slo.Availability, alarm.Target{Role: b.Name, Muted: true, Dimensions: b.routeDimensions()})
	if err != nil {
		return err
	}
	b.before = append(b.before, set.Resources...)
	return nil
}

// watch declares a set of alarms.
func (b *builder) watch(suffix string, scope slo.Scope, target alarm.Target) (*alarm.Set, error) {
	set, err := alarm.New(b.Ctx, b.Name+"-"+suffix, scope, target, b.args.Alarms, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", scope, err)
	}
	b.svc.Watched = append(b.svc.Watched, set)
	b.svc.Alarms = append(b.svc.Alarms, set.Names...)
	slices.Sort(b.svc.Alarms)
	return set, nil
}

func (b *builder) routeDimensions() map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{"TargetGroup": b.svc.TargetGroupSuffix, "LoadBalancer": b.args.LoadBalancer.ArnSuffix}
}

// addRollbackAlarms adds those alarms of a set that roll a deployment back. The service waits for the set, as ECS takes
// no name of an alarm that does not exist.
//
//runbook:trouble.high#7 has ECS take a deployment back by itself while errors, slowness or an outage fire their alarms.
func (b *builder) addRollbackAlarms(set *alarm.Set) {
	b.rollback = append(b.rollback, set.Rollback...)
	b.before = append(b.before, set.Resources...)
}
