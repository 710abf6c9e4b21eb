// Package cache declares the Redis of one environment: encrypted at rest and on the wire, reachable with a token from
// inside the VPC only.
//
// Decisions: it holds the job queue beside cached values, so nothing is evicted (noeviction: a full cache refuses
// writes and an alarm tells, instead of jobs vanishing) and it is snapshotted; cluster mode is off, because the
// application's queue needs its keys on one shard; the id is fixed, so that a run that was cut short fails on its second
// try instead of making a second cache.
package cache

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Port is where the cache listens.
const Port = 6379

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

// New declares the replication group and what it needs. The security group comes without rules: those who may connect
// bring their own.
//
//runbook:pre.2#5 declares the Redis replication group.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Cache, error) {
	component := &Cache{ReplicationGroupID: args.ReplicationGroupID}
	if err := ctx.RegisterComponentResource("flowcomply:cache:Cache", name, component, opts...); err != nil {
		return nil, fmt.Errorf("cache %q: %w", name, err)
	}
	parent := pulumi.Parent(component)
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       args.VpcID,
		Description: pulumi.String("Redis: from the services that are given access"),
		Tags:        pulumi.StringMap{"Name": pulumi.String(args.ReplicationGroupID + "-cache")},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("cache %q: security group: %w", name, err)
	}
	subnets, err := elasticache.NewSubnetGroup(ctx, name, &elasticache.SubnetGroupArgs{
		Description: pulumi.String("Data subnets of " + args.ReplicationGroupID), SubnetIds: args.SubnetIDs,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("cache %q: subnet group: %w", name, err)
	}
	parameters, err := elasticache.NewParameterGroup(ctx, name, &elasticache.ParameterGroupArgs{
		Description: pulumi.String("Redis settings of " + args.ReplicationGroupID),
		Family:      pulumi.String("redis7"),
		Parameters: elasticache.ParameterGroupParameterArray{elasticache.ParameterGroupParameterArgs{
			Name: pulumi.String("maxmemory-policy"), Value: pulumi.String("noeviction"),
		}},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("cache %q: parameter group: %w", name, err)
	}
	logs, err := logDelivery(ctx, name, spec, args, parent)
	if err != nil {
		return nil, fmt.Errorf("cache %q: %w", name, err)
	}
	inputs := groupArgs(spec, args)
	inputs.SecurityGroupIds = pulumi.StringArray{group.ID()}
	inputs.SubnetGroupName = subnets.Name
	inputs.ParameterGroupName = parameters.Name
	inputs.LogDeliveryConfigurations = logs
	redis, err := elasticache.NewReplicationGroup(ctx, name, inputs, parent, pulumi.Protect(args.Protected))
	if err != nil {
		return nil, fmt.Errorf("cache %q: replication group: %w", name, err)
	}
	component.Arn, component.PrimaryEndpoint = redis.Arn, redis.PrimaryEndpointAddress
	component.Port = pulumi.Int(Port).ToIntOutput()
	component.SecurityGroupID = group.ID().ToStringOutput()
	component.URL = pulumi.Sprintf("rediss://:%s@%s:%d", pulumi.ToSecret(args.Token), redis.PrimaryEndpointAddress, Port)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"arn": component.Arn, "primaryEndpoint": component.PrimaryEndpoint, "port": component.Port,
		"securityGroupId": component.SecurityGroupID, "url": component.URL,
	})
}
