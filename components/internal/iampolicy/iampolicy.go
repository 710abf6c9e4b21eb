// Package iampolicy writes IAM policy documents from typed statements, in one canonical form. The same permissions always
// give the same text, so a diff shows a change of permission and nothing else.
package iampolicy

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Effect values of a statement; an empty Effect means Allow.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// Statement is one statement of a policy. The order of its fields is that of the document.
type Statement struct {
	Sid        string `json:",omitempty"`
	Effect     string
	Principals Principals `json:"Principal,omitzero"`
	Actions    Values     `json:"Action"`
	Resources  Values     `json:"Resource,omitempty"`
	// Conditions maps operator to condition key to values, e.g. StringEquals → aws:SourceAccount → 1234….
	Conditions Conditions `json:"Condition,omitempty"`
}

// Principals names who a resource policy or trust policy speaks of. Anyone is the "*" principal.
type Principals struct {
	AWS      Values `json:",omitempty"`
	Services Values `json:"Service,omitempty"`
	Anyone   bool   `json:"-"`
}

// MarshalJSON writes the principals as IAM does.
func (p Principals) MarshalJSON() ([]byte, error) {
	if p.Anyone {
		return json.Marshal("*")
	}
	type plain Principals
	return json.Marshal(plain(p))
}

// Conditions maps operator → key → values.
type Conditions map[string]map[string]Values

// Values are written in the form in which IAM gives policies back: one as a string, several as a sorted array.
type Values []string

// MarshalJSON writes the values.
func (v Values) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return json.Marshal(v[0])
	}
	return json.Marshal(slices.Sorted(slices.Values(v)))
}

// Document is the policy's canonical JSON. It panics on a statement without an action: that is a fault of the
// program, never of its input.
func Document(statements ...Statement) string {
	out := struct {
		Version   string
		Statement []Statement
	}{"2012-10-17", slices.Clone(statements)}
	for i := range out.Statement {
		one := &out.Statement[i]
		if len(one.Actions) == 0 {
			panic(fmt.Sprintf("iampolicy: statement %q has no action", one.Sid))
		}
		if one.Effect == "" {
			one.Effect = Allow
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(fmt.Sprintf("iampolicy: %v", err)) // strings and maps of strings always marshal
	}
	return string(text)
}

// Assume is a role's trust policy: one service, on behalf of one account and of the given sources only. That
// keeps another customer's resource from borrowing the service's trust (the confused deputy,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). Without any, every source of the account's is trusted.
func Assume(service, accountID string, sourceArns ...string) string {
	conditions := Conditions{"StringEquals": {"aws:SourceAccount": {accountID}}}
	if len(sourceArns) > 0 {
		conditions["ArnLike"] = map[string]Values{"aws:SourceArn": sourceArns}
	}
	return Document(Statement{Principals: Principals{Services: []string{service}}, Actions: []string{"sts:AssumeRole"}, Conditions: conditions})
}
