package migration

import (
	"errors"
	"fmt"

	"github.com/flowcomply/infrastructure/components/migration/lint"
)

// Finding is a statement that does more than expand. Its Kind says what: keep the running version waiting, break it or the
// release before, lose data, or fail.
type Finding = lint.Finding

// Kind is what a statement does to the running version; see the constants.
type Kind = lint.Kind

// The kinds, from the mildest to the worst. What is Contract or Destructive has to be allowed by name; nothing allows
// what Fails.
const (
	Expand      = lint.Expand
	Locks       = lint.Locks
	Contract    = lint.Contract
	Destructive = lint.Destructive
	Fails       = lint.Fails
)

// Lint finds, in order, every statement of the set that does more than expand, at most once each. While services roll, and after
// a rollback, old code runs on the new schema: what it reads, writes or leaves out has to stay possible. Lint reads the
// text alone: it does not know whether a table is empty or a column unused, which is for a person to know and to
// allow, nor what new code writes, such as NULL into a column that was NOT NULL.
//
//runbook:1.4#2 finds what the version that runs may not survive; it has to be allowed by name.
func (s Set) Lint() []Finding { return s.LintSince(nil) }

// LintSince is Lint of the migrations that are new since a release that had those of these names. What those made is known.
func (s Set) LintSince(names []string) []Finding {
	scripts := make([]lint.Script, len(s))
	for i, one := range s {
		scripts[i] = lint.Script(one)
	}
	return lint.Run(scripts, names)
}

// Runs returns an error for each statement that PostgreSQL or Prisma would refuse, whatever is allowed.
func (s Set) Runs() error { return refused(s.Lint()) }

func refused(found []Finding) error {
	var errs []error
	for _, one := range found {
		if one.Kind == Fails {
			errs = append(errs, fmt.Errorf("migration %s", one))
		}
	}
	return errors.Join(errs...)
}
