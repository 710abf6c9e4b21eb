package stacks

import (
	"maps"
	"slices"

	"github.com/flowcomply/infrastructure/components/certificate"
	"github.com/flowcomply/infrastructure/components/service"
)

// Roles of the two hosts that every environment has: keys of DNS records, of the certificate's validation records and
// of the load balancer's.
const (
	SiteHost = "site"
	APIHost  = "api"
)

// Hosts maps each role to the full domain name that is answered for: the site, the API, and the host of any further
// service under the service's name. A rule gives such a host to one service only, so that adding a service moves no host
// to another role.
func (s Spec) Hosts() map[string]string {
	hosts := map[string]string{SiteHost: s.Site.Domain, APIHost: s.Site.APIDomain}
	known := map[string]bool{s.Site.Domain: true, s.Site.APIDomain: true}
	for _, name := range slices.Sorted(maps.Keys(s.Services)) {
		route := s.Services[name].Route
		if route == nil || known[route.Host] {
			continue
		}
		if _, taken := hosts[name]; taken {
			continue // a rule refuses the name
		}
		hosts[name], known[route.Host] = route.Host, true
	}
	return hosts
}

// Certificate is the one certificate of all hosts.
func (s Spec) Certificate() certificate.Spec {
	return certificate.Spec{Subject: SiteHost, Hosts: s.Hosts()}
}

// GrantEnvironment is what a service learns in plain text with each access, by access and variable (runbook, appendix
// A). Database and cache are reached by a secret, which holds their address.
//
//runbook:appendix.A#7-8 sets them for the services that have access to documents and mail.
func (s Spec) GrantEnvironment() map[string]map[string]string {
	return map[string]map[string]string{
		service.AccessDocuments: {"AWS_S3_BUCKET_NAME": s.Names().DocumentsBucket()},
		service.AccessMail:      {"AWS_SES_FROM_EMAIL": s.Mail.FromAddress},
	}
}

// DatabaseIdentifier is the RDS instance in use: during a restore the one that the phase says.
func (s Spec) DatabaseIdentifier() string { return s.Names().Databases()[s.Database.Active()] }

// Images lists the services' names, sorted: each has a repository and an image of its own.
func (s Spec) Images() []string { return slices.Sorted(maps.Keys(s.Services)) }
