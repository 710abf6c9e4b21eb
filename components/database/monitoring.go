package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/iampolicy"
)

// exports are the instance's logs that go to CloudWatch.
var exports = []string{"postgresql", "upgrade"}

// prerequisites declares the monitoring role and the log groups, and returns the role beside everything that must
// exist before an instance. RDS would make the groups itself, unencrypted and kept for ever. Role and groups are those of
// both slots, whichever have an instance: a restore then changes nothing that it would have to wait for, and the log of
// an instance that was dropped is kept as long as any.
func prerequisites(b *component.Builder, spec Spec, args Args) (*iam.Role, []pulumi.Resource, error) {
	var sources []string
	for _, slot := range []Slot{Main, Restored} {
		sources = append(sources, fmt.Sprintf("arn:aws:rds:%s:%s:db:%s", args.Region, args.AccountID, args.Identifiers[slot]))
	}
	role, err := iam.NewRole(b.Ctx, b.Name+"-monitoring", &iam.RoleArgs{
		Description:      pulumi.String("Writes the operating system's metrics of " + args.Identifiers[Main]),
		AssumeRolePolicy: pulumi.String(iampolicy.Assume("monitoring.rds.amazonaws.com", args.AccountID, sources...)),
	}, b.Parent)
	if err != nil {
		return nil, nil, fmt.Errorf("monitoring role: %w", err)
	}
	write, err := iam.NewRolePolicyAttachment(b.Ctx, b.Name+"-monitoring", &iam.RolePolicyAttachmentArgs{
		Role: role.Name, PolicyArn: pulumi.String("arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"),
	}, b.Parent)
	if err != nil {
		return nil, nil, fmt.Errorf("monitoring role: policy: %w", err)
	}
	first := []pulumi.Resource{write}
	for _, slot := range []Slot{Main, Restored} {
		for _, log := range exports {
			path := fmt.Sprintf("/aws/rds/instance/%s/%s", args.Identifiers[slot], log) // RDS decides on the name
			group, err := b.LogGroup(slot.of(b.Name)+"-"+log, path, spec.LogDays, args.LogKeyArn, pulumi.Protect(args.Protected))
			if err != nil {
				return nil, nil, err
			}
			first = append(first, group)
		}
	}
	return role, first, nil
}

// instanceEvents are the categories of an instance's events that operations hear of: all but backup and creation, which are
// daily work, and what a database of this program does not have. DB security groups were EC2-Classic's; that an instance joins
// or leaves a security group of a VPC is a configuration change.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
var instanceEvents = []string{
	"availability", "configuration change", "deletion", "failover", "failure", "low storage", "maintenance", "notification", "recovery",
}

// subscribe tells operations what happens to the instances and to their parameter group, and to no other's.
func subscribe(b *component.Builder, topic pulumi.StringInput, instances []*rds.Instance, parameters *rds.ParameterGroup) error {
	var ids pulumi.StringArray
	for _, instance := range instances {
		ids = append(ids, instance.Identifier)
	}
	for _, of := range []struct {
		name, kind string
		ids        pulumi.StringArray
		events     []string
	}{
		{b.Name, "db-instance", ids, instanceEvents},
		{b.Name + "-parameters", "db-parameter-group", pulumi.StringArray{parameters.Name}, []string{"configuration change"}},
	} {
		if _, err := rds.NewEventSubscription(b.Ctx, of.name, &rds.EventSubscriptionArgs{
			SnsTopic: topic, SourceType: pulumi.String(of.kind), SourceIds: of.ids, EventCategories: pulumi.ToStringArray(of.events),
		}, b.Parent); err != nil {
			return fmt.Errorf("event subscription: %s: %w", of.kind, err)
		}
	}
	return nil
}
