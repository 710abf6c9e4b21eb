package faults

import (
	"fmt"
	"strings"
)

const head = `# Faults that verify catches

Written by ` + "`make faults`" + `, which breaks a running stack in each of these ways and asks verify; in CI the page is compared
with what happened. Nothing tells verify what is broken. *Caught by* is the check that failed and named the cause.

`

// Page is the result as docs/faults.md, without anything that differs from run to run.
func (r Result) Page() string {
	var page strings.Builder
	page.WriteString(head)
	fmt.Fprintf(&page, "%d of %d caught; %d false failures of %d runs on the healthy stack.\n\n", r.Caught(), len(r.Outcomes), r.False, r.Healthy)
	page.WriteString("| # | fault | how it is made | caught by | outcome | exit code |\n| --- | --- | --- | --- | --- | --- |\n")
	for i, o := range r.Outcomes {
		outcome := o.Outcome
		if !o.Caught {
			outcome = "**missed**"
		}
		fmt.Fprintf(&page, "| %d | %s | %s | %s | %s | %d |\n", i+1, o.Name, o.How, strings.ReplaceAll(o.Check, "/*", ""), outcome, o.Code)
	}
	return page.String()
}
