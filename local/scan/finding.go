// Package scan judges what a scanner that we did not write finds in a stack, by the exceptions of docs/controls.md.
package scan

import (
	"encoding/json"
	"fmt"
	"io"
)

// Finding is one of Prowler's: what one check says of one resource.
type Finding struct {
	Check    string // Prowler's id of it: "rds_instance_multi_az"
	Status   string // PASS, FAIL or MANUAL
	Said     string // Prowler's words of this resource
	Resource string // its ARN, or the account's where the check is about that
	Remedy   string // what Prowler recommends
}

// These are the statuses that Prowler has.
const (
	pass   = "PASS"
	fail   = "FAIL"
	manual = "MANUAL" // nothing but a person can tell
)

// ocsf is the little of Prowler's output format json-ocsf that is read; https://schema.ocsf.io, class detection_finding.
type ocsf struct {
	Code     string `json:"status_code"`
	Detail   string `json:"status_detail"`
	Metadata struct {
		Check string `json:"event_code"`
	} `json:"metadata"`
	Resources []struct {
		UID string `json:"uid"`
	} `json:"resources"`
	Remediation struct {
		Description string `json:"desc"`
	} `json:"remediation"`
}

// Read reads Prowler's output in its format json-ocsf. An output that tells of nothing is an error: a scanner that reached
// nothing must not pass.
func Read(output io.Reader) ([]Finding, error) {
	var all []ocsf
	if err := json.NewDecoder(output).Decode(&all); err != nil {
		return nil, fmt.Errorf("read Prowler's output: want a JSON array of findings (json-ocsf): %w", err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("scan: Prowler's output has no finding at all: it reached nothing; see its own messages")
	}
	findings := make([]Finding, 0, len(all))
	for i, one := range all {
		switch {
		case one.Code != pass && one.Code != fail && one.Code != manual:
			return nil, fmt.Errorf("scan: Prowler's finding %d: status %q is none of PASS, FAIL, MANUAL", i+1, one.Code)
		case one.Metadata.Check == "" || len(one.Resources) != 1:
			return nil, fmt.Errorf("scan: Prowler's finding %d: want one check and one resource, found %q and %d", i+1, one.Metadata.Check, len(one.Resources))
		}
		findings = append(findings, Finding{
			Check: one.Metadata.Check, Status: one.Code, Said: one.Detail, Resource: one.Resources[0].UID, Remedy: one.Remediation.Description,
		})
	}
	return findings, nil
}
