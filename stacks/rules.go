package stacks

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/flowcomply/infrastructure/components/validate"
)

// rule is one thing that no section can judge by itself. Its check returns problems by path, in the form of Validate.
type rule struct {
	name  string // what holds, in words joined by -: the name of its test
	check func(Spec) error
}

// Check holds the environment against every rule across sections; in production, against those for production too.
func (s Spec) Check() error {
	all := rules
	if s.IsProduction() {
		all = slices.Concat(rules, productionRules)
	}
	var errs []error
	for _, r := range all {
		errs = append(errs, r.check(s))
	}
	return validate.All(errs...)
}

// rules hold in every environment.
var rules = []rule{
	{"names-fit-aws", Spec.physicalNames},
	{"stack-name-ends-with-environment", func(s Spec) error {
		return validate.Demand(strings.HasSuffix(s.Naming.Stack, "-"+s.Environment), "naming.stack",
			fmt.Sprintf("%q does not say that the environment is %s", s.Naming.Stack, s.Environment), "a name that ends with -"+s.Environment)
	}},
	{"teardown-is-deliberate", func(s Spec) error {
		return validate.All(
			validate.Demand(s.Teardown == "" || s.Teardown == s.Naming.Stack, "teardown", "is not the stack's name", s.Naming.Stack+", or nothing"),
			validate.Demand(s.Teardown == "" || s.Protection == None, "teardown", "has no effect with full protection", "nothing, or protection none"))
	}},
	{"apex-is-productions", func(s Spec) error {
		return validate.Demand(s.IsProduction() || s.Site.Domain != s.DNS.Zone, "site.domain", "is the zone's own name", "a name below it, outside production")
	}},
	{"hosts-are-in-the-zone", hostsInZone},
	{"carried-records-are-nobody-elses", carriedRecords},
	{"mailboxes-stay-reachable", reachableMailboxes},
	{"site-and-api-are-answered", siteAnswered},
	{"further-hosts-have-one-service", furtherHosts},
	{"certificate-covers-all-hosts", func(s Spec) error {
		return validate.Demand(len(s.Hosts()) <= maxHosts, "services", fmt.Sprintf("answer for %d hosts with site and api", len(s.Hosts())),
			fmt.Sprintf("%d, as one certificate has them all", maxHosts))
	}},
	{"migrations-reach-the-database", func(s Spec) error {
		one, known := s.Services[s.Migration.Service]
		return validate.Demand(known && slices.Contains(one.Access, service.AccessDatabase), "migration.service",
			fmt.Sprintf("%q is not a service with access to the database", s.Migration.Service), "one of services that has database in its access")
	}},
	{"secrets-exist", secretsExist},
	{"secrets-are-used", secretsUsed},
	{"verification-has-a-user-of-its-own", smokeUser},
	{"a-connection-string-comes-with-access", connectionStrings},
	{"access-brings-its-own-environment", accessEnvironment},
	{"api-limits-its-rate", func(s Spec) error { _, err := s.RateLimit(); return err }},
	{"public-variables-are-built-in", publicVariables},
	{"website-knows-the-api", websiteKnowsAPI},
	{"database-class-has-known-limits", func(s Spec) error {
		if _, err := slo.InstanceMemoryGiB(s.Database.Class); err != nil {
			return validate.Fail("database.class", fmt.Sprintf("%q has no known memory, which an alarm is a share of", s.Database.Class),
				"a size of the t, m or r families")
		}
		return nil
	}},
	{"cache-node-has-known-limits", func(s Spec) error {
		if _, _, err := slo.CacheTarget(s.Cache.NodeType); err != nil {
			return validate.Fail("cache.nodeType", fmt.Sprintf("%q has no known number of vCPUs, which an alarm depends on", s.Cache.NodeType),
				"a size of the t, m, r or c families")
		}
		return nil
	}},
	{"tasks-reach-aws", func(s Spec) error {
		if s.Network.NAT != "none" {
			return nil
		}
		return endpoints(s, "are the only way to AWS without NAT")
	}},
	{"network-is-private", func(s Spec) error {
		prefix, err := netip.ParsePrefix(s.Network.CIDR)
		return validate.Demand(err != nil || prefix.Addr().IsPrivate(), "network.cidr",
			s.Network.CIDR+" belongs to somebody on the internet", "a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
	}},
}

// maxHosts is ACM's quota of names on one certificate.
const maxHosts = 10

// each collects what is wrong with every service, in the order of their names.
func each(s Spec, check func(at string, one service.Spec) error) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.Services)) {
		errs = append(errs, check("services."+name, s.Services[name]))
	}
	return validate.All(errs...)
}

func hostsInZone(s Spec) error {
	if s.DNS.Zone == "" {
		return nil // reported already
	}
	inside := func(path, host string) error {
		return validate.Demand(host == s.DNS.Zone || strings.HasSuffix(host, "."+s.DNS.Zone), path,
			fmt.Sprintf("%q is not in the zone", host), s.DNS.Zone+" or a name below it")
	}
	return validate.All(
		inside("site.domain", s.Site.Domain), inside("site.apiDomain", s.Site.APIDomain), inside("mail.fromAddress", s.Mail.Domain()),
		each(s, func(at string, one service.Spec) error {
			if one.Route == nil {
				return nil
			}
			return inside(at+".route.host", one.Route.Host)
		}))
}

func siteAnswered(s Spec) error {
	if len(s.Services) == 0 {
		return nil // reported already
	}
	answered := func(path, host string) error {
		for _, one := range s.Services {
			if one.Route != nil && one.Route.Host == host {
				return nil
			}
		}
		return validate.Fail(path, "no service has a route for it", "the host of a service's route")
	}
	return validate.All(answered("site.domain", s.Site.Domain), answered("site.apiDomain", s.Site.APIDomain))
}

func furtherHosts(s Spec) error {
	holders := map[string]string{}
	return each(s, func(at string, one service.Spec) error {
		if one.Route == nil || one.Route.Host == s.Site.Domain || one.Route.Host == s.Site.APIDomain {
			return nil
		}
		name := strings.TrimPrefix(at, "services.")
		if name == SiteHost || name == APIHost {
			return validate.Fail(at+".route.host", "is neither the site's nor the API's, whose role the service's name is", "another name for the service, or that host")
		}
		if holder, taken := holders[one.Route.Host]; taken {
			return validate.Fail(at+".route.host", fmt.Sprintf("is the host of %s, whose name its DNS record has", holder), "a host of its own")
		}
		holders[one.Route.Host] = name
		return nil
	})
}

func secretsExist(s Spec) error {
	return each(s, func(at string, one service.Spec) error {
		return validate.Each(at+".secrets", one.Secrets, func(field, name string) error {
			_, exists := s.Secrets[name]
			return validate.Demand(exists, field, fmt.Sprintf("%q is not one of secrets", name), strings.Join(slices.Sorted(maps.Keys(s.Secrets)), ", "))
		})
	})
}

func secretsUsed(s Spec) error {
	if len(s.Services) == 0 {
		return nil // reported already
	}
	used := map[string]bool{}
	for _, one := range s.Services {
		for _, name := range one.Secrets {
			used[name] = true
		}
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.Secrets)) {
		errs = append(errs, validate.Demand(used[name] || name == SmokeUser, "secrets."+name,
			"no service has it, and a secret that nobody reads is only there to leak", "an entry in a service's secrets, or none here"))
	}
	return validate.All(errs...)
}

// SmokeUser is the secret of the user that verification logs in as: JSON with email and password. It is an operator's,
// and in no container: what a service could read, whoever breaks into it could.
const SmokeUser = "SMOKE_USER"

func smokeUser(s Spec) error {
	if len(s.Secrets) == 0 {
		return nil // reported already
	}
	user, exists := s.Secrets[SmokeUser]
	return validate.All(
		validate.Demand(exists, "secrets."+SmokeUser, "is missing, and verification cannot log in without it", "an entry with source operator"),
		validate.Demand(!exists || user.Source == secret.FromOperator, "secrets."+SmokeUser+".source",
			"makes up a user that the application does not know", string(secret.FromOperator)),
		each(s, func(at string, one service.Spec) error {
			return validate.Demand(!slices.Contains(one.Secrets, SmokeUser), at+".secrets", "have "+SmokeUser+", which is for verification alone", "a list without it")
		}))
}

// connectionStrings wants the network path with the address: without it the service starts and then waits for ever.
func connectionStrings(s Spec) error {
	opens := map[secret.Source]string{secret.FromDatabase: service.AccessDatabase, secret.FromCache: service.AccessCache}
	return each(s, func(at string, one service.Spec) error {
		var errs []error
		for _, name := range one.Secrets {
			access, needed := opens[s.Secrets[name].Source]
			errs = append(errs, validate.Demand(!needed || slices.Contains(one.Access, access), at+".access",
				fmt.Sprintf("lacks %s, to which %s connects", access, name), "a list with "+access))
		}
		return validate.All(errs...)
	})
}

func accessEnvironment(s Spec) error {
	granted := s.GrantEnvironment()
	return each(s, func(at string, one service.Spec) error {
		var errs []error
		for _, access := range slices.Sorted(maps.Keys(granted)) {
			for _, variable := range slices.Sorted(maps.Keys(granted[access])) {
				_, given := one.Environment[variable]
				errs = append(errs, validate.Demand(!given, at+".environment."+variable, "comes with access to "+access, "no entry, and "+access+" in access"))
			}
		}
		return validate.All(errs...)
	})
}

// publicPrefix marks what Next.js writes into the pages when they are built: at run time it is read by nobody else.
const publicPrefix = "NEXT_PUBLIC_"

func publicVariables(s Spec) error {
	return each(s, func(at string, one service.Spec) error {
		var errs []error
		both := slices.AppendSeq(slices.Collect(maps.Keys(one.Image.Args)), maps.Keys(one.Environment))
		slices.Sort(both)
		for _, name := range slices.Compact(both) {
			built, inImage := one.Image.Args[name]
			set, inTask := one.Environment[name]
			same := inImage && inTask && built == set
			errs = append(errs, validate.Demand(!strings.HasPrefix(name, publicPrefix) || same, at+".image.args."+name,
				"differs from environment."+name+", and Next.js takes it from the build", "the same value in both"))
		}
		return validate.All(errs...)
	})
}

func websiteKnowsAPI(s Spec) error {
	return each(s, func(at string, one service.Spec) error {
		const name = publicPrefix + "API_URL"
		url, given := one.Environment[name]
		website := one.Route != nil && one.Route.Host == s.Site.Domain
		return validate.Demand((given || !website) && (!given || url == s.Site.APIURL()), at+".environment."+name, "is not the API's address", s.Site.APIURL())
	})
}

// needed are the interface endpoints without which a task neither starts nor can be looked into.
var needed = []string{"ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "ssmmessages"}

func endpoints(s Spec, why string) error {
	lacking := slices.DeleteFunc(slices.Clone(needed), func(name string) bool { return slices.Contains(s.Network.Endpoints, name) })
	return validate.Demand(len(lacking) == 0, "network.endpoints", "lack "+strings.Join(lacking, ", ")+", which "+why, "a list with "+strings.Join(needed, ", "))
}
