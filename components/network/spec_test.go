package network

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func production() Spec {
	return Spec{
		CIDR: "10.0.0.0/16", Zones: []string{"a", "b", "c"}, NAT: PerZoneNAT, FlowLogDays: 365,
		Endpoints: []string{"logs", "ecr.dkr", "ecr.api"},
	}
}

// Each row breaks one rule of a good spec. What it does not prove: that the rules together are what AWS wants.
func TestSpec_Validate(t *testing.T) {
	require.NoError(t, production().Validate())
	for _, row := range []struct {
		name   string
		change func(*Spec)
		want   string
	}{
		{"no network", func(s *Spec) { s.CIDR = "" }, `cidr: "" is not a network`},
		{"bits behind the mask", func(s *Spec) { s.CIDR = "10.0.0.1/16" }, "cidr: \"10.0.0.1/16\" has bits behind its mask"},
		{"too small", func(s *Spec) { s.CIDR = "10.0.0.0/23" }, "cidr: 10.0.0.0/23 does not hold the address plan; allowed: /16 to /22"},
		{"too large", func(s *Spec) { s.CIDR = "10.0.0.0/15" }, "cidr: 10.0.0.0/15 does not hold the address plan"},
		{"one zone", func(s *Spec) { s.Zones = []string{"a"} }, "zones: a load balancer and a database's standby need two"},
		{"zone twice", func(s *Spec) { s.Zones = []string{"a", "a"} }, `zones[1]: "a" is given twice`},
		{"zone with its region", func(s *Spec) { s.Zones = []string{"a", "ap-southeast-2b"} }, `zones[1]: "ap-southeast-2b" is malformed`},
		{"zone without a place", func(s *Spec) { s.Zones = []string{"a", "i"} }, `zones[1]: "i" is malformed`},
		{"nat misspelt", func(s *Spec) { s.NAT = "perzone" }, `nat: "perzone" is not known; allowed: none, single, perZone`},
		{"days CloudWatch does not offer", func(s *Spec) { s.FlowLogDays = 45 }, "flowLogDays: 45 is not offered"},
		{"logs kept for ever", func(s *Spec) { s.FlowLogDays = 0 }, "flowLogDays: 0 is not offered"},
		{"endpoint twice", func(s *Spec) { s.Endpoints = []string{"kms", "kms"} }, `endpoints[1]: "kms" is given twice`},
		{"endpoint misspelt", func(s *Spec) { s.Endpoints = []string{"ecr-api"} }, `endpoints[0]: "ecr-api" is not known`},
		{"s3 has its own", func(s *Spec) { s.Endpoints = []string{"s3"} }, `endpoints[0]: "s3" is not known`},
	} {
		t.Run(row.name, func(t *testing.T) {
			spec := production()
			row.change(&spec)
			require.ErrorContains(t, spec.Validate(), row.want)
		})
	}
	t.Run("all problems at once", func(t *testing.T) {
		err := Spec{}.Validate()
		for _, field := range []string{"cidr:", "zones:", "nat:", "flowLogDays:"} {
			require.ErrorContains(t, err, field)
		}
	})
}
