package dns_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/dns"
	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what is asked of the engine. They do not prove that the registrar delegates the domain to the
// zone, nor that a name resolves.

func program(mode dns.Mode, protected bool, id *string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		zone, err := dns.New(ctx, "zone", dns.Spec{Zone: "flowcomply.com", Mode: mode}, dns.Args{Protected: protected})
		if err != nil {
			return err
		}
		ctx.Export("id", zone.ZoneID.ApplyT(func(v string) string { *id = v; return v })) // what is exported is waited for
		return nil
	}
}

func TestZone_Create(t *testing.T) {
	var id string
	g := record.Run(t, program(dns.Create, true, &id))
	g.Golden(t, "create")
	assert.Equal(t, 2, g.Registrations)
	assert.Equal(t, "Zzone", id)
	assert.Empty(t, g.Calls())
	zone := g.One(t, "aws:route53/zone:Zone", "zone")
	assert.Equal(t, "flowcomply.com", zone.Get("name"))
	assert.Equal(t, false, zone.Get("forceDestroy"))
	assert.Nil(t, zone.Get("vpcs"), "a public zone")
	caa := g.One(t, "aws:route53/record:Record", "zone-caa")
	assert.Equal(t, []any{`0 issue "amazon.com"`, `0 issuewild ";"`}, caa.Get("records"))
	assert.Equal(t, "CAA", caa.Get("type"))
	assert.Equal(t, "Zzone", caa.Get("zoneId"))
}

func TestZone_CreateUnprotected(t *testing.T) {
	var id string
	zone := record.Run(t, program(dns.Create, false, &id)).One(t, "aws:route53/zone:Zone", "zone")
	assert.False(t, zone.Protect)
	assert.Equal(t, true, zone.Get("forceDestroy"))
}

func TestZone_Lookup(t *testing.T) {
	for _, protected := range []bool{true, false} {
		var id string
		g := record.Run(t, program(dns.Lookup, protected, &id))
		g.Golden(t, "lookup")
		assert.Equal(t, "ZLOOKEDUP", id)
		require.Len(t, g.Calls(), 1)
		assert.Equal(t, "aws:route53/getZone:getZone", g.Calls()[0].Token)
		assert.Equal(t, map[string]any{"name": "flowcomply.com", "privateZone": false}, g.Calls()[0].Args.Mappable())
	}
}

func TestZone_UnknownModeDeclaresNothing(t *testing.T) {
	var id string
	_, err := record.Try(program("find", true, &id))
	require.ErrorContains(t, err, `dns "zone": mode: "find" is not known; allowed: create, lookup`)
}

func TestSpec_Validate(t *testing.T) {
	for _, good := range []string{"flowcomply.com", "a.b.co.nz", "x1-2.example"} {
		require.NoError(t, dns.Spec{Zone: good, Mode: dns.Lookup}.Validate(), good)
	}
	for _, bad := range []string{"", "com", "flowcomply.com.", "FlowComply.com", "-a.com", "a..com", "https://a.com", "a b.com", "*.a.com", strings.Repeat("a", 64) + ".com"} {
		require.ErrorContains(t, dns.Spec{Zone: bad, Mode: dns.Create}.Validate(), "zone: ", bad)
	}
	err := dns.Spec{}.Validate()
	require.ErrorContains(t, err, "zone: ")
	require.ErrorContains(t, err, `mode: "" is not known; allowed: create, lookup`)
}
