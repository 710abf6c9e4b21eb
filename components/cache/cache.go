// Package cache declares the Redis of one environment: encrypted at rest and on the wire, reachable with a token from
// inside the VPC only.
//
//   - Nothing is evicted (noeviction), as the job queue is in it: a full cache refuses writes and an alarm tells. It is
//     snapshotted for the same reason.
//   - Cluster mode is off: the application's queue needs its keys on one shard.
//   - The id is fixed, so that a run that was cut short fails on its second try instead of making a second cache.
package cache

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/pattern"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Port is where the cache listens.
const Port = 6379

// Spec is what an operator decides about the cache. Times are UTC. A change is applied at once.
type Spec struct {
	// NodeType is the size of each node, e.g. cache.t4g.small.
	NodeType string `json:"nodeType"`
	// EngineVersion is Redis's version: 7.0 or 7.1. There is no way back to an earlier one.
	EngineVersion string `json:"engineVersion"`
	// Nodes counts the primary and its replicas, 1 to 6. Two or more lie in different zones and fail over.
	Nodes int `json:"nodes"`
	// SnapshotDays is how long the daily snapshot is kept, 1 to 35: queued jobs live here, not only copies.
	SnapshotDays int `json:"snapshotDays"`
	// SnapshotWindow is when the daily snapshot is taken, hh:mm-hh:mm, an hour or longer, outside the maintenance
	// window.
	SnapshotWindow string `json:"snapshotWindow"`
	// MaintenanceWindow is when AWS may patch, ddd:hh:mm-ddd:hh:mm, an hour or longer.
	MaintenanceWindow string `json:"maintenanceWindow"`
	// LogDays is how many days CloudWatch keeps the slow log and the engine log; one of the values that it offers.
	LogDays int `json:"logDays"`
	// TokenRotation counts the AUTH token's rotations: the next number makes a new one; the one before stays good
	// until the rotation after. Default: 0.
	TokenRotation int `json:"tokenRotation,omitempty"`
}

var nodeForm = regexp.MustCompile(`cache\.[a-z0-9]+\.[a-z0-9]+`)

// Validate returns every problem of the spec at once.
func (s Spec) Validate() error {
	return validate.All(
		validate.Match("nodeType", s.NodeType, nodeForm, "a node type such as cache.t4g.small"),
		validate.OneOf("engineVersion", s.EngineVersion, "7.0", "7.1"),
		validate.Range("nodes", s.Nodes, 1, 6),
		validate.Range("snapshotDays", s.SnapshotDays, 1, 35),
		validate.Match("snapshotWindow", s.SnapshotWindow, pattern.DailyWindow, "hh:mm-hh:mm"),
		validate.Match("maintenanceWindow", s.MaintenanceWindow, pattern.WeeklyWindow, "ddd:hh:mm-ddd:hh:mm, days in lower case"),
		validate.LogDays("logDays", s.LogDays),
		validate.Min("tokenRotation", s.TokenRotation, 0),
	)
}

// Args are what other components supply.
type Args struct {
	// ReplicationGroupID is the cache's fixed name. Changing it replaces the cache.
	ReplicationGroupID string
	VpcID              pulumi.StringInput
	// SubnetIDs are the data subnets, in two zones or more.
	SubnetIDs pulumi.StringArrayInput
	// KeyArn encrypts the data. Changing it replaces the cache.
	KeyArn pulumi.StringInput
	// LogKeyArn encrypts the logs: a key that CloudWatch Logs of this region may use.
	LogKeyArn pulumi.StringInput
	// Token is the AUTH token: 16 to 128 letters and digits (package secret's alphabet).
	Token pulumi.StringInput
	// Protected guards cache and logs against deletion in Pulumi and takes a last snapshot. ElastiCache has no
	// protection of its own.
	Protected bool
}

// Cache is a Redis primary with its replicas, reachable by whoever is given a rule on its security group.
type Cache struct {
	pulumi.ResourceState
	ReplicationGroupID string
	Arn                pulumi.StringOutput `pulumi:"arn"`
	PrimaryEndpoint    pulumi.StringOutput `pulumi:"primaryEndpoint"` // host name; follows a failover
	Port               pulumi.IntOutput    `pulumi:"port"`
	SecurityGroupID    pulumi.StringOutput `pulumi:"securityGroupId"`
	// URL is the connection string with the token in it; a secret. rediss: TLS.
	URL pulumi.StringOutput `pulumi:"url"`
}

// waits are how long ElastiCache may take: some fifteen minutes for a new group, a node after the other for another node type
// or version, and a last snapshot before a deletion.
var waits = pulumi.CustomTimeouts{Create: "90m", Update: "3h", Delete: "90m"}

// New declares the replication group and what it needs. The security group comes without rules: those who may connect
// bring their own.
//
//runbook:pre.2#5 declares the Redis replication group.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Cache, error) {
	cache := &Cache{ReplicationGroupID: args.ReplicationGroupID}
	b, err := component.New(ctx, "flowcomply:cache:Cache", name, cache, args, opts)
	if err != nil {
		return nil, err
	}
	group, err := b.SecurityGroup(name, args.ReplicationGroupID+"-cache", "Redis: from the services that are given access", args.VpcID)
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	subnets, err := elasticache.NewSubnetGroup(ctx, name, &elasticache.SubnetGroupArgs{
		Description: pulumi.String("Data subnets of " + args.ReplicationGroupID), SubnetIds: args.SubnetIDs,
	}, b.Parent)
	if err != nil {
		return nil, b.Errorf("subnet group: %w", err)
	}
	parameters, err := elasticache.NewParameterGroup(ctx, name, &elasticache.ParameterGroupArgs{
		Description: pulumi.String("Redis settings of " + args.ReplicationGroupID),
		Family:      pulumi.String("redis7"),
		Parameters: elasticache.ParameterGroupParameterArray{elasticache.ParameterGroupParameterArgs{
			Name: pulumi.String("maxmemory-policy"), Value: pulumi.String("noeviction"),
		}},
	}, b.Parent)
	if err != nil {
		return nil, b.Errorf("parameter group: %w", err)
	}
	logs, err := logDelivery(b, spec, args)
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	inputs := groupArgs(spec, args)
	inputs.SecurityGroupIds = pulumi.StringArray{group.ID()}
	inputs.SubnetGroupName = subnets.Name
	inputs.ParameterGroupName = parameters.Name
	inputs.LogDeliveryConfigurations = logs
	redis, err := elasticache.NewReplicationGroup(ctx, name, inputs, b.Parent, pulumi.Protect(args.Protected), pulumi.Timeouts(&waits))
	if err != nil {
		return nil, b.Errorf("replication group: %w", err)
	}
	cache.Arn, cache.PrimaryEndpoint = redis.Arn, redis.PrimaryEndpointAddress
	cache.Port = pulumi.Int(Port).ToIntOutput()
	cache.SecurityGroupID = group.ID().ToStringOutput()
	cache.URL = pulumi.Sprintf("rediss://:%s@%s:%d", pulumi.ToSecret(args.Token), redis.PrimaryEndpointAddress, Port)
	return cache, b.Done()
}

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
