package alb

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/awsclient"
)

// These tests resolve names by zones that the tests make up. That Route 53 answers the same, its documentation and the
// RFCs of DNS say.

// servers are the name servers of the hosted zone x.test, and of the one below it.
var servers, servers2 = []string{"ns-1.awsdns.com"}, []string{"ns-2.awsdns.com"}

func alias(name, target string) awsclient.Record {
	return awsclient.Record{Name: name + ".", Type: "A", Alias: target + "."}
}

func record(name, kind string, values ...string) awsclient.Record {
	return awsclient.Record{Name: name + ".", Type: kind, Values: values}
}

// named is a state with one load balancer, and these zones.
func named(found ...awsclient.Zone) *state {
	return &state{listeners: map[string]listener{"l": {arn: "l", port: 443, balancer: balancer{name: "front.elb"}}}, zones: readZones(found)}
}

func hosted(name string, servers []string, records ...awsclient.Record) awsclient.Zone {
	return awsclient.Zone{Name: name + ".", NameServers: servers, Records: append(records, record(name, "NS", servers...), record(name, "SOA", "…"))}
}

func TestResolve_FollowsTheRecordsOfTheHostedZone(t *testing.T) {
	s := named(hosted("x.test", servers,
		alias("app.x.test", "dualstack.front.elb"), alias("API.x.test", "Front.ELB"), alias("old.x.test", "gone.elb"),
		record("www.x.test", "CNAME", "app.x.test."), alias(`\052.wild.x.test`, "app.x.test"), record("own.wild.x.test", "TXT", `"a"`),
		record("a.x.test", "CNAME", "b.x.test"), record("b.x.test", "CNAME", "a.x.test"),
		record("server.x.test", "A", "192.0.2.1"), awsclient.Record{Name: "six.x.test.", Type: "AAAA", Alias: "front.elb"},
		awsclient.Record{Name: "weighted.x.test.", Type: "A", Alias: "front.elb", SetIdentifier: "blue"},
	))
	for _, host := range []string{"front.elb", "app.x.test", "api.x.test", "APP.x.test.", "www.x.test", "any.thing.wild.x.test"} {
		l, err := s.resolve(host, 443)
		require.NoError(t, err, host)
		assert.Equal(t, "l", l.arn)
	}
	for host, want := range map[string]proxyError{
		"nobody.x.test":       {dnsError, nxdomain, "no A record of nobody.x.test in the hosted zone x.test"},
		"x.test":              {dnsError, noerror, "no A record of x.test in the hosted zone x.test"},
		"wild.x.test":         {dnsError, noerror, "no A record of wild.x.test in the hosted zone x.test"},
		"own.wild.x.test":     {dnsError, noerror, "no A record of own.wild.x.test in the hosted zone x.test"},
		"any.own.wild.x.test": {dnsError, nxdomain, "no A record of any.own.wild.x.test in the hosted zone x.test"},
		"six.x.test":          {dnsError, noerror, "no A record of six.x.test in the hosted zone x.test: it has an AAAA record, and the emulated load balancers are reached by IPv4 alone"},
		"x.org":               {dnsError, nxdomain, "x.org is in no hosted zone, and no load balancer's name"},
		"old.x.test":          {dnsError, nxdomain, "old.x.test leads to gone.elb: gone.elb is in no hosted zone, and no load balancer's name"},
		"a.x.test":            {dnsError, servfail, "the records of a.x.test lead in a circle"},
		"server.x.test":       {unroutable, "", "server.x.test leads to 192.0.2.1: no load balancer has the address 192.0.2.1"},
		"weighted.x.test":     {internalError, "", "weighted.x.test has a routing policy (set identifier blue), and the emulated DNS follows none"},
	} {
		_, err := s.resolve(host, 443)
		rejects(t, want, err)
	}
	_, err := s.resolve("app.x.test", 8443)
	rejects(t, proxyError{refused, "", "app.x.test leads to dualstack.front.elb: the load balancer dualstack.front.elb has no listener on port 8443"}, err)
}

func rejects(t *testing.T, want proxyError, err error) {
	t.Helper()
	var got *proxyError
	require.ErrorAs(t, err, &got)
	assert.Equal(t, want, proxyError{got.kind, got.rcode, err.Error()})
}

func TestResolve_AsksTheZoneThatIsDelegatedTo(t *testing.T) {
	below := hosted("b.x.test", servers2, alias("app.b.x.test", "front.elb"))
	for name, row := range map[string]struct {
		zones []awsclient.Zone
		want  string // empty: it resolves
	}{
		"delegated":     {[]awsclient.Zone{below, hosted("x.test", servers, record("b.x.test", "NS", servers2[0]+"."))}, ""},
		"not delegated": {[]awsclient.Zone{hosted("x.test", servers), below}, "no A record of app.b.x.test in the hosted zone x.test: the hosted zone b.x.test has no NS record in x.test that names its name servers"},
		"delegated to others": {
			[]awsclient.Zone{hosted("x.test", servers, record("b.x.test", "NS", "ns.elsewhere.test")), below},
			"the hosted zone x.test delegates b.x.test to ns.elsewhere.test, which are no name servers of a hosted zone b.x.test",
		},
		"the registrar's own": {[]awsclient.Zone{below}, ""},
		"made again":          {[]awsclient.Zone{below, hosted("b.x.test", servers2)}, ""},
		"made before":         {[]awsclient.Zone{hosted("b.x.test", servers2), below}, "no A record of app.b.x.test in the hosted zone b.x.test"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := named(row.zones...).resolve("app.b.x.test", 443)
			if row.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, row.want)
			}
		})
	}
}

func TestProxyStatus_IsAStructuredField(t *testing.T) {
	odd := &proxyError{kind: dnsError, rcode: nxdomain, text: "no \"a\\b\" – here"}
	assert.Equal(t, `emulated-aws; error=dns_error; rcode="NXDOMAIN"; details="no \"a\\b\" ? here"`, proxyStatus(odd))
	assert.Equal(t, `emulated-aws; error=dns_error; rcode="NXDOMAIN"; details="x: no \"a\\b\" ? here"`, proxyStatus(fmt.Errorf("x: %w", odd)))
	assert.Equal(t, `emulated-aws; error=connection_refused; details="dial: gone"`, proxyStatus(&net.OpError{Op: "dial", Err: errors.New("gone")}))
	assert.Equal(t, `emulated-aws; error=proxy_internal_error; details="else"`, proxyStatus(errors.New("else")))
}
