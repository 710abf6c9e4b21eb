package alb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/local/awsclient"
)

// zones are what the name servers of Route 53 answer: its public zones, the first made first. Names in them are in lower
// case and without the dot at the end.
type zones []zone

type zone struct {
	name    string
	servers []string
	records map[string][]awsclient.Record // by name
}

func readZones(found []awsclient.Zone) zones {
	var read zones
	for _, one := range found {
		z := zone{name: plain(one.Name), records: map[string][]awsclient.Record{}}
		for _, server := range one.NameServers {
			z.servers = append(z.servers, plain(server))
		}
		for _, record := range one.Records {
			name := plain(strings.ReplaceAll(record.Name, `\052`, "*"))
			z.records[name] = append(z.records[name], record)
		}
		read = append(read, z)
	}
	return read
}

func plain(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

// within tells whether a name is a zone's own, or below it.
func within(name, zone string) bool { return name == zone || strings.HasSuffix(name, "."+zone) }

// lookup is what a name's A record leads to, or its CNAME record: another name, or an address.
func (z zones) lookup(name string) (string, error) {
	asked, err := z.authority(name)
	if err != nil {
		return "", err
	}
	records, exists := asked.answer(name)
	has := map[string]awsclient.Record{}
	for _, record := range records {
		if record.SetIdentifier != "" {
			return "", &proxyError{kind: internalError, text: fmt.Sprintf(
				"%s has a routing policy (set identifier %s), and the emulated DNS follows none", name, record.SetIdentifier)}
		}
		has[record.Type] = record
	}
	for _, kind := range []string{"CNAME", "A"} { // beside a CNAME record there is no other
		switch record := has[kind]; {
		case record.Alias != "":
			return plain(record.Alias), nil
		case len(record.Values) > 0:
			return plain(record.Values[0]), nil
		}
	}
	missing := &proxyError{kind: dnsError, rcode: nxdomain, text: fmt.Sprintf("no A record of %s in the hosted zone %s", name, asked.name)}
	if exists {
		missing.rcode = noerror
	}
	if _, six := has["AAAA"]; six {
		missing.text += ": it has an AAAA record, and the emulated load balancers are reached by IPv4 alone"
	}
	if below, there := z.undelegated(name, asked); there {
		missing.text += fmt.Sprintf(": the hosted zone %s has no NS record in %s that names its name servers", below, asked.name)
	}
	return "", missing
}

// authority is the zone that a resolver comes to for a name. The topmost zone around the name is taken for the one that
// its registrar delegates to, of two with one name the first that was made. From there the way down is by NS records.
func (z zones) authority(name string) (zone, error) {
	var at *zone
	for i, one := range z {
		if within(name, one.name) && (at == nil || len(one.name) < len(at.name)) {
			at = &z[i]
		}
	}
	if at == nil {
		return zone{}, &proxyError{kind: dnsError, rcode: nxdomain, text: name + " is in no hosted zone, and no load balancer's name"}
	}
	for {
		cut, servers := at.delegation(name)
		if cut == "" {
			return *at, nil
		}
		below := slices.IndexFunc(z, func(one zone) bool { return one.name == cut && one.isServedBy(servers) })
		if below < 0 {
			return zone{}, &proxyError{kind: dnsError, rcode: servfail, text: fmt.Sprintf(
				"the hosted zone %s delegates %s to %s, which are no name servers of a hosted zone %s",
				at.name, cut, strings.Join(servers, ", "), cut)}
		}
		at = &z[below]
	}
}

// delegation is the first name on the way down to a name that has an NS record, and the name servers in that.
func (z zone) delegation(name string) (cut string, servers []string) {
	for at := name; at != z.name; _, at, _ = strings.Cut(at, ".") {
		for _, record := range z.records[at] {
			if record.Type == "NS" {
				cut, servers = at, record.Values
			}
		}
	}
	return cut, servers
}

func (z zone) isServedBy(servers []string) bool {
	return slices.ContainsFunc(servers, func(server string) bool { return slices.Contains(z.servers, plain(server)) })
}

// undelegated is a zone around a name that is not asked, where one is nearer to the name than the one that is.
func (z zones) undelegated(name string, asked zone) (string, bool) {
	nearer := slices.IndexFunc(z, func(one zone) bool { return within(name, one.name) && len(one.name) > len(asked.name) })
	if nearer < 0 {
		return "", false
	}
	return z[nearer].name, true
}

// answer are a name's records, or those of the wildcard that stands for it: the one below the nearest name above that
// exists (RFC 4592). A name exists also where only one below it has records.
func (z zone) answer(name string) (records []awsclient.Record, exists bool) {
	if z.exists(name) {
		return z.records[name], true
	}
	above := name
	for !z.exists(above) && above != z.name {
		_, above, _ = strings.Cut(above, ".")
	}
	records = z.records["*."+above]
	return records, len(records) > 0
}

func (z zone) exists(name string) bool {
	for owner := range z.records {
		if within(owner, name) {
			return true
		}
	}
	return false
}
