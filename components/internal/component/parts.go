package component

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// LogGroup declares an encrypted log group. Name is its logical name, path its physical one, by which people and AWS
// services address it; changing the path replaces the group, with what is in it. Key is a key that CloudWatch Logs of
// this region may use.
func (b *Builder) LogGroup(name, path string, days int, key pulumi.StringInput, opts ...pulumi.ResourceOption) (*cloudwatch.LogGroup, error) {
	group, err := cloudwatch.NewLogGroup(b.Ctx, name, &cloudwatch.LogGroupArgs{
		Name: pulumi.String(path), RetentionInDays: pulumi.Int(days), KmsKeyId: key,
	}, append(opts, b.Parent)...)
	if err != nil {
		return nil, fmt.Errorf("log group %s: %w", path, err)
	}
	return group, nil
}

// SecurityGroup declares a security group without rules: those who connect bring theirs. Name is its logical name, label
// the Name tag that the console shows.
func (b *Builder) SecurityGroup(name, label, description string, vpcID pulumi.StringInput) (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(b.Ctx, name, &ec2.SecurityGroupArgs{
		VpcId: vpcID, Description: pulumi.String(description), Tags: pulumi.StringMap{"Name": pulumi.String(label)},
	}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("security group: %w", err)
	}
	return group, nil
}
