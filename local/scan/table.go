package scan

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Row is an exception of docs/controls.md that the scanner finds, too.
type Row struct {
	Control, Why, Owner string
	Accepts             []Exception
}

// Exception is a check whose failures a row accepts.
type Exception struct {
	Check     string
	Resource  string // what an ARN has to look like, * being anything; empty: any
	OnePasses bool   // accepts any, as long as another resource passes the check
}

const onePasses = "one-passes"

func (e Exception) String() string {
	if e.OnePasses {
		return e.Check + " " + onePasses
	}
	return strings.TrimSpace(e.Check + " " + e.Resource)
}

// matches tells whether a finding is of the exception, where some resource passes the checks that are given.
func (e Exception) matches(found Finding, passed map[string]bool) bool {
	if e.Check != found.Check || e.OnePasses && !passed[e.Check] {
		return false
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(e.Resource), `\*`, `.*`)
	return e.Resource == "" || regexp.MustCompile("^"+pattern+"$").MatchString(found.Resource)
}

// header is how the table of the exceptions begins.
const header = "| control | why | owner | Prowler's checks |"

var (
	accepted  = regexp.MustCompile("^`([a-z0-9_]+)(?: ([^ `]+))?`$")
	separator = regexp.MustCompile(`^\|( --- \|)+$`)
)

// Rows reads the exceptions that have a check of the scanner's from docs/controls.md. It takes exactly what the tests of
// infra write, and fails on anything else.
func Rows(page string) ([]Row, error) {
	_, table, found := strings.Cut(page, "\n"+header+"\n")
	if !found {
		return nil, fmt.Errorf("docs/controls.md: has no table that begins with %q; write it anew with `make golden`", header)
	}
	var rows []Row
	seen := map[Exception]string{}
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if line == "" {
			break
		}
		if separator.MatchString(line) {
			continue
		}
		row, err := parse(line)
		if err != nil {
			return nil, err
		}
		for _, one := range row.Accepts {
			if other, twice := seen[one]; twice {
				return nil, fmt.Errorf("docs/controls.md: %s is accepted by %q and by %q; one of them is too many", one, other, row.Control)
			}
			seen[one] = row.Control
		}
		if len(row.Accepts) > 0 {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("docs/controls.md: no exception has a check of the scanner's; write it anew with `make golden`")
	}
	return rows, nil
}

func parse(line string) (Row, error) {
	cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"), " | ")
	if len(cells) != 4 {
		return Row{}, fmt.Errorf("docs/controls.md: want 4 cells, found %d: %s", len(cells), line)
	}
	row := Row{Control: cells[0], Why: cells[1], Owner: cells[2]}
	if row.Control == "" || row.Why == "" || row.Owner == "" {
		return Row{}, fmt.Errorf("docs/controls.md: an exception has a control, a reason and an owner: %s", line)
	}
	if cells[3] == "–" {
		return row, nil
	}
	for _, text := range strings.Split(cells[3], ", ") {
		parts := accepted.FindStringSubmatch(text)
		if parts == nil {
			return Row{}, fmt.Errorf("docs/controls.md: %s: want `check` or `check resource`, found %s", row.Control, text)
		}
		accepts := Exception{Check: parts[1], Resource: parts[2]}
		if parts[2] == onePasses {
			accepts = Exception{Check: parts[1], OnePasses: true}
		}
		row.Accepts = append(row.Accepts, accepts)
	}
	return row, nil
}
