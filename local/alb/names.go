package alb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// zone is one public zone of the emulated Route 53: its name and what each name in it points to, both in lower case
// and without the dot at the end.
type zone struct {
	name    string
	targets map[string]string
}

func (s *source) zones(ctx context.Context) ([]zone, error) {
	var found []zone
	pages := route53.NewListHostedZonesPaginator(s.route53, &route53.ListHostedZonesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.HostedZones {
			if one.Config != nil && one.Config.PrivateZone {
				continue
			}
			z := zone{name: plain(aws.ToString(one.Name)), targets: map[string]string{}}
			records := route53.NewListResourceRecordSetsPaginator(s.route53, &route53.ListResourceRecordSetsInput{HostedZoneId: one.Id})
			for records.HasMorePages() {
				page, err := records.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				for _, record := range page.ResourceRecordSets {
					z.add(record)
				}
			}
			found = append(found, z)
		}
	}
	return found, nil
}

// add keeps what leads to a load balancer: aliases, and canonical names that may lead to one.
func (z zone) add(record types.ResourceRecordSet) {
	name := plain(strings.ReplaceAll(aws.ToString(record.Name), `\052`, "*"))
	switch {
	case record.AliasTarget != nil && record.Type == types.RRTypeA:
		z.targets[name] = plain(aws.ToString(record.AliasTarget.DNSName))
	case record.Type == types.RRTypeCname && len(record.ResourceRecords) == 1:
		z.targets[name] = plain(aws.ToString(record.ResourceRecords[0].Value))
	case record.Type == types.RRTypeA && len(record.ResourceRecords) > 0:
		z.targets[name] = aws.ToString(record.ResourceRecords[0].Value)
	}
}

func plain(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

// hops is how many names may lead from one to the next before that counts as a circle.
const hops = 8

// resolve finds the listener that a host name and port lead to. The error says where the way ends.
func (s *state) resolve(host string, port int) (listener, error) {
	name := plain(host)
	for range hops {
		var balancerName string
		for _, arn := range slices.Sorted(maps.Keys(s.listeners)) {
			l := s.listeners[arn]
			if l.balancer.name != name && "dualstack."+l.balancer.name != name {
				continue
			}
			if l.port == port {
				return l, nil
			}
			balancerName = l.balancer.name
		}
		if balancerName != "" {
			return listener{}, fmt.Errorf("%s leads to the load balancer %s, which has no listener on port %d", host, balancerName, port)
		}
		next, err := s.follow(name)
		if err != nil {
			return listener{}, err
		}
		name = next
	}
	return listener{}, fmt.Errorf("the records of %s lead in a circle", host)
}

// follow is what a name points to, by the most specific zone that it is in.
func (s *state) follow(name string) (string, error) {
	var best *zone
	for i, z := range s.zones {
		inside := name == z.name || strings.HasSuffix(name, "."+z.name)
		if inside && (best == nil || len(z.name) > len(best.name)) {
			best = &s.zones[i]
		}
	}
	if best == nil {
		return "", fmt.Errorf("%s is in no zone of the emulated Route 53, and leads to no load balancer of it", name)
	}
	if target, ok := best.targets[name]; ok {
		return target, nil
	}
	for rest := name; rest != best.name; { // *.example.com stands for every name below that has no record of its own
		_, rest, _ = strings.Cut(rest, ".")
		if target, ok := best.targets["*."+rest]; ok {
			return target, nil
		}
	}
	return "", fmt.Errorf("%s has no A, alias or CNAME record in the zone %s of the emulated Route 53", name, best.name)
}
