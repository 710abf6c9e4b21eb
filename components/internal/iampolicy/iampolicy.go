// Package iampolicy writes IAM policy documents from typed statements, in one canonical form. The same permissions always
// give the same text, so a diff shows a change of permission and nothing else.
package iampolicy

import (
	"encoding/json"
	"fmt"
	"sort"
)

// Effect values of a statement; an empty Effect means Allow.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// Statement is one statement of a policy. Actions, resources and principals are sorted when it is written.
type Statement struct {
	Sid        string
	Effect     string
	Principals Principals
	Actions    []string
	Resources  []string
	// Conditions maps operator to condition key to values, e.g. StringEquals → aws:SourceAccount → 1234….
	Conditions Conditions
}

// Principals names who a resource policy or trust policy speaks of. Anyone is the "*" principal.
type Principals struct {
	Services []string
	AWS      []string
	Anyone   bool
}

// Conditions maps operator → key → values.
type Conditions map[string]map[string][]string

// Document is the policy's canonical JSON. It panics on a statement without an action: that is a fault of the
// program, never of its input.
func Document(statements ...Statement) string {
	out := document{Version: "2012-10-17"}
	for _, s := range statements {
		if len(s.Actions) == 0 {
			panic(fmt.Sprintf("iampolicy: statement %q has no action", s.Sid))
		}
		effect := s.Effect
		if effect == "" {
			effect = Allow
		}
		out.Statement = append(out.Statement, statement{
			Sid: s.Sid, Effect: effect, Principal: s.Principals.document(),
			Action: list(s.Actions), Resource: list(s.Resources), Condition: s.Conditions.document(),
		})
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
		conditions["ArnLike"] = map[string][]string{"aws:SourceArn": sourceArns}
	}
	return Document(Statement{Principals: Principals{Services: []string{service}}, Actions: []string{"sts:AssumeRole"}, Conditions: conditions})
}

type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Principal any            `json:",omitempty"`
	Action    any            `json:",omitempty"`
	Resource  any            `json:",omitempty"`
	Condition map[string]any `json:",omitempty"`
}

func (p Principals) document() any {
	if p.Anyone {
		return "*"
	}
	out := map[string]any{}
	if len(p.Services) > 0 {
		out["Service"] = list(p.Services)
	}
	if len(p.AWS) > 0 {
		out["AWS"] = list(p.AWS)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (c Conditions) document() map[string]any {
	if len(c) == 0 {
		return nil
	}
	out := map[string]any{}
	for operator, keys := range c {
		inner := map[string]any{}
		for key, values := range keys {
			inner[key] = list(values)
		}
		out[operator] = inner
	}
	return out
}

// list writes one value as a string and several as a sorted array, the form in which IAM gives policies back.
func list(values []string) any {
	switch len(values) {
	case 0:
		return nil
	case 1:
		return values[0]
	default:
		sorted := append([]string(nil), values...)
		sort.Strings(sorted)
		return sorted
	}
}
