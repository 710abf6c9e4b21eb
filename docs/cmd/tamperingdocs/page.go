package main

import (
	"fmt"
	"strings"
)

const head = `# What could be done to a stack, and who would see it

Written by ` + "`go run ./docs/cmd/tamperingdocs`" + ` from the table beside it; a test holds that every type of resource in the program's graphs
has its rows here, and that each check and alarm exists. Somebody with rights in the account changes a running stack beside
the program, by mistake or not. The stack goes on answering; who sees it?

- **drift** is [` + "`flowcomply drift`" + `](drift.md), daily. It sees another value of what the program declares, that a thing is gone, that
  roles, security groups and route tables have more than the program gave them, and what has the stack's tag and is in no state.
- **verify** is [` + "`flowcomply verify`" + `](every-day.md#verify), hourly, by the name of the check.
- an **alarm** tells at once: [alarms](alarms.md).
- **nobody** is a decision, with its reason.

That the rows name what sees it is no proof that it does: [faults](faults.md) lists what verify was shown to see, and the tests of
` + "`release/drift`" + ` and ` + "`components/slo`" + ` have the rest. Who changed something is in the account's trail, if it has one
([CloudTrail.1](controls.md)).
`

// page is docs/tampering.md.
func page() string {
	var text, unseen strings.Builder
	text.WriteString(head)
	count := 0
	for _, area := range table() {
		fmt.Fprintf(&text, "\n## %s\n\n| type | somebody could | who sees it |\n| --- | --- | --- |\n", area.title)
		for _, resource := range area.resources {
			for _, threat := range resource.threats {
				fmt.Fprintf(&text, "| %s | %s | %s |\n", short(resource.kind), threat.does, threat.seenBy())
				if threat.nobody != "" {
					count++
					fmt.Fprintf(&unseen, "| %s | %s | %s |\n", short(resource.kind), threat.does, threat.nobody)
				}
			}
		}
	}
	fmt.Fprintf(&text, "\n## What nobody sees\n\n%d decisions, each with its reason:\n\n| type | somebody could | why that stays |\n| --- | --- | --- |\n%s",
		count, unseen.String())
	return text.String()
}

// short is a type as a reader looks for it: aws:ec2/vpc:Vpc is ec2 Vpc. One that is not AWS's stays whole.
func short(kind string) string {
	inAWS, ours := strings.CutPrefix(kind, "aws:")
	if !ours {
		return "`" + kind + "`"
	}
	module, name, _ := strings.Cut(inAWS, ":")
	if service, _, nested := strings.Cut(module, "/"); nested {
		module = service
	}
	return "`" + module + " " + name + "`"
}

func (t threat) seenBy() string {
	var seen []string
	if t.drift {
		seen = append(seen, "drift")
	}
	if len(t.verify) > 0 {
		seen = append(seen, "verify: `"+strings.Join(t.verify, "`, `")+"`")
	}
	if len(t.alarms) > 0 {
		links := make([]string, len(t.alarms))
		for i, section := range t.alarms {
			links[i] = fmt.Sprintf("[%s](alarms.md#%s)", strings.ReplaceAll(section, "-", " "), section)
		}
		seen = append(seen, "alarm: "+strings.Join(links, ", "))
	}
	if t.nobody != "" {
		seen = append(seen, "**nobody**: "+t.nobody)
	}
	return strings.Join(seen, "; ")
}
