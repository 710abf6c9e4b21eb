package bench

import (
	"fmt"
	"strings"
)

// page is one that the bench writes, line by line.
type page struct{ strings.Builder }

// opened begins a page with its title, and the machine that it was measured on.
func opened(title string, machine []string) *page {
	p := &page{}
	p.line("# %s\n\nWritten by `make bench`. Numbers of one machine; compare the ratios, which were measured side by side.\n", title)
	for _, fact := range machine {
		p.line("- %s", fact)
	}
	return p
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// seconds is the table of how long commands took.
func (p *page) seconds(decimals int, commands ...*contender) {
	p.line("| command | least | median | most |\n| --- | ---: | ---: | ---: |")
	for _, one := range commands {
		took := one.seconds()
		p.line("| `%s` | %.*f | %.*f | %.*f |", one.name, decimals, took.min, decimals, took.median, decimals, took.max)
	}
}
