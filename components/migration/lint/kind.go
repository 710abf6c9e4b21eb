package lint

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what a statement does to the running release. The kinds from mildest to worst: Expand, Locks, Contract,
// Destructive, Fails.
type Kind string

const (
	// Expand only adds: the running release goes on, and the one before can come back. No finding has this kind.
	Expand Kind = "expand"
	// Locks keeps the running release waiting for as long as a large table is read or rewritten.
	Locks Kind = "locks"
	// Contract breaks the running release or the one before it; no data is lost.
	Contract Kind = "contract"
	// Destructive loses data.
	Destructive Kind = "destructive"
	// Fails cannot be applied at all: PostgreSQL or Prisma refuses it.
	Fails Kind = "fails"
)

// kinds are in the order of their weight.
var kinds = []Kind{Expand, Locks, Contract, Destructive, Fails}

func (k Kind) weight() int { return slices.Index(kinds, k) }

// Breaks tells whether the release before may not survive what was found.
func (k Kind) Breaks() bool { return k == Contract || k == Destructive }

// Finding is a statement that does more than expand.
type Finding struct {
	Migration string
	Line      int    // of the statement's first word, from 1
	Statement string // on one line, shortened
	Kind      Kind   // the worst of what it does
	Why       string // every reason, the worst first, separated by "; "
}

func (f Finding) String() string {
	return fmt.Sprintf("%s line %d: %s: %s: %s", f.Migration, f.Line, f.Statement, f.Kind, f.Why)
}

// effect is one thing that a statement does.
type effect struct {
	kind Kind
	why  string
}

// sum is the worst kind of the effects, and their reasons, the worst first. Each reason is said once.
func sum(effects []effect) (Kind, string) {
	kind, reasons := Expand, []string{}
	for _, one := range slices.SortedStableFunc(slices.Values(effects), func(a, b effect) int { return b.kind.weight() - a.kind.weight() }) {
		if one.kind.weight() > kind.weight() {
			kind = one.kind
		}
		if !slices.Contains(reasons, one.why) {
			reasons = append(reasons, one.why)
		}
	}
	return kind, strings.Join(reasons, "; ")
}
