package stacks

import (
	"maps"
	"regexp"
	"slices"

	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Account says which AWS account and region everything is in. The provider refuses any other account, whatever
// credentials it finds.
type Account struct {
	// ID is the account's 12 digits, in quotes: without them YAML reads a number and loses leading zeros. Changing
	// this makes everything anew in another account.
	ID string `json:"id"`
	// Region is the AWS region, such as ap-southeast-2. Changing this replaces everything.
	Region string `json:"region"`
}

var (
	accountForm = regexp.MustCompile(`[0-9]{12}`)
	regionForm  = regexp.MustCompile(`[a-z]{2}(-[a-z]+)+-[0-9]`)
)

// Validate returns every problem of the section.
func (a Account) Validate() error {
	return validate.All(
		validate.Match("id", a.ID, accountForm, "12 digits in quotes"),
		validate.Match("region", a.Region, regionForm, "a region such as ap-southeast-2"),
	)
}

// Naming is what physical names start with; type Names has all of them. The runbook's commands use them.
type Naming struct {
	// Stack prefixes what is unique in an account: cluster, database, cache, secrets, alarms, key aliases. Changing
	// this replaces the database.
	Stack string `json:"stack"`
	// Family prefixes image repositories, task families and the services' log groups. No two environments of an
	// account share it. Changing this replaces the repositories, with all images that could be rolled back to.
	Family string `json:"family"`
}

const prefixWords = "lower-case letters and digits, separated by single -, a letter first"

var prefixForm = regexp.MustCompile(`[a-z][a-z0-9]*(-[a-z0-9]+)*`)

// Validate returns every problem of the section; whether AWS takes the names that follow is checked by Names.Check.
func (n Naming) Validate() error {
	return validate.All(
		validate.Match("stack", n.Stack, prefixForm, prefixWords),
		validate.Match("family", n.Family, prefixForm, prefixWords),
	)
}

// Protection says whether an environment holds data that matters.
type Protection string

// The two kinds of environment.
const (
	Full Protection = "full" // nothing with data can be destroyed: Pulumi protect, deletion protection, final snapshots
	None Protection = "none" // `pulumi destroy` leaves nothing behind
)

// Validate returns every problem of the section.
func (p Protection) Validate() error { return validate.OneOf("protection", p, Full, None) }

// Site is where people and programs find the application. Both names are in the DNS zone and on the certificate.
type Site struct {
	// Domain is the website's full name, such as flowcomply.com. Changing this replaces the certificate.
	Domain string `json:"domain"`
	// APIDomain is the API's full name, such as api.flowcomply.com. The website's build contains it. Changing this
	// replaces the certificate, and takes a new release.
	APIDomain string `json:"apiDomain"`
}

var domainForm = regexp.MustCompile(`([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}`)

// Validate returns every problem of the section.
func (s Site) Validate() error {
	const allowed = "a full domain name in lower case, such as api.flowcomply.com"
	return validate.All(
		validate.Match("domain", s.Domain, domainForm, allowed),
		validate.Match("apiDomain", s.APIDomain, domainForm, allowed),
		validate.Demand(s.Domain != s.APIDomain, "apiDomain", "is the website's",
			"a name of its own, as the firewall's limit counts the API's requests only"))
}

// URL is the website's address, without a path.
func (s Site) URL() string { return "https://" + s.Domain }

// APIURL is the API's address, without a path.
func (s Site) APIURL() string { return "https://" + s.APIDomain }

// Secrets are the application's secrets by environment variable.
type Secrets map[string]secret.Spec

var variableForm = regexp.MustCompile(`[A-Z][A-Z0-9_]{0,63}`)

// Validate returns every problem of the section.
func (s Secrets) Validate() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s)) {
		errs = append(errs,
			validate.Match(name, name, variableForm, "an environment variable's name in capitals, 64 characters at most"),
			validate.Nested(name, s[name].Validate()))
	}
	return validate.All(errs...)
}

func (s Secrets) operators() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if s[name].Source == secret.FromOperator {
			names = append(names, name)
		}
	}
	return names
}
