package cache

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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
func logDelivery(
	ctx *pulumi.Context, name string, spec Spec, args Args, parent pulumi.ResourceOption,
) (elasticache.ReplicationGroupLogDeliveryConfigurationArray, error) {
	var out elasticache.ReplicationGroupLogDeliveryConfigurationArray
	for _, log := range []string{"engine-log", "slow-log"} {
		group, err := cloudwatch.NewLogGroup(ctx, name+"-"+log, &cloudwatch.LogGroupArgs{
			Name:            pulumi.Sprintf("/aws/vendedlogs/elasticache/%s/%s", args.ReplicationGroupID, log),
			RetentionInDays: pulumi.Int(spec.LogDays),
			KmsKeyId:        args.LogKeyArn,
		}, parent, pulumi.Protect(args.Protected))
		if err != nil {
			return nil, fmt.Errorf("log group %s: %w", log, err)
		}
		out = append(out, elasticache.ReplicationGroupLogDeliveryConfigurationArgs{
			LogType: pulumi.String(log), LogFormat: pulumi.String("json"),
			DestinationType: pulumi.String("cloudwatch-logs"), Destination: group.Name,
		})
	}
	return out, nil
}
