package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const anywhere = "0.0.0.0/0"

// routes declares the route tables and returns those that the S3 endpoint joins: the private ones and the data one.
func (b *build) routes(subnets subnetSet) ([]*ec2.RouteTable, error) {
	gateway, err := ec2.NewInternetGateway(b.Ctx, b.Name, &ec2.InternetGatewayArgs{VpcId: b.vpc.ID(), Tags: b.tag("")}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("internet gateway: %w", err)
	}
	table, err := b.table("public", subnets[public], b.spec.Zones...)
	if err != nil {
		return nil, err
	}
	out, err := ec2.NewRoute(b.Ctx, b.child("public"), &ec2.RouteArgs{
		RouteTableId: table.ID(), DestinationCidrBlock: pulumi.String(anywhere), GatewayId: gateway.ID(),
	}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("public route: %w", err)
	}
	b.ready = append(b.ready, out)
	nat, err := b.nat(subnets[public], out)
	if err != nil {
		return nil, err
	}
	var tables []*ec2.RouteTable
	for _, zone := range b.spec.Zones {
		table, err := b.privateTable(zone, subnets[private], nat)
		if err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	table, err = b.table("data", subnets[data], b.spec.Zones...)
	if err != nil {
		return nil, err
	}
	return append(tables, table), nil
}

// privateTable is one zone's own table, so that each zone can leave through its own NAT gateway.
func (b *build) privateTable(zone string, subnets map[string]*ec2.Subnet, nat map[string]*ec2.NatGateway) (*ec2.RouteTable, error) {
	suffix := "private-" + zone
	table, err := b.table(suffix, subnets, zone)
	if err != nil {
		return nil, err
	}
	way := nat[zone]
	if b.spec.NAT == SingleNAT {
		way = nat[b.spec.Zones[0]]
	}
	if way == nil {
		return table, nil
	}
	route, err := ec2.NewRoute(b.Ctx, b.child(suffix), &ec2.RouteArgs{
		RouteTableId: table.ID(), DestinationCidrBlock: pulumi.String(anywhere), NatGatewayId: way.ID(),
	}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("route %s: %w", suffix, err)
	}
	b.ready = append(b.ready, route)
	return table, nil
}

// table declares a route table and puts the subnets of the given zones under it.
func (b *build) table(suffix string, subnets map[string]*ec2.Subnet, zones ...string) (*ec2.RouteTable, error) {
	table, err := ec2.NewRouteTable(b.Ctx, b.child(suffix), &ec2.RouteTableArgs{VpcId: b.vpc.ID(), Tags: b.tag(suffix)}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("route table %s: %w", suffix, err)
	}
	for _, zone := range zones {
		name := suffix
		if len(zones) > 1 {
			name += "-" + zone
		}
		association, err := ec2.NewRouteTableAssociation(b.Ctx, b.child(name), &ec2.RouteTableAssociationArgs{
			SubnetId: subnets[zone].ID(), RouteTableId: table.ID(),
		}, b.Parent)
		if err != nil {
			return nil, fmt.Errorf("route table %s: zone %s: %w", suffix, zone, err)
		}
		b.ready = append(b.ready, association)
	}
	return table, nil
}

// nat declares a NAT gateway with its address in each zone that has one. They wait for the public route: a gateway
// made before its subnet has a way out is of no use to what starts next.
func (b *build) nat(subnets map[string]*ec2.Subnet, public pulumi.Resource) (map[string]*ec2.NatGateway, error) {
	var zones []string
	switch b.spec.NAT {
	case SingleNAT:
		zones = b.spec.Zones[:1]
	case PerZoneNAT:
		zones = b.spec.Zones
	case NoNAT:
	}
	gateways := map[string]*ec2.NatGateway{}
	for _, zone := range zones {
		suffix := "nat-" + zone
		address, err := ec2.NewEip(b.Ctx, b.child(suffix), &ec2.EipArgs{Domain: pulumi.String("vpc"), Tags: b.tag(suffix)}, b.Parent)
		if err != nil {
			return nil, fmt.Errorf("%s: address: %w", suffix, err)
		}
		gateways[zone], err = ec2.NewNatGateway(b.Ctx, b.child(suffix), &ec2.NatGatewayArgs{
			AllocationId: address.ID(), SubnetId: subnets[zone].ID(), Tags: b.tag(suffix),
		}, b.Parent, pulumi.DependsOn([]pulumi.Resource{public}))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", suffix, err)
		}
	}
	return gateways, nil
}
