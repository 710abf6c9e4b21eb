package network

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests prove the address plan's arithmetic. They do not prove that a subnet has addresses enough for the tasks
// that will run in it: that is a matter of capacity, not of the plan.

func TestSubnetCIDR_Places(t *testing.T) {
	for _, row := range []struct {
		vpc  string
		tier tier
		zone string
		want string
	}{
		{"10.0.0.0/16", public, "a", "10.0.0.0/21"},
		{"10.0.0.0/16", public, "c", "10.0.16.0/21"},
		{"10.0.0.0/16", private, "a", "10.0.64.0/21"},
		{"10.0.0.0/16", data, "b", "10.0.136.0/21"},
		{"10.0.0.0/16", data, "h", "10.0.184.0/21"},
		{"10.20.4.0/22", public, "a", "10.20.4.0/27"},
		{"10.20.4.0/22", data, "h", "10.20.6.224/27"},
	} {
		assert.Equal(t, row.want, subnetCIDR(row.vpc, row.tier, row.zone), "%s %s %s", row.vpc, row.tier, row.zone)
	}
}

// Every place that the largest set of zones can ask for is inside the VPC and apart from all others. As the place
// does not depend on the set of zones, this is also the proof that adding a zone moves nobody.
func TestSubnetCIDR_InsideAndApart(t *testing.T) {
	for _, vpc := range []string{"10.0.0.0/16", "172.16.32.0/20", "192.168.4.0/22"} {
		whole := netip.MustParsePrefix(vpc)
		var taken []netip.Prefix
		for _, tr := range []tier{public, private, data} {
			for _, zone := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
				place := netip.MustParsePrefix(subnetCIDR(vpc, tr, zone))
				require.Equal(t, place, place.Masked(), "a network's own address")
				require.True(t, whole.Contains(place.Addr()), "%s is outside %s", place, whole)
				for _, other := range taken {
					require.False(t, place.Overlaps(other), "%s overlaps %s", place, other)
				}
				taken = append(taken, place)
			}
		}
		for _, place := range taken {
			assert.LessOrEqual(t, place.Bits(), 27, "a load balancer asks for /27 or larger")
		}
	}
}
