package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// subnetSet holds every subnet by tier and zone letter.
type subnetSet map[tier]map[string]*ec2.Subnet

// ids are the subnets of some tiers, tier by tier in the order of the zones.
func (s subnetSet) ids(zones []string, tiers ...tier) pulumi.StringArrayOutput {
	var ids pulumi.StringArray
	for _, t := range tiers {
		for _, zone := range zones {
			ids = append(ids, s[t][zone].ID().ToStringOutput())
		}
	}
	return ids.ToStringArrayOutput()
}

func (b *build) subnets() (subnetSet, error) {
	set := subnetSet{}
	for _, t := range []tier{public, private, data} {
		set[t] = map[string]*ec2.Subnet{}
		for _, zone := range b.spec.Zones {
			suffix := fmt.Sprintf("%s-%s", t, zone)
			subnet, err := ec2.NewSubnet(b.Ctx, b.child(suffix), &ec2.SubnetArgs{
				VpcId:            b.vpc.ID(),
				CidrBlock:        pulumi.String(subnetCIDR(b.spec.CIDR, t, zone)),
				AvailabilityZone: pulumi.String(b.args.Region + zone),
				// Public ones too: a load balancer and a NAT gateway bring their own address.
				MapPublicIpOnLaunch: pulumi.Bool(false),
				Tags:                b.tag(suffix),
			}, b.Parent)
			if err != nil {
				return nil, fmt.Errorf("subnet %s: %w", suffix, err)
			}
			set[t][zone] = subnet
		}
	}
	return set, nil
}
