package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const anywhere = "0.0.0.0/0"

// routes declares the route tables. Each zone has a private one of its own, to leave through its own NAT gateway.
func (b *build) routes() error {
	gateway, err := ec2.NewInternetGateway(b.Ctx, b.Name, &ec2.InternetGatewayArgs{VpcId: b.vpc.ID(), Tags: b.tag("")}, b.Parent)
	if err != nil {
		return fmt.Errorf("internet gateway: %w", err)
	}
	table, err := b.table("public", public, b.spec.Zones...)
	if err != nil {
		return err
	}
	out, err := b.wayOut("public", table, ec2.RouteArgs{GatewayId: gateway.ID()})
	if err != nil {
		return err
	}
	b.out = out
	nat, err := b.nat(out)
	if err != nil {
		return err
	}
	for _, zone := range b.spec.Zones {
		if table, err = b.table("private-"+zone, private, zone); err != nil {
			return err
		}
		b.tables = append(b.tables, table)
		way := nat[zone]
		if b.spec.NAT == SingleNAT {
			way = nat[b.spec.Zones[0]]
		}
		if way == nil {
			continue
		}
		if _, err := b.wayOut("private-"+zone, table, ec2.RouteArgs{NatGatewayId: way.ID()}); err != nil {
			return err
		}
	}
	table, err = b.table("data", data, b.spec.Zones...)
	b.tables = append(b.tables, table)
	return err
}

// wayOut declares a table's route to the internet, through what the inputs name.
func (b *build) wayOut(suffix string, table *ec2.RouteTable, through ec2.RouteArgs) (*ec2.Route, error) {
	through.RouteTableId, through.DestinationCidrBlock = table.ID(), pulumi.String(anywhere)
	route, err := ec2.NewRoute(b.Ctx, b.child(suffix), &through, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("route %s: %w", suffix, err)
	}
	b.ready = append(b.ready, route)
	return route, nil
}

// table declares a route table and puts a tier's subnets of the given zones under it.
func (b *build) table(suffix string, t tier, zones ...string) (*ec2.RouteTable, error) {
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
			SubnetId: b.placed[t][zone].ID(), RouteTableId: table.ID(),
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
func (b *build) nat(wayOut pulumi.Resource) (map[string]*ec2.NatGateway, error) {
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
			AllocationId: address.ID(), SubnetId: b.placed[public][zone].ID(), Tags: b.tag(suffix),
		}, b.Parent, pulumi.DependsOn([]pulumi.Resource{wayOut}))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", suffix, err)
		}
	}
	return gateways, nil
}
