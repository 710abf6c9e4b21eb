// Package stacks says what an environment is: the sections of a Pulumi.<stack>.yaml as Go types, the strict way from
// that text to them, the rules across sections, and the physical names that follow.
//
// The types of most sections are the components' own, so that a component and its configuration cannot drift apart.
// A Spec holds no secret and nothing of Pulumi: the same text gives the same Spec, on every machine, at any time.
package stacks

import (
	"cmp"
	"maps"
	"reflect"
	"regexp"
	"slices"

	"github.com/flowcomply/infrastructure/components/bucket"
	"github.com/flowcomply/infrastructure/components/budget"
	"github.com/flowcomply/infrastructure/components/cache"
	"github.com/flowcomply/infrastructure/components/cluster"
	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/dns"
	"github.com/flowcomply/infrastructure/components/firewall"
	"github.com/flowcomply/infrastructure/components/loadbalancer"
	"github.com/flowcomply/infrastructure/components/mail"
	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/components/network"
	"github.com/flowcomply/infrastructure/components/notification"
	"github.com/flowcomply/infrastructure/components/registry"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/flowcomply/infrastructure/components/snapshot"
	"github.com/flowcomply/infrastructure/components/validate"
	"github.com/flowcomply/infrastructure/internal/decode"
)

// Spec is one environment, complete. Each field is a section: the key `flowcomply:<section>` of the stack file.
type Spec struct {
	// Environment is what the environment is for: production, staging, local. In production the rules for production
	// hold. It is the suffix of the buckets' names. Changing this replaces the documents bucket.
	Environment string `json:"environment"`
	// Account says which AWS account and region everything is in.
	Account Account `json:"account"`
	// Naming is what physical names start with.
	Naming Naming `json:"naming"`
	// Owner is the team that answers for the environment: the default tag `owner`.
	Owner string `json:"owner"`
	// Protection says whether the environment holds data that matters: full or none.
	Protection Protection `json:"protection"`
	// Teardown repeats naming.stack, to allow protection none in production; default none. Take it out again with the
	// environment.
	Teardown string `json:"teardown,omitempty"`
	// Release is the version of the application that runs.
	Release Release `json:"release"`
	// Site is where people and programs find the application.
	Site Site `json:"site"`
	// RunbookURL is where docs/alarms.md is published, without an anchor; every alarm links to it.
	RunbookURL string `json:"runbookUrl"`
	// ErrorPattern tells errors in the services' logs, as a CloudWatch Logs filter pattern: an alarm and verification count what it
	// finds. Default: one that finds the word ERROR and the levels error and fatal of Node's loggers (winston, pino, bunyan).
	ErrorPattern string `json:"errorPattern,omitempty"`
	// Network is the VPC.
	Network network.Spec `json:"network"`
	// Database is PostgreSQL.
	Database database.Spec `json:"database"`
	// Cache is Redis.
	Cache cache.Spec `json:"cache"`
	// Documents is the bucket of customers' documents.
	Documents bucket.DocumentsSpec `json:"documents"`
	// Logs is the bucket of access logs, and retentionDays is how long these are kept, nothing else. What writes other logs has
	// logDays in its own section; backups are kept for database.backupDays, cache.snapshotDays and documents.noncurrentDays.
	Logs bucket.LogsSpec `json:"logs"`
	// Registry is how many images are kept; each service has a repository of its own.
	Registry registry.Spec `json:"registry"`
	// DNS is the public zone.
	DNS dns.Spec `json:"dns"`
	// Mail is the sender.
	Mail mail.Spec `json:"mail"`
	// LoadBalancer is the way in from the internet.
	LoadBalancer loadbalancer.Spec `json:"loadBalancer"`
	// Firewall stands in front of the load balancer.
	Firewall firewall.Spec `json:"firewall"`
	// Cluster is what the services run on.
	Cluster cluster.Spec `json:"cluster"`
	// Services are the parts of the application, by name.
	Services service.Set `json:"services"`
	// Preflight is what is looked at before a release changes anything.
	Preflight Preflight `json:"preflight"`
	// Snapshot is what is saved of the database before a release.
	Snapshot snapshot.Spec `json:"snapshot"`
	// Migration is how the database's schema is brought to the release's.
	Migration migration.Spec `json:"migration"`
	// Secrets are the application's secrets, by the environment variable that a container knows them as. No value is
	// here: an operator's is the secret configuration key of the same name.
	Secrets Secrets `json:"secrets"`
	// Alerts says whom alarms reach.
	Alerts notification.Spec `json:"alerts"`
	// Budget is what a month may cost.
	Budget budget.Spec `json:"budget"`
	// Drift is what `flowcomply drift` expects; default nothing.
	Drift Drift `json:"drift,omitempty"`
}

// Production is the environment that the strictest rules are for.
const Production = "production"

var (
	environmentForm = regexp.MustCompile(`[a-z][a-z0-9]{1,15}`)
	ownerForm       = regexp.MustCompile(`[a-z][a-z0-9@._-]{1,63}`)
	patternForm     = regexp.MustCompile(`[^\s\p{C}][^\p{C}]*`)
	urlForm         = regexp.MustCompile(`https://[a-z0-9.-]+(/[A-Za-z0-9._~/-]*)?`)
)

const patternWords = "a CloudWatch Logs filter pattern of one line, 1024 characters at most"

// Validate checks each section by itself; Check has the rules across sections.
func (s Spec) Validate() error {
	errs := []error{
		validate.Match("environment", s.Environment, environmentForm, "2 to 16 lower-case letters and digits, a letter first"),
		validate.Match("owner", s.Owner, ownerForm, "a team or mailbox in lower case"),
		validate.Match("runbookUrl", s.RunbookURL, urlForm, "an https address without an anchor"),
		validate.Match("errorPattern", s.Errors(), patternForm, patternWords),
		validate.Demand(len(s.ErrorPattern) <= 1024, "errorPattern", "is too long", patternWords),
	}
	value := reflect.ValueOf(s)
	for _, field := range decode.Fields(value.Type()) {
		section, ok := value.FieldByName(field.Name).Interface().(interface{ Validate() error })
		switch {
		case !ok:
		case field.Type.Kind() == reflect.String: // a section of one word names itself
			errs = append(errs, section.Validate())
		default:
			errs = append(errs, validate.Nested(field.Key, section.Validate()))
		}
	}
	return validate.All(errs...)
}

// Protected tells whether the environment holds data that matters.
func (s Spec) Protected() bool { return s.Protection == Full }

// IsProduction tells whether the rules for production hold.
func (s Spec) IsProduction() bool { return s.Environment == Production }

// Errors is errorPattern or its default.
func (s Spec) Errors() string { return cmp.Or(s.ErrorPattern, slo.ErrorPattern()) }

// PagerDutyKey is the configuration key of PagerDuty's endpoint: whoever has the address can page.
const PagerDutyKey = "PAGERDUTY_ENDPOINT"

// OperatorSecrets lists the configuration keys, without namespace, that an operator has to set as secrets, sorted.
func (s Spec) OperatorSecrets() []string {
	keys := s.Secrets.operators()
	if s.Alerts.PagerDuty {
		keys = append(keys, PagerDutyKey)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// RateLimit is the API's own limiter, from the environment of the service that answers for the API; the firewall is
// measured by it.
func (s Spec) RateLimit() (firewall.Limit, error) {
	for _, name := range slices.Sorted(maps.Keys(s.Services)) {
		one := s.Services[name]
		if _, limits := one.Environment["RATE_LIMIT_MAX"]; limits && one.Routed() && one.Route.Host == s.Site.APIDomain {
			limit, err := firewall.ParseLimit(one.Environment)
			return limit, validate.Nested("services."+name+".environment", err)
		}
	}
	return firewall.Limit{}, validate.Fail("services", "none that answers for site.apiDomain has RATE_LIMIT_MAX in its environment; "+
		"the firewall's limit is derived from it", "")
}
