package main

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/verify"
)

// web is what is looked at over HTTP, and the operator's own command.
func web(outputs verify.Outputs, opts options, aws connection, before verify.Baseline, hide *verify.Redactor) verify.Web {
	w := verify.Web{
		SiteURL: outputs.SiteURL, APIURL: outputs.APIURL, Version: outputs.Version, API: behind(outputs),
		SmokeSecretArn: opts.smokeSecret, Secrets: aws.secrets, Client: verify.NewHTTPClient(), Hide: hide, Before: before,
	}
	if len(opts.own) > 0 {
		w.Own = []verify.Command{{Argv: opts.own, Environment: os.Environ()}}
	}
	return w
}

// behind is the service that answers at the API's address.
func behind(outputs verify.Outputs) verify.Service {
	address, err := url.Parse(outputs.APIURL)
	for _, service := range outputs.Services {
		if err == nil && service.Host == address.Host {
			return service
		}
	}
	return verify.Service{}
}

// readBaseline reads the report to compare with; without a file nothing is compared.
func readBaseline(file, stack string) (verify.Baseline, error) {
	if file == "" {
		return verify.Baseline{}, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return verify.Baseline{}, fmt.Errorf("--before: %w", err)
	}
	before, err := verify.ReadBaseline(text, stack)
	if err != nil {
		return verify.Baseline{}, fmt.Errorf("--before %s: %w", file, err)
	}
	return before, nil
}

// choose keeps the checks of the groups; none named keeps all. A group without a check is an error, as a check that
// somebody believes to have run is worse than none.
func choose(checks []verify.Check, groups []string) ([]verify.Check, error) {
	if len(groups) == 0 {
		return checks, nil
	}
	var chosen []verify.Check
	known, found := []string{}, map[string]bool{}
	for _, check := range checks {
		if !slices.Contains(known, check.Group) {
			known = append(known, check.Group)
		}
		if slices.Contains(groups, check.Group) {
			chosen = append(chosen, check)
			found[check.Group] = true
		}
	}
	for _, group := range groups {
		if !found[group] {
			return nil, fmt.Errorf("--only %q: there is no such check here; there are %s", group, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}
