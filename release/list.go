package release

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/flowcomply/infrastructure/internal/exit"
)

// List shows the stack's releases, newest first, and returns the exit code.
func (c Command) List(ctx context.Context) int {
	work, stop := c.Listen(ctx)
	defer stop()
	_, entries, err := LoadHistory(work, c.Engine)
	if err != nil {
		c.printError(err)
		return exit.Refused
	}
	if len(entries) == 0 {
		c.printf("%s was never updated.\n", c.Stack)
		return exit.Done
	}
	table := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VERSION\tNUMBER\tWHEN\tTOOK\tRESULT\tWHAT\tCOMMIT\tSNAPSHOT")
	for _, entry := range entries {
		fmt.Fprintln(table, entry.row())
	}
	if err := table.Flush(); err != nil {
		c.printError(err)
		return exit.Refused
	}
	return exit.Done
}

// row is an entry in the table of List.
func (e Entry) row() string {
	number, commit, snapshot, took := "", "", "", ""
	if e.Record != nil {
		number, commit, snapshot = fmt.Sprint(e.Record.Number), fmt.Sprintf("%.12s", e.Record.Commit), e.Record.SnapshotID
	}
	if ran := e.End.Sub(e.Start); ran > 0 { // not of one that runs, which has no end
		took = round(ran).String()
	}
	cells := []string{e.Version, number, at(e.Start), took, e.result(), string(e.What), commit, snapshot}
	for i, cell := range cells {
		cells[i] = cmp.Or(cell, "-")
	}
	return strings.Join(cells, "\t")
}

// result is how the update ended. One that succeeded but verified nothing is not called proven.
func (e Entry) result() string {
	if e.Verified() {
		return "proven"
	}
	return e.Result
}
