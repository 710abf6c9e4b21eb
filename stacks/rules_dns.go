package stacks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/dns"
	"github.com/flowcomply/infrastructure/components/validate"
)

// carriedRecords refuses records that the program declares itself, or that would send people past the load balancer.
func carriedRecords(s Spec) error {
	owned := map[string]string{}
	for _, key := range s.DNS.Owned() {
		owned[key] = "the zone's own"
	}
	for _, key := range s.Mail.Owned() {
		owned[key] = "declared for mail.fromAddress"
	}
	for role, host := range s.Hosts() {
		for _, kind := range []dns.Type{dns.A, dns.AAAA, dns.CNAME} {
			owned[dns.Record{Name: host, Type: kind}.Key()] = "the load balancer's, for the host of " + role
		}
	}
	names := map[string]string{} // whose a name is, whatever the type
	for key, whose := range owned {
		name, _, _ := strings.Cut(key, " ")
		names[name] = max(names[name], whose) // one and the same, whatever the order of the map
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(s.DNS.Records)) {
		one := s.DNS.Records[key]
		whose, taken := owned[one.Key()]
		if one.Type == dns.CNAME && !taken { // a name with a CNAME has nothing else
			whose, taken = names[one.Name], names[one.Name] != ""
		}
		errs = append(errs, validate.Demand(!taken, "dns.records."+key, fmt.Sprintf("%s is %s", one.Key(), whose), "another name or type"))
	}
	return validate.All(errs...)
}

// reachableMailboxes wants an MX for every mailbox that is told of something and is in a zone that the stack makes: from the
// delegation on, mail to it would come back, and nobody would hear of an alarm.
func reachableMailboxes(s Spec) error {
	if s.DNS.Mode != dns.Create || s.DNS.Zone == "" {
		return nil
	}
	exchanged := map[string]bool{}
	for _, one := range s.DNS.Records {
		exchanged[one.Name] = exchanged[one.Name] || one.Type == dns.MX
	}
	check := func(path, address string) error {
		_, domain, _ := strings.Cut(strings.ToLower(address), "@")
		inside := domain == s.DNS.Zone || strings.HasSuffix(domain, "."+s.DNS.Zone)
		return validate.Demand(!inside || exchanged[domain], path,
			fmt.Sprintf("is a mailbox at %s, which has no MX in the zone that is made: mail to it ends with the delegation", domain),
			"an MX for "+domain+" in dns.records (`dig MX "+domain+"` tells the one of today), or an address elsewhere")
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(s.Alerts.Emails)) {
		errs = append(errs, check("alerts.emails."+key, s.Alerts.Emails[key]))
	}
	return validate.All(append(errs, check("mail.dmarcReports", s.Mail.DMARCReports))...)
}
