package dns

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/pattern"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Type is that of a DNS record.
type Type string

// The types that can be carried over. The zone's own NS and SOA come from AWS, its CAA from this package.
const (
	A     Type = "A"
	AAAA  Type = "AAAA"
	CNAME Type = "CNAME"
	MX    Type = "MX"
	NS    Type = "NS"
	SRV   Type = "SRV"
	TXT   Type = "TXT"
)

// Record is a record that the domain had before its zone was made, such as the MX of its mailboxes.
type Record struct {
	// Name is the full name, in lower case and without a dot at the end: the zone or a name below it.
	Name string `json:"name"`
	// Type is A, AAAA, CNAME, MX, NS, SRV or TXT.
	Type Type `json:"type"`
	// TTLSeconds is how long others may remember it, 60 to 172800.
	TTLSeconds int `json:"ttlSeconds"`
	// Values are as zone files have them, such as "10 mx.example.com" for MX. A TXT value is without quotes, however long.
	Values []string `json:"values"`
}

// Key tells records apart as DNS does: by name and type.
func (r Record) Key() string { return r.Name + " " + string(r.Type) }

var (
	// owner also has what services and keys are found under, such as _sip._tcp and k1._domainkey.
	owner  = regexp.MustCompile(`([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}`)
	target = `([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}\.?`
	number = `(0|[1-9][0-9]{0,4})`
	// text is what needs no escape in a TXT record; several strings of 255 make a longer one.
	text = regexp.MustCompile(`[ !#-\[\]-~]+`)
)

// forms are how a value of each type is written, with the same in words; addresses are read instead.
var forms = map[Type]struct {
	pattern *regexp.Regexp
	words   string
}{
	CNAME: {regexp.MustCompile(target), "a domain name"},
	NS:    {regexp.MustCompile(target), "a domain name"},
	MX:    {regexp.MustCompile(number + " " + target), "a preference and a domain name, such as 10 mx.example.com"},
	SRV:   {regexp.MustCompile(number + " " + number + " " + number + " " + target), "priority, weight, port and a domain name"},
	TXT:   {text, "plain characters without quotes and backslashes"},
}

// Validate returns every problem of the record; Spec.Validate knows its zone.
func (r Record) Validate() error {
	return validate.All(
		validate.Match("name", r.Name, owner, "a full domain name in lower case, without a dot at the end"),
		validate.OneOf("type", r.Type, A, AAAA, CNAME, MX, NS, SRV, TXT),
		validate.Range("ttlSeconds", r.TTLSeconds, 60, 172_800),
		validate.Demand(len(r.Values) > 0, "values", "is empty", "one value or more"),
		validate.Demand(r.Type != CNAME || len(r.Values) <= 1, "values", "are several, and a CNAME is one name for another", "one value"),
		validate.Unique("values", r.Values),
		validate.Each("values", r.Values, r.validateValue))
}

func (r Record) validateValue(field, value string) error {
	if form, known := forms[r.Type]; known {
		return validate.All(validate.Match(field, value, form.pattern, form.words),
			validate.Demand(len(value) <= longestValue, field, "is too long", fmt.Sprintf("%d characters", longestValue)))
	}
	address, err := netip.ParseAddr(value)
	return validate.Demand(r.Type != A && r.Type != AAAA || err == nil && address.Zone() == "" && address.Is4() == (r.Type == A), field,
		fmt.Sprintf("%q is no address of that type", value), "an IPv4 address for A, an IPv6 address for AAAA")
}

// validateRecords checks the records against the zone and against each other.
func (s Spec) validateRecords() error {
	errs := []error{validate.Demand(len(s.Records) == 0 || s.Mode == Create, "records", "are for the environment that has the zone", "none with mode lookup")}
	taken := map[string]string{}
	aliased := map[string]string{} // names with a CNAME, and whose it is
	for _, key := range slices.Sorted(maps.Keys(s.Records)) {
		if s.Records[key].Type == CNAME {
			aliased[s.Records[key].Name] = key
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Records)) {
		one, field := s.Records[key], "records."+key
		inside := one.Name == s.Zone || strings.HasSuffix(one.Name, "."+s.Zone)
		apex := one.Name == s.Zone && (one.Type == CNAME || one.Type == NS)
		first, again := taken[one.Key()]
		other, alias := aliased[one.Name]
		errs = append(errs,
			validate.Match(field, key, pattern.Key, "a key in lower-kebab form, such as mailboxes"),
			validate.Nested(field, one.Validate()),
			validate.Demand(inside, field+".name", fmt.Sprintf("%q is not in the zone", one.Name), s.Zone+" or a name below it"),
			validate.Demand(!apex, field+".type", "cannot be at the zone's own name, which has AWS's name servers", "another type, or a name below the zone"),
			validate.Demand(!again, field, "has the name and type of records."+first, "one record with all values"),
			validate.Demand(!alias || other == key || one.Type == CNAME, field+".name",
				"has a CNAME (records."+other+"), and a name with one has nothing else", "another name"))
		if !again {
			taken[one.Key()] = key
		}
	}
	return validate.All(errs...)
}

// Owned lists by Record.Key what is at the zone's own name anyway; no record may be carried over to there.
func (s Spec) Owned() []string { return []string{s.Zone + " CAA", s.Zone + " NS", s.Zone + " SOA"} }

// records declares what is carried over.
func records(b *component.Builder, spec Spec, zone *route53.Zone) error {
	for _, key := range slices.Sorted(maps.Keys(spec.Records)) {
		one := spec.Records[key]
		var values pulumi.StringArray
		for _, value := range one.Values {
			values = append(values, pulumi.String(one.written(value)))
		}
		if _, err := route53.NewRecord(b.Ctx, b.Name+"-record-"+key, &route53.RecordArgs{
			ZoneId: zone.ZoneId, Name: pulumi.String(one.Name), Type: pulumi.String(one.Type), Ttl: pulumi.Int(one.TTLSeconds), Records: values,
		}, b.Parent); err != nil {
			return fmt.Errorf("record %s: %w", key, err)
		}
	}
	return nil
}

// longestValue is Route 53's (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html), quotes included.
const longestValue = 3900

// longestString is that of one string of a TXT record; a longer value, such as a DKIM key, is several in a row.
const longestString = 255

// written is a value as the provider takes it: it puts quotes around a TXT value, and "" ends one string and begins the next.
func (r Record) written(value string) string {
	if r.Type != TXT {
		return value
	}
	var parts []string
	for chunk := range slices.Chunk([]byte(value), longestString) {
		parts = append(parts, string(chunk))
	}
	return strings.Join(parts, `""`)
}
