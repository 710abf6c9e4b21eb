package cache

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
)

// groupArgs is all of the replication group that does not come from a sibling resource.
func groupArgs(spec Spec, args Args) *elasticache.ReplicationGroupArgs {
	several := spec.Nodes > 1
	inputs := &elasticache.ReplicationGroupArgs{
		ReplicationGroupId: pulumi.String(args.ReplicationGroupID),
		Description:        pulumi.String("Cache and job queue of " + args.ReplicationGroupID),
		Engine:             pulumi.String("redis"),
		EngineVersion:      pulumi.String(spec.EngineVersion),
		NodeType:           pulumi.String(spec.NodeType),
		Port:               pulumi.Int(Port),

		NumCacheClusters:         pulumi.Int(spec.Nodes),
		AutomaticFailoverEnabled: pulumi.Bool(several),
		MultiAzEnabled:           pulumi.Bool(several),

		AtRestEncryptionEnabled:  pulumi.Bool(true),
		KmsKeyId:                 args.KeyArn,
		TransitEncryptionEnabled: pulumi.Bool(true),
		TransitEncryptionMode:    pulumi.String("required"),
		AuthToken:                args.Token,
		// ROTATE leaves the token before good beside the new one, so tasks that still run with it keep working until
		// they are replaced.
		AuthTokenUpdateStrategy: pulumi.String("ROTATE"),

		SnapshotRetentionLimit:  pulumi.Int(spec.SnapshotDays),
		SnapshotWindow:          pulumi.String(spec.SnapshotWindow),
		MaintenanceWindow:       pulumi.String(spec.MaintenanceWindow),
		AutoMinorVersionUpgrade: pulumi.Bool(true),
		// A change that waits for the maintenance window has not happened when the deployment says it succeeded; a
		// token cannot be rotated otherwise at all.
		ApplyImmediately: pulumi.Bool(true),
	}
	if args.Protected {
		inputs.FinalSnapshotIdentifier = pulumi.String(args.ReplicationGroupID + "-final")
	}
	return inputs
}

// logDelivery declares a log group for each of the cache's two logs and says how they get there. The names start with
// /aws/vendedlogs/, which AWS's delivery service may write to without an entry for each group in a policy of limited
// size. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
func logDelivery(b *component.Builder, spec Spec, args Args) (elasticache.ReplicationGroupLogDeliveryConfigurationArray, error) {
	var out elasticache.ReplicationGroupLogDeliveryConfigurationArray
	for _, log := range []string{"engine-log", "slow-log"} {
		path := fmt.Sprintf("/aws/vendedlogs/elasticache/%s/%s", args.ReplicationGroupID, log)
		group, err := b.LogGroup(b.Name+"-"+log, path, spec.LogDays, args.LogKeyArn, pulumi.Protect(args.Protected))
		if err != nil {
			return nil, err
		}
		out = append(out, elasticache.ReplicationGroupLogDeliveryConfigurationArgs{
			LogType: pulumi.String(log), LogFormat: pulumi.String("json"),
			DestinationType: pulumi.String("cloudwatch-logs"), Destination: group.Name,
		})
	}
	return out, nil
}
