package migration

import (
	"fmt"
	"regexp"
	"strings"
)

// Finding is a statement that the release before this one may not survive, or that loses data. While services roll, and
// after a rollback, old code runs on the new schema: what it reads or leaves out has to stay possible (expand first,
// contract in a later release; https://www.prisma.io/docs/guides/data-migration).
type Finding struct {
	Migration string
	Line      int    // where the statement begins
	Statement string // in one line, shortened
	Why       string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s line %d: %s: %s", f.Migration, f.Line, f.Statement, f.Why)
}

// name is an identifier, quoted or not, perhaps with its schema.
const name = `("[^"]*"|[A-Z0-9_$]+)(\.("[^"]*"|[A-Z0-9_$]+))?`

// rules are matched against one statement in capitals, without comments, each run of white space one blank. Names in
// double quotes stay as they are written.
var rules = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`^DROP (TABLE|SCHEMA|DATABASE|VIEW|MATERIALIZED VIEW|SEQUENCE|FUNCTION|PROCEDURE)\b`), "the version that runs now may still use it, and its data is gone"},
	{regexp.MustCompile(`^DROP TYPE\b`), "the version that runs now may still name the type"},
	{regexp.MustCompile(`^TRUNCATE\b`), "its data is gone"},
	{regexp.MustCompile(`^DELETE FROM\b`), "its data is gone"},
	{regexp.MustCompile(`^ALTER TABLE .*\bDROP (COLUMN\b|IF EXISTS\b|"[^"]+")`), "the version that runs now may still read the column, and its data is gone"},
	{regexp.MustCompile(`^ALTER TABLE .*\bDROP ` + name + `( CASCADE| RESTRICT)?(,|$)`), "the version that runs now may still read the column, and its data is gone"},
	{regexp.MustCompile(`^ALTER (TABLE|TYPE|VIEW|SEQUENCE) .*\bRENAME\b`), "the version that runs now still uses the old name"},
	{regexp.MustCompile(`^ALTER TABLE .*\bALTER (COLUMN )?` + name + ` (SET DATA )?TYPE\b`), "the version that runs now writes the old type, and a rewrite locks the table"},
	{regexp.MustCompile(`^ALTER TABLE .*\bALTER (COLUMN )?` + name + ` SET NOT NULL\b`), "the version that runs now may still leave the column out"},
	{regexp.MustCompile(`^ALTER TABLE .*\bALTER (COLUMN )?` + name + ` DROP DEFAULT\b`), "the version that runs now may still leave the column out"},
	{regexp.MustCompile(`^ALTER TABLE .*\bSET SCHEMA\b`), "the version that runs now looks for the table where it was"},
}

// harmless are DROPs within ALTER TABLE that take no column.
var harmless = regexp.MustCompile(`\bDROP (CONSTRAINT|DEFAULT|NOT NULL|IDENTITY|EXPRESSION)\b`)

// required finds the columns that are added; one that has to be given and has no default fails every insert of old code.
var required = regexp.MustCompile(`\bADD (COLUMN )?(IF NOT EXISTS )?` + name + ` [^,]*\bNOT NULL\b[^,]*`)

// Lint names every statement of the set that is destructive, in order. It reads statements one by one: it does not know
// whether a table is empty or a column unused, which is for a person to know and to allow.
//
//runbook:1.4#2 finds what the version that runs may not survive; it has to be allowed by name.
func (s Set) Lint() []Finding {
	var found []Finding
	for _, one := range s {
		for _, statement := range statements(one.SQL) {
			if why := destructive(statement.text); why != "" {
				found = append(found, Finding{Migration: one.Name, Line: statement.line, Statement: shorten(statement.text), Why: why})
			}
		}
	}
	return found
}

func destructive(statement string) string {
	plain := statement
	if strings.HasPrefix(plain, "ALTER TABLE ") {
		plain = harmless.ReplaceAllStringFunc(plain, func(match string) string {
			if strings.HasSuffix(match, " DEFAULT") {
				return match // has a rule of its own
			}
			return "KEEP"
		})
	}
	for _, rule := range rules {
		if rule.pattern.MatchString(plain) {
			return rule.why
		}
	}
	if strings.HasPrefix(plain, "ALTER TABLE ") {
		for _, column := range required.FindAllString(plain, -1) {
			if !regexp.MustCompile(`\b(DEFAULT|GENERATED|SERIAL|BIGSERIAL)\b`).MatchString(column) {
				return "the version that runs now leaves the column out, and it has no default"
			}
		}
	}
	return ""
}

func shorten(text string) string {
	const most = 120
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + " …"
	}
	return text
}
