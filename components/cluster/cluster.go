// Package cluster declares the ECS cluster that all services of one environment run on, on Fargate only.
//
// Both log groups that AWS writes for a cluster are declared here: those that AWS creates by itself have neither a
// key of ours nor an end to their retention.
package cluster

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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
	if err := validate.All(spec.Validate(), args.check()); err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	cluster := &Cluster{Name: args.Name, ExecLogGroupName: "/ecs/exec/" + args.Name}
	if err := ctx.RegisterComponentResource("flowcomply:cluster:Cluster", name, cluster, opts...); err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	parent := pulumi.Parent(cluster)
	exec, err := cloudwatch.NewLogGroup(ctx, name+"-exec", logGroup(cluster.ExecLogGroupName, spec.ExecLogDays, args), parent, pulumi.Protect(args.Protected))
	if err != nil {
		return nil, fmt.Errorf("cluster %q: exec log group: %w", name, err)
	}
	// Not protected, as it is no record: metrics have been made of it already, and they stay. The name is AWS's:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference.html.
	insights, err := cloudwatch.NewLogGroup(ctx, name+"-insights",
		logGroup("/aws/ecs/containerinsights/"+args.Name+"/performance", spec.InsightsLogDays, args), parent)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: insights log group: %w", name, err)
	}
	declared, err := ecs.NewCluster(ctx, name, &ecs.ClusterArgs{
		Name:          pulumi.String(args.Name),
		Settings:      ecs.ClusterSettingArray{ecs.ClusterSettingArgs{Name: pulumi.String("containerInsights"), Value: pulumi.String(spec.ContainerInsights)}},
		Configuration: ecs.ClusterConfigurationArgs{ExecuteCommandConfiguration: sessions(exec.Name, args)},
	}, parent, pulumi.DependsOn([]pulumi.Resource{insights})) // or AWS creates that group first
	if err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	if err := fargate(ctx, name, declared, parent); err != nil {
		return nil, fmt.Errorf("cluster %q: capacity provider: %w", name, err)
	}
	cluster.Arn, cluster.ExecLogGroupArn = declared.Arn, exec.Arn
	return cluster, ctx.RegisterResourceOutputs(cluster, pulumi.Map{"arn": cluster.Arn, "execLogGroupArn": cluster.ExecLogGroupArn})
}

func (args Args) check() error {
	var errs []error
	if args.Name == "" {
		errs = append(errs, fmt.Errorf("args: name: is empty"))
	}
	if args.LogKeyArn == nil {
		errs = append(errs, fmt.Errorf("args: log key arn: is missing"))
	}
	return validate.All(errs...)
}

func logGroup(name string, days int, args Args) *cloudwatch.LogGroupArgs {
	return &cloudwatch.LogGroupArgs{
		Name: pulumi.String(name), RetentionInDays: pulumi.Int(days), KmsKeyId: args.LogKeyArn.ToStringOutput().ToStringPtrOutput(),
	}
}

// sessions encrypts every ECS Exec session and records it.
//
//runbook:3.1#2 encrypts and records ECS Exec, which remains the way into a running task.
func sessions(logGroup pulumi.StringOutput, args Args) ecs.ClusterConfigurationExecuteCommandConfigurationArgs {
	return ecs.ClusterConfigurationExecuteCommandConfigurationArgs{
		KmsKeyId: args.LogKeyArn.ToStringOutput().ToStringPtrOutput(),
		Logging:  pulumi.String("OVERRIDE"),
		LogConfiguration: ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs{
			CloudWatchEncryptionEnabled: pulumi.Bool(true), // ECS then refuses a group without a key
			CloudWatchLogGroupName:      logGroup.ToStringPtrOutput(),
		},
	}
}

// fargate makes Fargate what a task gets that is started by hand and names no launch type; services name theirs.
// FARGATE_SPOT is left out: AWS takes its tasks away at two minutes' notice.
func fargate(ctx *pulumi.Context, name string, cluster *ecs.Cluster, parent pulumi.ResourceOption) error {
	_, err := ecs.NewClusterCapacityProviders(ctx, name+"-capacity", &ecs.ClusterCapacityProvidersArgs{
		ClusterName:       cluster.Name,
		CapacityProviders: pulumi.StringArray{pulumi.String("FARGATE")},
		DefaultCapacityProviderStrategies: ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArray{
			ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs{CapacityProvider: pulumi.String("FARGATE"), Weight: pulumi.Int(1)},
		},
	}, parent)
	return err
}
