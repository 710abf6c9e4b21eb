package network

import (
	"encoding/binary"
	"net/netip"
)

// The VPC's size, as mask lengths. AWS makes no VPC larger than /16. Each subnet is 1/32 of the VPC, and a load
// balancer asks for subnets of /27 or larger, so /22 is the smallest.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
const (
	largest  = 16
	smallest = 22
)

// tier is what a subnet is for; its number is its quarter of the VPC. The fourth quarter is kept free.
type tier int

const (
	public  tier = iota // load balancers and NAT gateways: routed to the internet
	private             // tasks and endpoints: out through NAT, never in
	data                // database and cache: no route out of the VPC
)

func (t tier) String() string { return [...]string{"public", "private", "data"}[t] }

// subnetCIDR is the place of one subnet. The VPC is cut into quarters, one a tier, and each quarter into eight, one
// a zone letter. The place follows from tier and letter alone: no list of zones has a say, so adding one moves none.
// The CIDR and the zone must have been validated.
func subnetCIDR(vpc string, t tier, zone string) string {
	const quarter, eighth = 2, 3
	prefix := netip.MustParsePrefix(vpc)
	bits := prefix.Bits() + quarter + eighth
	slot := uint32(t)<<eighth | uint32(zone[0]-'a')
	base := prefix.Addr().As4()
	var place [4]byte
	binary.BigEndian.PutUint32(place[:], binary.BigEndian.Uint32(base[:])+slot<<(32-bits))
	return netip.PrefixFrom(netip.AddrFrom4(place), bits).String()
}
