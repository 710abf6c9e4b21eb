package alb

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// hops is how many names may lead from one to the next before that counts as a circle.
const hops = 8

// resolve finds the listener that a host name and port lead to, by what Route 53's name servers answer. The error wraps
// a *proxyError that says where the way ends.
func (s *state) resolve(host string, port int) (listener, error) {
	name := plain(host)
	for range hops {
		l, next, err := s.follow(name, port)
		switch {
		case err != nil && name != plain(host):
			return listener{}, fmt.Errorf("%s leads to %s: %w", host, name, err)
		case err != nil:
			return listener{}, err
		case next == "":
			return l, nil
		}
		name = next
	}
	return listener{}, &proxyError{kind: dnsError, rcode: servfail, text: fmt.Sprintf("the records of %s lead in a circle", host)}
}

// follow is the listener on a port of the load balancer with this name or, where no load balancer has it, what the name
// leads to next.
func (s *state) follow(name string, port int) (l listener, next string, err error) {
	known := false
	for _, arn := range slices.Sorted(maps.Keys(s.listeners)) {
		l := s.listeners[arn]
		if l.balancer.name != name && "dualstack."+l.balancer.name != name {
			continue
		}
		if l.port == port {
			return l, "", nil
		}
		known = true
	}
	if known {
		return listener{}, "", &proxyError{kind: refused, text: fmt.Sprintf("the load balancer %s has no listener on port %d", name, port)}
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return listener{}, "", &proxyError{kind: unroutable, text: "no load balancer has the address " + name}
	}
	next, err = s.zones.lookup(name)
	return listener{}, next, err
}
