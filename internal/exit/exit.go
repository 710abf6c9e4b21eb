// Package exit is the one table of exit codes, for every command that people run.
package exit

import (
	"fmt"
	"strings"
)

// The exit codes.
const (
	Done           = 0
	Failed         = 1
	Refused        = 2
	NoAccess       = 3
	LeftAsItIs     = 4
	RollbackFailed = 5
)

var meanings = []string{
	Done:           "done: verified, or there was nothing to do",
	Failed:         "failed: a check failed; or a release failed, and what served before serves (nothing changed for users, or the rollback was verified)",
	Refused:        "refused: bad input, something speaks against it, or a person said no; nothing was changed",
	NoAccess:       "no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account",
	LeftAsItIs:     "a release or a restore failed and was left as it is",
	RollbackFailed: "it failed, and so did the rollback",
}

// Table is what each code means, a line for each, for a help text.
func Table() string {
	var text strings.Builder
	for code, meaning := range meanings {
		fmt.Fprintf(&text, "  %d  %s\n", code, meaning)
	}
	return text.String()
}
