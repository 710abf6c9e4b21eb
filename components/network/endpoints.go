package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// endpoints declares the S3 gateway endpoint and the interface endpoints, and returns the latter's security group.
// The group is there without endpoints too, so that what refers to it does not change when the first one is listed.
func (b *build) endpoints(subnets subnetSet, tables []*ec2.RouteTable) (*ec2.SecurityGroup, error) {
	var ids pulumi.StringArray
	for _, table := range tables {
		ids = append(ids, table.ID().ToStringOutput())
	}
	// Gateway endpoints cost nothing, and image layers come from S3: this traffic never passes NAT.
	storage, err := ec2.NewVpcEndpoint(b.Ctx, b.child("s3"), &ec2.VpcEndpointArgs{
		VpcId:           b.vpc.ID(),
		ServiceName:     pulumi.Sprintf("com.amazonaws.%s.s3", b.args.Region),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   ids,
		Tags:            b.tag("s3"),
	}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("endpoint s3: %w", err)
	}
	b.ready = append(b.ready, storage)
	group, err := b.endpointGroup()
	if err != nil {
		return nil, err
	}
	for _, service := range slices.Sorted(slices.Values(b.spec.Endpoints)) {
		suffix := "endpoint-" + strings.ReplaceAll(service, ".", "-")
		endpoint, err := ec2.NewVpcEndpoint(b.Ctx, b.child(suffix), &ec2.VpcEndpointArgs{
			VpcId:             b.vpc.ID(),
			ServiceName:       pulumi.Sprintf("com.amazonaws.%s.%s", b.args.Region, service),
			VpcEndpointType:   pulumi.String("Interface"),
			SubnetIds:         subnets.ids(b.spec.Zones, private),
			SecurityGroupIds:  pulumi.StringArray{group.ID()},
			PrivateDnsEnabled: pulumi.Bool(true), // tasks keep the service's usual name
			Tags:              b.tag(suffix),
		}, b.Parent)
		if err != nil {
			return nil, fmt.Errorf("endpoint %s: %w", service, err)
		}
		b.ready = append(b.ready, endpoint)
	}
	return group, nil
}

// endpointGroup admits HTTPS from inside the VPC and lets nothing out: an endpoint only answers.
func (b *build) endpointGroup() (*ec2.SecurityGroup, error) {
	group, err := b.SecurityGroup(b.child("endpoints"), b.args.Label+"-endpoints", "Interface endpoints: HTTPS from inside the VPC", b.vpc.ID())
	if err != nil {
		return nil, fmt.Errorf("endpoints: %w", err)
	}
	if _, err := vpc.NewSecurityGroupIngressRule(b.Ctx, b.child("endpoints-https"), &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: group.ID(),
		Description:     pulumi.String("HTTPS from inside the VPC"),
		CidrIpv4:        pulumi.String(b.spec.CIDR),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(443),
		ToPort:          pulumi.Int(443),
	}, b.Parent); err != nil {
		return nil, fmt.Errorf("endpoint security group: https: %w", err)
	}
	return group, nil
}
