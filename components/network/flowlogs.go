package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/iampolicy"
)

// flowLogs records who spoke to whom, accepted and refused, in a log group that people search by its fixed name.
func (b *build) flowLogs() error {
	name := b.child("flow-logs")
	group, err := b.LogGroup(name, groupName(b.args.Label), b.spec.FlowLogDays, b.args.LogKeyArn, pulumi.Protect(b.args.Protected))
	if err != nil {
		return fmt.Errorf("flow logs: %w", err)
	}
	role, err := iam.NewRole(b.Ctx, name, &iam.RoleArgs{
		Description: pulumi.String("Writes the VPC's flow logs"),
		AssumeRolePolicy: pulumi.String(iampolicy.Assume("vpc-flow-logs.amazonaws.com", b.args.AccountID,
			fmt.Sprintf("arn:aws:ec2:%s:%s:vpc-flow-log/*", b.args.Region, b.args.AccountID))),
	}, b.Parent)
	if err != nil {
		return fmt.Errorf("flow logs: role: %w", err)
	}
	write, err := iam.NewRolePolicy(b.Ctx, name, &iam.RolePolicyArgs{
		Role:   role.ID(),
		Policy: pulumi.String(flowLogPolicy(b.args.Region, b.args.AccountID, b.args.Label)),
	}, b.Parent)
	if err != nil {
		return fmt.Errorf("flow logs: role policy: %w", err)
	}
	if _, err := ec2.NewFlowLog(b.Ctx, name, &ec2.FlowLogArgs{
		VpcId:                  b.vpc.ID(),
		TrafficType:            pulumi.String("ALL"),
		LogDestinationType:     pulumi.String("cloud-watch-logs"),
		LogDestination:         group.Arn,
		IamRoleArn:             role.Arn,
		MaxAggregationInterval: pulumi.Int(60), // seconds; the other choice, 600, is too coarse to follow an incident
		Tags:                   b.tag("flow-logs"),
	}, b.Parent, pulumi.DependsOn([]pulumi.Resource{write})); err != nil {
		return fmt.Errorf("flow logs: %w", err)
	}
	return nil
}

func groupName(label string) string { return "/vpc/" + label }

// flowLogPolicy lets the role write streams of its own log group and nothing else; creating groups is not among it,
// or a deleted group would come back without its key and its retention.
func flowLogPolicy(region, accountID, label string) string {
	return iampolicy.Document(iampolicy.Statement{
		Actions: []string{"logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"},
		Resources: []string{
			fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s:*", region, accountID, groupName(label)),
		},
	})
}
