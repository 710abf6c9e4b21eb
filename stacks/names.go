package stacks

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Names are the physical names of one environment: all those that people, the runbook or other systems address. What
// is not here is named by the engine. They are pure functions of the configuration, and most can never change, as the
// resource under a name would be replaced, with what is in it.
type Names struct {
	Stack       string // flowcomply-production: the cluster, the stores, the prefix of everything unique in an account
	Family      string // flowcomply: the prefix of task families, image repositories and service logs
	Environment string // production: the suffix of buckets, which are unique in the world
}

// Database user and database inside PostgreSQL. The user is not postgres or admin, which everybody tries first.
const (
	DatabaseName = "flowcomply"
	DatabaseUser = "flowcomply"
)

// Cluster is the ECS cluster's name.
//
//runbook:appendix.C#1 is fixed: there is nothing to look up.
func (n Names) Cluster() string { return n.Stack }

// Service is the name of a service in the cluster.
func (n Names) Service(service string) string { return service + "-service" }

// TaskFamily is the family of a service's task definitions.
func (n Names) TaskFamily(service string) string { return n.Family + "-" + service }

// LogGroup is where a service's output goes.
func (n Names) LogGroup(service string) string { return "/ecs/" + n.Family + "-" + service }

// Repository is a service's ECR repository.
func (n Names) Repository(service string) string { return n.Family + "-" + service }

// Databases are the identifiers that the RDS instance has, by slot: a restore makes a copy under the other one beside
// the instance in use.
func (n Names) Databases() map[database.Slot]string {
	return map[database.Slot]string{database.Main: n.Stack, database.Restored: n.Stack + "-restored"}
}

// DrillDatabase is the identifier of the copy that a drill of a restore makes, and drops.
func (n Names) DrillDatabase() string { return n.Stack + "-drill" }

// Cache is the replication group's id.
func (n Names) Cache() string { return n.Stack }

// DocumentsBucket is the bucket of the application's documents.
func (n Names) DocumentsBucket() string { return "flowcomply-documents-" + n.Environment }

// LogsBucket is the bucket of access logs.
func (n Names) LogsBucket() string { return "flowcomply-logs-" + n.Environment }

// Dashboard is the CloudWatch dashboard's name.
func (n Names) Dashboard() string {
	return "FlowComply-" + strings.ToUpper(n.Environment[:min(1, len(n.Environment))]) + n.Environment[min(1, len(n.Environment)):]
}

// Secret is the name in Secrets Manager of what a container knows as the variable.
func (n Names) Secret(variable string) string { return n.Stack + "/" + variable }

// DataKeyAlias is the alias of the key that encrypts data and secrets.
func (n Names) DataKeyAlias() string { return "alias/" + n.Stack + "-data" }

// OperationsKeyAlias is the alias of the key that encrypts logs and notifications.
func (n Names) OperationsKeyAlias() string { return "alias/" + n.Stack + "-operations" }

// Budget is the budget's name.
func (n Names) Budget() string { return n.Stack }

// ExecLogGroup is where ECS Exec sessions are recorded.
func (n Names) ExecLogGroup() string { return "/ecs/exec/" + n.Stack }

// FirewallLogGroup is the firewall's log; AWS accepts no other prefix.
func (n Names) FirewallLogGroup() string { return "aws-waf-logs-" + n.Stack }

// Physical is one name, with the kind of resource it is for and the configuration key that it starts with.
type Physical struct{ Kind, Name, Key string }

// The keys that names come from.
const (
	stackKey       = "naming.stack"
	familyKey      = "naming.family"
	environmentKey = "environment"
)

// All lists every name of an environment with these services and secrets, sorted by kind and name.
func (n Names) All(services, secrets []string) []Physical {
	all := []Physical{
		{"cluster", n.Cluster(), stackKey}, {"cache", n.Cache(), stackKey}, {"budget", n.Budget(), stackKey},
		{"database", n.Databases()[database.Main], stackKey}, {"database", n.Databases()[database.Restored], stackKey},
		{"database", n.DrillDatabase(), stackKey},
		{"bucket", n.DocumentsBucket(), environmentKey}, {"bucket", n.LogsBucket(), environmentKey},
		{"dashboard", n.Dashboard(), environmentKey},
		{"key alias", n.DataKeyAlias(), stackKey}, {"key alias", n.OperationsKeyAlias(), stackKey},
		{"log group", n.ExecLogGroup(), stackKey}, {"log group", n.FirewallLogGroup(), stackKey},
	}
	for _, service := range services {
		all = append(all,
			Physical{"service", n.Service(service), "services." + service}, Physical{"task family", n.TaskFamily(service), familyKey},
			Physical{"log group", n.LogGroup(service), familyKey}, Physical{"repository", n.Repository(service), familyKey})
	}
	for _, variable := range secrets {
		all = append(all, Physical{"secret", n.Secret(variable), stackKey})
	}
	slices.SortFunc(all, func(a, b Physical) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// limit is what AWS accepts as a name of one kind.
type limit struct {
	shortest, longest int
	pattern           *regexp.Regexp
	words             string
}

// limits come from the API reference of each service's Create call.
var limits = map[string]limit{
	"cluster":     {1, 255, wordForm, words},
	"service":     {1, 255, wordForm, words},
	"task family": {1, 255, wordForm, words},
	"dashboard":   {1, 255, wordForm, words},
	"database":    {1, 63, prefixForm, prefixWords},
	"cache":       {1, 40, prefixForm, prefixWords},
	"log group":   {1, 512, regexp.MustCompile(`[A-Za-z0-9_./#-]+`), "letters, digits and _ . / # -"},
	"repository":  {2, 256, regexp.MustCompile(`[a-z0-9]+([._/-][a-z0-9]+)*`), "lower-case letters and digits, separated by single . _ - or /"},
	"bucket":      {3, 63, regexp.MustCompile(`[a-z0-9]+(-[a-z0-9]+)*`), "lower-case letters and digits, separated by single -"},
	"secret":      {1, 512, regexp.MustCompile(`[A-Za-z0-9/_+=.@-]+`), "letters, digits and / _ + = . @ -"},
	"key alias":   {1, 256, regexp.MustCompile(`alias/[A-Za-z0-9/_-]+`), "letters, digits and / _ -"},
	"budget":      {1, 100, regexp.MustCompile(`[^:\\]+`), "anything but : and \\"},
}

const words = "letters, digits, _ and -"

var wordForm = regexp.MustCompile(`[A-Za-z0-9_-]+`)

// Check refuses names that AWS would: too long, of wrong characters, or two of one kind alike.
func (n Names) Check(services, secrets []string) error {
	var errs []error
	var last Physical
	for _, p := range n.All(services, secrets) {
		bounds := limits[p.Kind]
		if len(p.Name) < bounds.shortest || len(p.Name) > bounds.longest {
			errs = append(errs, validate.Fail(p.Key, fmt.Sprintf("makes %q the name of a %s, with %d characters", p.Name, p.Kind, len(p.Name)),
				fmt.Sprintf("%d to %d", bounds.shortest, bounds.longest)))
		}
		if validate.Match(p.Key, p.Name, bounds.pattern, bounds.words) != nil {
			errs = append(errs, validate.Fail(p.Key, fmt.Sprintf("makes %q the name of a %s", p.Name, p.Kind), bounds.words))
		}
		if p.Kind == last.Kind && p.Name == last.Name {
			errs = append(errs, validate.Fail(p.Key, fmt.Sprintf("makes %q the name of more than one %s", p.Name, p.Kind), "each name once"))
		}
		last = p
	}
	return errors.Join(errs...)
}

// Names are the environment's physical names.
func (s Spec) Names() Names {
	return Names{Stack: s.Naming.Stack, Family: s.Naming.Family, Environment: s.Environment}
}

// physicalNames checks the names of what has a well-formed name itself; the rest is reported where it is configured.
func (s Spec) physicalNames() error {
	if s.Naming.Validate() != nil || validate.Match("environment", s.Environment, environmentForm, "") != nil {
		return nil
	}
	wellFormed := func(form *regexp.Regexp, names iter.Seq[string]) []string {
		return slices.DeleteFunc(slices.Sorted(names), func(name string) bool { return validate.Match("", name, form, "") != nil })
	}
	return s.Names().Check(wellFormed(prefixForm, maps.Keys(s.Services)), wellFormed(variableForm, maps.Keys(s.Secrets)))
}
