// Package lint says what the statements of a migration do to the release that runs while they are applied. It says the
// same of the release before, which a rollback brings back on the new schema. The rule is to expand first, and to contract
// in a later release: https://www.prisma.io/docs/guides/data-migration.
//
//   - The text is read by PostgreSQL's own parser, and every statement of its grammar has a rule.
//   - What no rule knows is never called harmless.
//   - What earlier migrations made is known. An index that is dropped is known to be unique, and a table that the new
//     migrations make locks nobody out.
//
// docs/decisions/0025-migrations-are-read-by-postgresqls-parser.md says which parser, and at what cost.
package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Script is one migration.
type Script struct {
	Name string // its folder, such as 20251007090000_add_status
	SQL  string
}

// Run reads the migrations in their order and returns what is to be said of those that are not known, at most one finding
// for a statement. Known are the names of those that the running release has: their tables and indexes are what the
// new ones change, and nothing is said of them.
func Run(scripts []Script, known []string) []Finding {
	pass := newPass(shared())
	isKnown := func(one Script) bool { return slices.Contains(known, one.Name) }
	for _, one := range scripts {
		if isKnown(one) { // before the new ones, whatever its name: it has been applied
			pass.script(one)
		}
	}
	pass.fresh = true
	var found []Finding
	for _, one := range scripts {
		if !isKnown(one) {
			found = append(found, pass.script(one)...)
		}
	}
	return found
}

// pass goes through the statements of all migrations.
type pass struct {
	trees   *trees
	catalog catalog
	fresh   bool // the migration is one that the running release does not have
	file    file
	text    string   // of the statement that is evaluated
	effects []effect // of that statement
}

func newPass(from *trees) *pass { return &pass{trees: from, catalog: catalog{}} }

// report notes an effect of the statement that is evaluated.
func (p *pass) report(kind Kind, format string, args ...any) {
	p.effects = append(p.effects, effect{kind, fmt.Sprintf(format, args...)})
}

// effectsOf are the effects that an evaluation reports; they do not become the statement's.
func (p *pass) effectsOf(evaluate func()) []effect {
	before := p.effects
	p.effects = nil
	evaluate()
	found := p.effects
	p.effects = before
	return found
}

// script evaluates one migration.
func (p *pass) script(one Script) []Finding {
	statements, err := p.trees.statements(one.SQL)
	if err != nil {
		return []Finding{unreadable(one, err)}
	}
	p.file = file{alone: len(statements) == 1}
	var found []Finding
	for _, s := range statements {
		kind, why := sum(p.effectsOf(func() {
			p.transaction(s)
			p.statement(s)
		}))
		if kind != Expand {
			found = append(found, Finding{one.Name, s.line, shorten(s.text), kind, why})
		}
	}
	if p.file.begun != nil {
		found = append(found, p.file.unfinished(one.Name))
		slices.SortStableFunc(found, func(a, b Finding) int { return a.Line - b.Line })
	}
	return found
}

func (p *pass) statement(s statement) {
	p.text = s.text
	p.evaluate(s.node)
}

// evaluate reports what one statement does, and notes in the catalog what it makes.
func (p *pass) evaluate(n node) {
	evaluate, there := rules[n.kind]
	if !there {
		p.report(Contract, "the lint has no rule for %s, so that nobody knows whether the running version survives it", n.kind)
		return
	}
	s := fields{node: n}
	if err := json.Unmarshal(n.body, &s); err != nil {
		p.report(Contract, "the lint could not read the statement's parse tree: %s", err)
	} else {
		evaluate(p, s)
	}
	p.calls(n)
	p.newValues(n)
}

// unreadable is the finding for a script that PostgreSQL does not take.
func unreadable(one Script, err error) Finding {
	found := Finding{Migration: one.Name, Line: 1, Kind: Fails, Why: "PostgreSQL's parser: " + err.Error()}
	var refused *syntaxError
	at := 0
	if errors.As(err, &refused) {
		at = byteOf(one.SQL, refused.at)
		found.Why = "PostgreSQL refuses it: " + refused.message
	}
	found.Line = lineAt(one.SQL, at)
	line, _, _ := strings.Cut(one.SQL[strings.LastIndex(one.SQL[:at], "\n")+1:], "\n")
	found.Statement = shorten(line)
	switch {
	case strings.HasPrefix(one.SQL, mark):
		found.Statement = strings.TrimPrefix(found.Statement, mark)
		found.Why = "the file begins with a byte order mark, which Prisma hands on and PostgreSQL refuses; next: save it as UTF-8 without one"
	case strings.HasPrefix(strings.TrimSpace(line), `\`):
		found.Why = "a line that begins with a backslash is a command of psql and no SQL; next: take it out"
	}
	return found
}

// mark is the byte order mark that some editors put before UTF-8.
const mark = "\uFEFF"

// byteOf is the place of a character, which is counted from 1; 0 where there is none.
func byteOf(text string, character int) int {
	for at := range text {
		if character <= 1 {
			return at
		}
		character--
	}
	return len(text)
}
