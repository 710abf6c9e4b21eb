package main

import "slices"

// resource is a type of resources, and what could be done to those of a stack by somebody with the right to.
type resource struct {
	kind    string // Pulumi's type
	threats []threat
}

// threat is one thing that could be done, and who sees it.
type threat struct {
	does   string   // what somebody does
	drift  bool     // `flowcomply drift`, daily
	verify []string // checks of `flowcomply verify`, hourly: group/name, with * for any
	alarms []string // sections of docs/alarms.md, at once
	nobody string   // where nobody sees it: why that stays as it is
}

// area is the types of one part of a stack.
type area struct {
	title     string
	resources []resource
}

// table is every type that the program declares, but for its own components, which are nothing in AWS.
func table() []area {
	return []area{
		{"Network", network}, {"Ingress", ingress}, {"Services", services}, {"Data", data}, {"Secrets, keys and permissions", identity},
		{"Mail", mail}, {"Watching", watching}, {"The release itself", releasing},
	}
}

// row is a type with what could be done to it.
func row(kind string, threats ...threat) resource { return resource{kind, threats} }

// changed is what a refresh sees: another value of something that the program declares, or that the thing is gone.
func changed(does string) threat { return threat{does: does, drift: true} }

// unseen is what nobody sees, with the reason why that stays.
func unseen(does, why string) threat { return threat{does: does, nobody: why} }

// checked adds checks that see it too.
func (t threat) checked(checks ...string) threat {
	t.verify = append(slices.Clone(t.verify), checks...)
	return t
}

// alarmed adds alarms that see it too.
func (t threat) alarmed(sections ...string) threat {
	t.alarms = append(slices.Clone(t.alarms), sections...)
	return t
}

// running is what only verification, or an alarm, sees.
func running(does string) threat { return threat{does: does} }

// trail is why what was done inside of something is not looked for: it is who did it that counts, and that is recorded elsewhere.
const trail = "the program declares what holds it, and not what is in it; who did it is in the account's trail " +
	"([CloudTrail.1](controls.md))"
