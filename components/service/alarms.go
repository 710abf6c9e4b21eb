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
	if err := b.declareAlarmSet("alarms", slo.Service, alarm.Target{Dimensions: map[string]pulumi.StringInput{
		"ClusterName": pulumi.String(b.args.ClusterName), "ServiceName": pulumi.String(b.args.Service),
	}}); err != nil {
		return err
	}
	if b.spec.Routed() {
		if err := b.declareAlarmSet("route-alarms", slo.Routed, alarm.Target{Dimensions: map[string]pulumi.StringInput{
			"TargetGroup": b.svc.TargetGroupSuffix, "LoadBalancer": b.args.LoadBalancer.ArnSuffix,
		}}); err != nil {
			return err
		}
		b.addRollbackAlarms(b.args.LoadBalancer.Alarms)
	}
	if err := b.declareAlarmSet("log-alarms", slo.Logs, alarm.Target{LogGroup: b.logGroup}); err != nil {
		return err
	}
	slices.Sort(b.svc.Alarms)
	slices.Sort(b.rollback)
	return nil
}

func (b *builder) declareAlarmSet(suffix string, scope slo.Scope, target alarm.Target) error {
	target.Role = b.Name
	set, err := alarm.New(b.Ctx, b.Name+"-"+suffix, scope, target, b.args.Alarms, b.Parent)
	if err != nil {
		return fmt.Errorf("%s: %w", scope, err)
	}
	b.svc.Watched = append(b.svc.Watched, set)
	b.svc.Alarms = append(b.svc.Alarms, set.Names...)
	b.addRollbackAlarms(set)
	return nil
}

// addRollbackAlarms adds those alarms of a set that roll a deployment back. The service waits for the set, as ECS takes
// no name of an alarm that does not exist.
//
//runbook:trouble.high#7 has ECS take a deployment back by itself while errors, slowness or an outage fire their alarms.
func (b *builder) addRollbackAlarms(set *alarm.Set) {
	b.rollback = append(b.rollback, set.Rollback...)
	b.before = append(b.before, set.Resources...)
}
