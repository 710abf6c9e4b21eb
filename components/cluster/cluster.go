// Package cluster declares the ECS cluster that all services of one environment run on, on Fargate only.
//
//   - Both log groups that AWS writes for a cluster are declared here. Those that AWS creates by itself have neither a
//     key of ours nor an end to their retention.
package cluster

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// What Container Insights measures.
const (
	Enabled  = "enabled"  // cluster and service
	Enhanced = "enhanced" // also task and container, at a price per metric
)

// Spec is what an operator decides about the cluster.
type Spec struct {
	// ContainerInsights is how much is measured: enabled (cluster and service) or enhanced (also task and
	// container, paid per metric). The alarms on task counts need one of the two, so that off is not offered.
	ContainerInsights string `json:"containerInsights"`
	// InsightsLogDays is how many days the measurements' log is kept; one of the values that CloudWatch offers.
	InsightsLogDays int `json:"insightsLogDays"`
	// ExecLogDays is how many days the record of ECS Exec sessions is kept; one of the values that CloudWatch offers.
	ExecLogDays int `json:"execLogDays"`
}

// Validate checks the spec and returns every problem.
func (s Spec) Validate() error {
	return validate.All(
		validate.OneOf("containerInsights", s.ContainerInsights, Enabled, Enhanced),
		validate.LogDays("insightsLogDays", s.InsightsLogDays),
		validate.LogDays("execLogDays", s.ExecLogDays),
	)
}

// Args are what infra and other components supply; all of it is needed.
type Args struct {
	Name      string             // the cluster's name; changing it replaces the cluster and every service on it
	LogKeyArn pulumi.StringInput // encrypts both logs and the ECS Exec sessions
	Protected bool               // keeps the record of ECS Exec sessions from being destroyed
}

// Cluster is an ECS cluster.
type Cluster struct {
	pulumi.ResourceState

	Name             string // the cluster's name
	ExecLogGroupName string // where ECS Exec sessions are recorded

	Arn             pulumi.StringOutput `pulumi:"arn"`
	ExecLogGroupArn pulumi.StringOutput `pulumi:"execLogGroupArn"` // without the trailing :*
}

// New declares the cluster, its log groups and its capacity provider.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	cluster := &Cluster{Name: args.Name, ExecLogGroupName: "/ecs/exec/" + args.Name}
	b, err := component.New(ctx, "flowcomply:cluster:Cluster", name, cluster, args, opts)
	if err != nil {
		return nil, err
	}
	exec, err := b.LogGroup(name+"-exec", cluster.ExecLogGroupName, spec.ExecLogDays, args.LogKeyArn, pulumi.Protect(args.Protected))
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	// Not protected, as it is no record: metrics have been made of it already, and they stay. The name is AWS's:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference.html.
	insights, err := b.LogGroup(name+"-insights", "/aws/ecs/containerinsights/"+args.Name+"/performance", spec.InsightsLogDays, args.LogKeyArn)
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	declared, err := ecs.NewCluster(ctx, name, &ecs.ClusterArgs{
		Name:          pulumi.String(args.Name),
		Settings:      ecs.ClusterSettingArray{ecs.ClusterSettingArgs{Name: pulumi.String("containerInsights"), Value: pulumi.String(spec.ContainerInsights)}},
		Configuration: ecs.ClusterConfigurationArgs{ExecuteCommandConfiguration: sessions(exec.Name, args)},
	}, b.Parent, pulumi.DependsOn([]pulumi.Resource{insights})) // or AWS creates that group first
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	if err := fargate(b, declared); err != nil {
		return nil, b.Errorf("capacity provider: %w", err)
	}
	cluster.Arn, cluster.ExecLogGroupArn = declared.Arn, exec.Arn
	return cluster, b.Done()
}

// sessions encrypts every ECS Exec session and records it.
//
//runbook:3.1#2 encrypts and records ECS Exec, which remains the way into a running task.
func sessions(logGroup pulumi.StringOutput, args Args) ecs.ClusterConfigurationExecuteCommandConfigurationArgs {
	return ecs.ClusterConfigurationExecuteCommandConfigurationArgs{
		KmsKeyId: args.LogKeyArn,
		Logging:  pulumi.String("OVERRIDE"),
		LogConfiguration: ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs{
			CloudWatchEncryptionEnabled: pulumi.Bool(true), // ECS then refuses a group without a key
			CloudWatchLogGroupName:      logGroup.ToStringPtrOutput(),
		},
	}
}

// fargate makes Fargate what a task gets that is started by hand and names no launch type; services name theirs.
// FARGATE_SPOT is left out: AWS takes its tasks away at two minutes' notice.
func fargate(b *component.Builder, cluster *ecs.Cluster) error {
	_, err := ecs.NewClusterCapacityProviders(b.Ctx, b.Name+"-capacity", &ecs.ClusterCapacityProvidersArgs{
		ClusterName:       cluster.Name,
		CapacityProviders: pulumi.StringArray{pulumi.String("FARGATE")},
		DefaultCapacityProviderStrategies: ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArray{
			ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs{CapacityProvider: pulumi.String("FARGATE"), Weight: pulumi.Int(1)},
		},
	}, b.Parent)
	return err
}
