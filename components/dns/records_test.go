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

// These tests prove what is asked of Route 53. They do not prove that the records are those that the domain has today: who
// delegates it compares them.

// carried is a zone with records of every type.
func carried() dns.Spec {
	return dns.Spec{Zone: "flowcomply.com", Mode: dns.Create, Records: map[string]dns.Record{
		"mailboxes": {Name: "flowcomply.com", Type: dns.MX, TTLSeconds: 3600, Values: []string{"1 aspmx.l.google.com", "5 alt1.aspmx.l.google.com."}},
		"senders":   {Name: "flowcomply.com", Type: dns.TXT, TTLSeconds: 3600, Values: []string{"v=spf1 include:_spf.google.com -all", "google-site-verification=abc"}},
		"signature": {Name: "google._domainkey.flowcomply.com", Type: dns.TXT, TTLSeconds: 3600, Values: []string{"v=DKIM1; k=rsa; p=" + strings.Repeat("A", 392)}},
		"status":    {Name: "status.flowcomply.com", Type: dns.CNAME, TTLSeconds: 300, Values: []string{"flowcomply.statuspage.io"}},
		"shop":      {Name: "shop.flowcomply.com", Type: dns.A, TTLSeconds: 300, Values: []string{"192.0.2.1"}},
		"shop-six":  {Name: "shop.flowcomply.com", Type: dns.AAAA, TTLSeconds: 300, Values: []string{"2001:db8::1"}},
		"calls":     {Name: "_sip._tls.flowcomply.com", Type: dns.SRV, TTLSeconds: 300, Values: []string{"100 1 443 sipdir.online.lync.com"}},
		"lab":       {Name: "lab.flowcomply.com", Type: dns.NS, TTLSeconds: 172_800, Values: []string{"ns1.example.com", "ns2.example.com"}},
	}}
}

func TestRecords_AreCarriedOver(t *testing.T) {
	require.NoError(t, carried().Validate())
	g := record.Run(t, func(ctx *pulumi.Context) error {
		_, err := dns.New(ctx, "zone", carried(), dns.Args{Protected: true})
		return err
	})
	g.Golden(t, "carried")
	const typ = "aws:route53/record:Record"
	assert.Len(t, g.Of(typ), 1+len(carried().Records))
	assert.Equal(t, map[string]any{
		"zoneId": "Zzone", "name": "flowcomply.com", "type": "MX", "ttl": 3600.0, "records": []any{"1 aspmx.l.google.com", "5 alt1.aspmx.l.google.com."},
	}, g.One(t, typ, "zone-record-mailboxes").Plain())
	long := g.One(t, typ, "zone-record-signature").Get("records.0").(string)
	first, second, two := strings.Cut(long, `""`)
	require.True(t, two, "a string of DNS has 255 characters at most")
	assert.Len(t, first, 255)
	assert.Equal(t, carried().Records["signature"].Values[0], first+second)
}

func TestRecords_EachRuleCanFail(t *testing.T) {
	change := func(key string, edit func(*dns.Record)) func(*dns.Spec) {
		return func(s *dns.Spec) {
			one := s.Records[key]
			edit(&one)
			s.Records[key] = one
		}
	}
	values := func(key string, values ...string) func(*dns.Spec) {
		return change(key, func(r *dns.Record) { r.Values = values })
	}
	for want, edit := range map[string]func(*dns.Spec){
		"records: are for the environment that has the zone": func(s *dns.Spec) { s.Mode = dns.Lookup },
		`records.Shop: "Shop" is malformed`: func(s *dns.Spec) {
			s.Records["Shop"] = dns.Record{Name: "x.flowcomply.com", Type: dns.A, TTLSeconds: 60, Values: []string{"192.0.2.1"}}
		},
		`records.shop.name: "shop.flowcomply.com." is malformed`:             change("shop", func(r *dns.Record) { r.Name += "." }),
		`records.shop.name: "xflowcomply.com" is not in the zone`:            change("shop", func(r *dns.Record) { r.Name = "xflowcomply.com" }),
		`records.shop.type: "PTR" is not known`:                              change("shop", func(r *dns.Record) { r.Type = "PTR" }),
		"records.shop.ttlSeconds: 0 is out of range":                         change("shop", func(r *dns.Record) { r.TTLSeconds = 0 }),
		"records.shop.values: is empty":                                      values("shop"),
		`records.shop.values[1]: "192.0.2.1" is given twice`:                 values("shop", "192.0.2.1", "192.0.2.1"),
		`records.shop.values[0]: "2001:db8::1" is no address of that type`:   values("shop", "2001:db8::1"),
		`records.shop-six.values[0]: "192.0.2.1" is no address of that type`: values("shop-six", "192.0.2.1"),
		`records.mailboxes.values[0]: "aspmx.l.google.com" is malformed`:     values("mailboxes", "aspmx.l.google.com"),
		`records.calls.values[0]: "1 443 a.example.com" is malformed`:        values("calls", "1 443 a.example.com"),
		`records.senders.values[0]: "\"v=spf1 -all\"" is malformed`:          values("senders", `"v=spf1 -all"`),
		"records.senders.values[0]: is too long":                             values("senders", strings.Repeat("a", 3901)),
		"records.status.values: are several":                                 values("status", "a.example.com", "b.example.com"),
		`records.lab.values[0]: "192.0.2.1" is malformed`:                    values("lab", "192.0.2.1"),
		"records.shop-six: has the name and type of records.shop":            change("shop-six", func(r *dns.Record) { r.Type, r.Values = dns.A, []string{"192.0.2.9"} }),
		"records.shop.name: has a CNAME (records.status)":                    change("shop", func(r *dns.Record) { r.Name = "status.flowcomply.com" }),
		"records.status.type: cannot be at the zone's own name": func(s *dns.Spec) {
			delete(s.Records, "mailboxes")
			delete(s.Records, "senders")
			change("status", func(r *dns.Record) { r.Name = "flowcomply.com" })(s)
		},
		"records.lab.type: cannot be at the zone's own name": change("lab", func(r *dns.Record) { r.Name = "flowcomply.com" }),
	} {
		t.Run(want, func(t *testing.T) {
			spec := carried()
			edit(&spec)
			require.ErrorContains(t, spec.Validate(), want)
		})
	}
}
