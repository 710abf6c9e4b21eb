package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// guards closes what the VPC brings along: its default security group and its default network ACL.
func (b *build) guards() error {
	// Without rules: whatever is started without naming a group can neither be reached nor reach anything.
	if _, err := ec2.NewDefaultSecurityGroup(b.Ctx, b.child("default"), &ec2.DefaultSecurityGroupArgs{
		VpcId: b.vpc.ID(), Tags: b.tag("default-unused"),
	}, b.Parent); err != nil {
		return fmt.Errorf("default security group: %w", err)
	}
	var ingress ec2.DefaultNetworkAclIngressArray
	for _, e := range aclEntries(b.spec.CIDR) {
		args := ec2.DefaultNetworkAclIngressArgs{
			RuleNo: pulumi.Int(e.number), Action: pulumi.String("allow"), Protocol: pulumi.String(e.protocol),
			CidrBlock: pulumi.String(e.from), FromPort: pulumi.Int(e.first), ToPort: pulumi.Int(e.last),
		}
		if e.protocol == icmp {
			// "Fragmentation needed": tells a sender that its packets are too large for the path, or else they vanish.
			args.IcmpType, args.IcmpCode = pulumi.Int(3), pulumi.Int(4)
		}
		ingress = append(ingress, args)
	}
	_, err := ec2.NewDefaultNetworkAcl(b.Ctx, b.child("default"), &ec2.DefaultNetworkAclArgs{
		DefaultNetworkAclId: b.vpc.DefaultNetworkAclId,
		Ingress:             ingress,
		Egress: ec2.DefaultNetworkAclEgressArray{ec2.DefaultNetworkAclEgressArgs{
			RuleNo: pulumi.Int(100), Action: pulumi.String("allow"), Protocol: pulumi.String(all),
			CidrBlock: pulumi.String(anywhere), FromPort: pulumi.Int(0), ToPort: pulumi.Int(0),
		}},
		// All of them, although a subnet is under the default ACL by itself: the provider would report those it is
		// not told of as a difference, in every preview.
		SubnetIds: b.subnetIDs(public, private, data),
		Tags:      b.tag("default"),
	}, b.Parent)
	if err != nil {
		return fmt.Errorf("default network acl: %w", err)
	}
	return nil
}

// Protocols by number, the only form in which the API gives them back.
const (
	all  = "-1"
	icmp = "1"
	tcp  = "6"
)

// entry admits one kind of incoming traffic; the lowest number that matches decides.
type entry struct {
	number         int
	protocol, from string
	first, last    int // ports; both 0 for a protocol without them
}

// aclEntries is what the network ACL admits into a subnet. Security groups decide who reaches what; this is the fence
// behind them, for the day one of them is opened by mistake: from outside come requests to the load balancer, replies,
// and one ICMP message. SSH (22) and remote desktop (3389) have no entry at all.
//
// An ACL knows no connections, so replies are admitted by port: a NAT gateway and a load balancer send from 1024 to
// 65535. Leaving 3389 out costs the one reply in 64 512 that NAT expects on that port; the caller's next attempt gets
// another. https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html
func aclEntries(cidr string) []entry {
	return []entry{
		{number: 100, protocol: all, from: cidr},
		{number: 110, protocol: tcp, from: anywhere, first: 80, last: 80},
		{number: 120, protocol: tcp, from: anywhere, first: 443, last: 443},
		{number: 130, protocol: tcp, from: anywhere, first: 1024, last: 3388},
		{number: 140, protocol: tcp, from: anywhere, first: 3390, last: 65535},
		{number: 150, protocol: icmp, from: anywhere},
	}
}
