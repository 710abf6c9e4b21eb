package prisma

import (
	"regexp"
	"strings"

	"github.com/flowcomply/infrastructure/components/migration/task"
)

// phrase is a line that `prisma migrate status` or `deploy` writes, and what it means for the database.
type phrase struct {
	line string // its words; a blank is any white space, so that a wrapped line is found too
	// code is the error code of Prisma's that means the same, for advice; empty: none.
	code string
}

// notCurrent are the lines that say that the database does not have the image's schema, or that it is unknown. All are from
// packages/migrate/src/commands/MigrateStatus.ts of https://github.com/prisma/prisma, read in the releases 2.13.0, 2.14.0,
// 2.19.0, 2.30.3, 3.15.2, 4.2.1, 4.3.0, 4.16.2, 5.22.0, 6.16.2 and 7.0.0, which agree except where noted. Up to
// 4.2.1 `status` exits with 0 beside each of them, from 4.3.0 on with 1 (https://github.com/prisma/prisma/pull/14866).
var notCurrent = []phrase{
	{line: `Following migrations? have not yet been applied:`},
	{line: `Your local migration history and the migrations table from your database are different:`},
	{line: `The migrations? have not yet been applied:`}, // in the same text
	{line: `Following migrations? have failed:`, code: "P3009"},
	{line: `The failed migration\(s\) can be marked as rolled back or applied:`, code: "P3009"}, // in the same text
	{line: `The current database is not managed by Prisma Migrate\.`, code: "P3005"},
	{line: `Read more about how to baseline an existing production database:`, code: "P3005"}, // all there is up to 4.2.1 for an image without migrations
	{line: `The current database schema is not in sync with your Prisma schema\.`},            // up to 2.19
	{line: `Database connection error:`, code: "P1001"},                                       // up to 4.2.1; later an error with its code
	{line: `Error: P3\d{3}\b.*`}, // of the schema engine; a script around Prisma may hide the exit code
}

// current are the lines that end a run that went well.
var current = []phrase{
	{line: `Database schema is up to date!`},
	{line: `No pending migrations to apply\.`},                // of deploy
	{line: `All migrations have been successfully applied\.`}, // of deploy
}

// none is what an image without migrations says, whatever the database has.
var none = phrase{line: `No migration found in prisma/migrations`}

var (
	notCurrentLines = matcher(notCurrent...)
	currentLines    = matcher(current...)
	noneLine        = matcher(none)
)

// matcher finds whole lines alone: a migration may be called 20251001_not_applied, and an application may log what it likes.
func matcher(phrases ...phrase) *regexp.Regexp {
	words := make([]string, len(phrases))
	for i, one := range phrases {
		words[i] = strings.ReplaceAll(one.line, " ", `\s+`)
	}
	return regexp.MustCompile(`(?m)^[ \t]*(` + strings.Join(words, "|") + `)[ \t]*$`)
}

// escapes are what colours text, and marks links in it (https://www.ecma-international.org/publications-and-standards/standards/ecma-48/).
var escapes = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)`)

func plain(lines []string) string {
	return strings.ReplaceAll(escapes.ReplaceAllString(strings.Join(lines, "\n"), ""), "\r", "")
}

// refusal is the first line that says that the database does not have the image's schema; empty if none does.
func refusal(lines []string) string {
	found := notCurrentLines.FindStringSubmatch(plain(lines))
	if found == nil {
		return ""
	}
	return strings.Join(strings.Fields(found[1]), " ")
}

// decided tells whether the log says how it went, so that no later line has to be waited for.
func decided(o task.Outcome) bool {
	return refusal(o.Written) != "" || currentLines.MatchString(plain(o.Written)) || o.Code != 0 && code.MatchString(plain(o.Written))
}

// withoutMigrations tells whether the image has none.
func withoutMigrations(lines []string) bool { return noneLine.MatchString(plain(lines)) }
