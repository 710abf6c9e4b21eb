package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// endpoints declares the S3 gateway endpoint, the interface endpoints and their security group. The group is there
// without endpoints too, so that what refers to it does not change when the first one is listed.
func (b *build) endpoints() error {
	var tables pulumi.StringArray
	for _, table := range b.tables {
		tables = append(tables, table.ID().ToStringOutput())
	}
	// Gateway endpoints cost nothing, and image layers come from S3: this traffic never passes NAT.
	if err := b.endpoint("s3", "s3", &ec2.VpcEndpointArgs{
		VpcEndpointType: pulumi.String("Gateway"), RouteTableIds: tables, Policy: pulumi.String(gatewayPolicy(b.args.Region, b.args.AccountID)),
	}); err != nil {
		return err
	}
	if err := b.endpointGroup(); err != nil {
		return err
	}
	for _, service := range slices.Sorted(slices.Values(b.spec.Endpoints)) {
		inputs := &ec2.VpcEndpointArgs{
			VpcEndpointType:   pulumi.String("Interface"),
			SubnetIds:         b.subnetIDs(private),
			SecurityGroupIds:  pulumi.StringArray{b.group.ID()},
			PrivateDnsEnabled: pulumi.Bool(true), // tasks keep the service's usual name
		}
		if hasPolicy(service) {
			inputs.Policy = pulumi.String(endpointPolicy(b.args.AccountID))
		}
		if err := b.endpoint(service, "endpoint-"+strings.ReplaceAll(service, ".", "-"), inputs); err != nil {
			return err
		}
	}
	return nil
}

func (b *build) endpoint(service, suffix string, inputs *ec2.VpcEndpointArgs) error {
	inputs.VpcId, inputs.Tags = b.vpc.ID(), b.tag(suffix)
	inputs.ServiceName = pulumi.Sprintf("com.amazonaws.%s.%s", b.args.Region, service)
	endpoint, err := ec2.NewVpcEndpoint(b.Ctx, b.child(suffix), inputs, b.Parent)
	if err != nil {
		return fmt.Errorf("endpoint %s: %w", service, err)
	}
	b.ready = append(b.ready, endpoint)
	return nil
}

// endpointGroup admits HTTPS from inside the VPC and lets nothing out: an endpoint only answers. Until its rule is there, no task
// can pull an image, so the rule is among what has to be ready.
func (b *build) endpointGroup() (err error) {
	b.group, err = b.SecurityGroup(b.child("endpoints"), b.args.Label+"-endpoints", "Interface endpoints: HTTPS from inside the VPC", b.vpc.ID())
	if err != nil {
		return fmt.Errorf("endpoints: %w", err)
	}
	rule, err := vpc.NewSecurityGroupIngressRule(b.Ctx, b.child("endpoints-https"), &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: b.group.ID(), CidrIpv4: pulumi.String(b.spec.CIDR), Description: pulumi.String("HTTPS from inside the VPC"),
		IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(443), ToPort: pulumi.Int(443),
	}, b.Parent)
	if err != nil {
		return fmt.Errorf("endpoint security group: https: %w", err)
	}
	b.ready = append(b.ready, rule)
	return nil
}
