package migration

import (
	"errors"
	"fmt"

	"github.com/flowcomply/infrastructure/components/migration/lint"
)

// Finding is a statement that does more than expand. Its Kind says what: keep the running version waiting, break it or the
// release before, lose data, or fail. What breaks something or loses data has to be allowed by name.
type Finding = lint.Finding

// Fails is the kind of what cannot be applied at all, whatever is allowed.
const Fails = lint.Fails

// Lint finds, in order, every statement of the set that does more than expand, at most once each. While services roll, and after
// a rollback, old code runs on the new schema: what it reads, writes or leaves out has to stay possible. Lint reads the
// text alone: it does not know whether a table is empty or a column unused, which is for a person to know and to
// allow, nor what new code writes, such as NULL into a column that was NOT NULL.
//
//runbook:1.4#2 finds what the version that runs may not survive; it has to be allowed by name.
func (s Set) Lint() []Finding { return s.LintSince(nil) }

// LintSince is Lint of the migrations that are new since a release that had those of these names. What those made is known.
func (s Set) LintSince(names []string) []Finding {
	return lint.Run(s, names)
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
