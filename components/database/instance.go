package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
)

// waits are how long RDS may take. It backs a restored instance up before it is available, which was seen to take three hours
// (https://github.com/hashicorp/terraform-provider-aws/issues/44104), and the last snapshot before a deletion takes as long as
// any. With the provider's 40 minutes for a creation the update fails, and what RDS goes on to make lacks the settings that the
// provider sends once it is available, the password among them.
var waits = pulumi.CustomTimeouts{Create: "6h", Update: "6h", Delete: "3h"}

// instances declares one for each slot that has one, the one in use first. Shared is what they have in common of the
// database's other resources: a copy with another subnet, parameter or security group could be restored and not be reached.
// First is what must exist before an instance.
//
//runbook:rollback.2#2-3 restores a copy with the network, settings, encryption and protection of the first, and waits for it.
func instances(b *component.Builder, spec Spec, args Args, shared rds.InstanceArgs, first []pulumi.Resource) ([]*rds.Instance, error) {
	var instances []*rds.Instance
	for _, slot := range spec.Slots() {
		inputs := instanceArgs(spec, args, slot)
		inputs.VpcSecurityGroupIds, inputs.DbSubnetGroupName = shared.VpcSecurityGroupIds, shared.DbSubnetGroupName
		inputs.ParameterGroupName, inputs.MonitoringRoleArn = shared.ParameterGroupName, shared.MonitoringRoleArn
		instance, err := rds.NewInstance(b.Ctx, slot.of(b.Name), inputs, b.Parent,
			pulumi.Protect(args.Protected && !spec.expendable(slot)), pulumi.DependsOn(first), pulumi.Timeouts(&waits),
			// What an instance was made from is history. To the provider another snapshot is another database, and none
			// as well: that would delete the data once the restore is confirmed and no longer in the stack file.
			pulumi.IgnoreChanges([]string{"snapshotIdentifier", "restoreToPointInTime"}))
		if err != nil {
			return nil, fmt.Errorf("instance %s: %w", args.Identifiers[slot], err)
		}
		instances = append(instances, instance)
	}
	return instances, nil
}

// of is the logical name of what belongs to a slot.
func (s Slot) of(name string) string {
	if s == Restored {
		return name + "-restored"
	}
	return name
}

// instanceArgs is all of a slot's instance that does not come from a sibling resource.
func instanceArgs(spec Spec, args Args, slot Slot) *rds.InstanceArgs {
	inputs := &rds.InstanceArgs{
		Identifier:               pulumi.String(args.Identifiers[slot]),
		InstanceClass:            pulumi.String(spec.Class),
		Engine:                   pulumi.String("postgres"),
		EngineVersion:            pulumi.String(spec.EngineVersion),
		AllowMajorVersionUpgrade: pulumi.Bool(spec.AllowMajorUpgrade),
		AutoMinorVersionUpgrade:  pulumi.Bool(true),
		DbName:                   pulumi.String(args.DatabaseName),
		Username:                 pulumi.String(args.Username),
		Password:                 args.Password,
		Port:                     pulumi.Int(Port),

		KmsKeyId: args.KeyArn,

		MultiAz:                          pulumi.Bool(spec.MultiAZ),
		PubliclyAccessible:               pulumi.Bool(false),
		IamDatabaseAuthenticationEnabled: pulumi.Bool(true),
		// The 2048-bit authority is the one that every client's bundle holds; it is valid until 2061.
		CaCertIdentifier: pulumi.String("rds-ca-rsa2048-g1"),

		BackupRetentionPeriod:  pulumi.Int(spec.BackupDays),
		BackupWindow:           pulumi.String(spec.BackupWindow),
		MaintenanceWindow:      pulumi.String(spec.MaintenanceWindow),
		CopyTagsToSnapshot:     pulumi.Bool(true),
		DeleteAutomatedBackups: pulumi.Bool(!args.Protected),

		//runbook:trouble.slow#4 keeps what each statement costs, for Performance Insights.
		EnabledCloudwatchLogsExports:       pulumi.ToStringArray(exports),
		MonitoringInterval:                 pulumi.Int(spec.MonitoringSeconds),
		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsKmsKeyId:        args.KeyArn,
		PerformanceInsightsRetentionPeriod: pulumi.Int(spec.PerformanceInsightsDays),

		// A change that waits for the maintenance window has not happened when the deployment says it succeeded.
		ApplyImmediately:   pulumi.Bool(true),
		DeletionProtection: pulumi.Bool(args.Protected && !spec.expendable(slot)),
		SkipFinalSnapshot:  pulumi.Bool(!args.Protected),
		// Fixed: a second database that dies under this name must not overwrite the first one's last snapshot; AWS
		// refuses, and somebody looks.
		FinalSnapshotIdentifier: pulumi.String(args.Identifiers[slot] + "-final"),
	}
	spec.setStorage(inputs, slot)
	if spec.Restore != nil && slot != spec.Active() {
		// It dies by a restore, and so may one of this name again.
		inputs.FinalSnapshotIdentifier = pulumi.String(spec.Restore.LastSnapshot(args.Identifiers[slot]))
	}
	if spec.copied(slot) {
		spec.Restore.source(inputs, args.Identifiers[slot.Other()])
	}
	return inputs
}

// source says what a copy is made from. The master password that comes with the data is replaced by ours: the provider
// sets it as soon as the copy is there.
func (r Restore) source(args *rds.InstanceArgs, of string) {
	if r.Snapshot != "" {
		args.SnapshotIdentifier = pulumi.String(r.Snapshot)
		return
	}
	args.RestoreToPointInTime = rds.InstanceRestoreToPointInTimeArgs{
		SourceDbInstanceIdentifier: pulumi.String(of), RestoreTime: pulumi.String(r.Time),
	}
}
