package notification

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Spec is what an operator decides about being told.
type Spec struct {
	// Emails are the mailboxes that get every message, by a name of your choice
	// (lower-kebab) that stays when the address changes; the budget writes to them
	// too. Each owner has to confirm two subscriptions. Changing an address
	// replaces its subscriptions and no other.
	Emails map[string]string `json:"emails"`
	// PagerDuty sends what pages to PagerDuty as well, where on-call is organised
	// (runbook, Emergency Contacts). The endpoint is a Pulumi secret.
	PagerDuty bool `json:"pagerDuty"`
	// ImageFindings mails when the scan of a pushed image finds critical
	// vulnerabilities. Default: false.
	ImageFindings bool `json:"imageFindings,omitempty"`
}

// pagerDutyKey is taken among the subscriptions' names.
const pagerDutyKey = "pagerduty"

var (
	emailKey = regexp.MustCompile(`[a-z][a-z0-9]*(-[a-z0-9]+)*`)
	address  = regexp.MustCompile(`[A-Za-z0-9._%+-]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}`)
)

// Validate reports every problem at once.
func (s Spec) Validate() error {
	var errs []error
	if len(s.Emails) == 0 {
		errs = append(errs, validate.Fail("emails", "is empty, so that the notify topic would reach nobody", "one address or more"))
	}
	for _, key := range slices.Sorted(maps.Keys(s.Emails)) {
		field := "emails." + key
		errs = append(errs, validate.Match(field, key, emailKey, "a key in lower-kebab form, e.g. operations"))
		errs = append(errs, validate.Match(field, s.Emails[key], address, "a mail address, e.g. operations@example.com"))
		if key == pagerDutyKey {
			errs = append(errs, validate.Fail(field, fmt.Sprintf("%q names the pager's subscription", key), "another key"))
		}
	}
	errs = append(errs, s.unique())
	return validate.All(errs...)
}

// unique wants no address twice: SNS keeps one subscription an address, and the
// second resource would then own what the first declared.
func (s Spec) unique() error {
	var errs []error
	owner := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(s.Emails)) {
		if first, taken := owner[s.Emails[key]]; taken {
			errs = append(errs, validate.Fail("emails."+key, "is the address of emails."+first, "each address once"))
			continue
		}
		owner[s.Emails[key]] = key
	}
	return validate.All(errs...)
}

// Addresses lists the mailboxes, sorted: for a budget, which writes to them itself.
func (s Spec) Addresses() []string {
	return slices.Sorted(maps.Values(s.Emails))
}

// check finds what the arguments lack for this spec.
func (args Args) check(spec Spec) error {
	var errs []error
	need := func(ok bool, what, why string) {
		if !ok {
			errs = append(errs, fmt.Errorf("args: %s: missing; %s", what, why))
		}
	}
	need(args.Stack != "", "stack", "messages name it")
	need(args.AccountID != "", "account id", "only its services may publish")
	need(args.Region != "", "region", "failed deployments are matched by ARN")
	need(args.Cluster != "", "cluster", "failed deployments are matched by ARN")
	need(args.RunbookURL != "", "runbook URL", "messages link to it")
	need(args.KeyArn != nil, "key", "the topics are encrypted")
	need(!spec.PagerDuty || args.PagerDutyEndpoint != nil, "PagerDuty endpoint", "set it as a Pulumi secret, or set pagerDuty: false")
	need(!spec.ImageFindings || len(args.Registries) > 0, "registries", "imageFindings watches them by name")
	return validate.All(errs...)
}
