package release

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Contraction is a migration that removed something which the rollback target may still use.
type Contraction struct {
	Migration string
	// Applied says that the database has it. Otherwise a failed update was allowed to apply it, and may have.
	Applied bool
}

func (c Contraction) String() string {
	if c.Applied {
		return c.Migration + ", which was applied"
	}
	return c.Migration + ", which an update that failed was allowed to apply and may have applied"
}

// Contracted lists what was removed from the schema since the target, in the order of the migrations. Known are the outputs
// of the stack. Of an update that was not verified, only what it was allowed to remove is known.
func Contracted(known outputs.Outputs, entries []Entry, target Target) []Contraction {
	applied := slices.Clone(known.Release.Schema.Destructive)
	for _, record := range known.Releases {
		if record.Number > target.Record.Number {
			applied = append(applied, record.Schema.Destructive...)
		}
	}
	found := map[string]bool{}
	for _, migration := range applied {
		found[migration] = true
	}
	for _, entry := range entries {
		if entry.Verified() || entry.Start.Before(target.Since) {
			continue
		}
		allowed, _ := lookup(entry.Config, "migration", "allowDestructive").([]any)
		for _, one := range allowed {
			if migration, ok := one.(string); ok && !found[migration] {
				found[migration] = false
			}
		}
	}
	var out []Contraction
	for migration, certain := range found {
		if !slices.Contains(target.Record.Schema.Destructive, migration) {
			out = append(out, Contraction{migration, certain})
		}
	}
	slices.SortFunc(out, func(a, b Contraction) int { return strings.Compare(a.Migration, b.Migration) })
	return out
}

// refuseContracted is the refusal to go back over contractions; nil where there are none.
func refuseContracted(target Target, found []Contraction) error {
	var reasons []string
	for _, one := range found {
		reasons = append(reasons, one.String())
	}
	return Refuse(fmt.Sprintf("the database's schema has contracted since %s, which may not survive it:", target.Record.Version), reasons,
		"restore the database to before it (docs/on-call.md), release a version that fits the schema, "+
			"or, if you know that the old version does without, use --force")
}
