package prisma

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/components/migration/task"
)

// The texts are what the named releases write. That the schema engine calls each state as it is, these tests do not prove.

const head = "Prisma schema loaded from prisma/schema.prisma\nDatasource \"db\": PostgreSQL database \"flowcomply\", schema \"public\" at \"db:5432\"\n\n"

func lines(text string) []string { return strings.Split(text, "\n") }

func TestRefusal_IsALineOfPrismas(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"up to date, all releases": {head + "2 migrations found in prisma/migrations\n\n\nDatabase schema is up to date!", ""},
		"ahead, all releases":      {head + "1 migration found in prisma/migrations\n\n\nDatabase schema is up to date!", ""},
		"no migrations, a managed database": {
			head + "No migration found in prisma/migrations\n\n\nDatabase schema is up to date!", "",
		},
		"pending, 2.13 to 4.2, with exit code 0": {
			head + "2 migrations found in prisma/migrations\n\nFollowing migration have not yet been applied:\n20251001_two\n\n" +
				"To apply migrations in development run \x1b[1m\x1b[92mprisma migrate dev\x1b[39m\x1b[22m.\n",
			"Following migration have not yet been applied:",
		},
		"pending, in colour":        {"\x1b[1mFollowing migrations have not yet been applied:\x1b[22m\n20251001_two\n20251002_three", "Following migrations have not yet been applied:"},
		"pending, wrapped":          {"Following migrations have not yet\n been applied:\n20251001_two", "Following migrations have not yet been applied:"},
		"pending, with line ends":   {"Following migrations have not yet been applied:\r\n20251001_two\r", "Following migrations have not yet been applied:"},
		"failed, 2.13 to 4.2":       {head + "1 migration found in prisma/migrations\n\nFollowing migration have failed:\n20251001_two\n", "Following migration have failed:"},
		"failed, the rest alone":    {"The failed migration(s) can be marked as rolled back or applied:\n      \n- If you rolled back", "The failed migration(s) can be marked as rolled back or applied:"},
		"diverged, 2.13 to 7.0":     {"Your local migration history and the migrations table from your database are different:\n\nThe last common migration is: null", "Your local migration history and the migrations table from your database are different:"},
		"diverged, lines mixed":     {"The migrations have not yet been applied:\nThe last common migration is: a", "The migrations have not yet been applied:"},
		"not managed, 2.13 to 7.0":  {head + "The current database is not managed by Prisma Migrate.\n\nIf you want to keep", "The current database is not managed by Prisma Migrate."},
		"not managed, no migration": {"Read more about how to baseline an existing production database:\n\x1b]8;;https://pris.ly/d/migrate-baseline\x07x\x1b]8;;\x07", "Read more about how to baseline an existing production database:"},
		"drift, up to 2.19":         {"The current database schema is not in sync with your Prisma schema.\nThis is the script", "The current database schema is not in sync with your Prisma schema."},
		"unreachable, up to 4.2":    {"\n\x1b[31mDatabase connection error:\x1b[39m\n\x1b[31m\x1b[39m\n\x1b[31mP1001: Can't reach database server\x1b[39m", "Database connection error:"},
		"an error of the engine":    {"Error: P3009\n\nmigrate found failed migrations in the target database", "Error: P3009"},
		"a server that came late":   {"Error: P1001: Can't reach database server at `db:5432`\nDatabase schema is up to date!", ""},

		"a migration's name":     {"1 migration found in prisma/migrations\n20251001_not_yet_been_applied\n20251002_have_failed\n\nDatabase schema is up to date!", ""},
		"an application's lines": {"info: Following migrations have not yet been applied: none\nFollowing migrations have failed: 0\n{\"msg\":\"Following migration have failed:\"}", ""},
		"another tool's":         {"Applied\n20251001 Pending", ""},
		"nothing":                {"", ""},
	} {
		assert.Equal(t, row.want, refusal(lines(row.text)), name)
	}
}

func TestDecided_WaitsForNoMoreThanItNeeds(t *testing.T) {
	for _, row := range []struct {
		code int
		text string
		want bool
	}{
		{0, head + "Database schema is up to date!", true},
		{0, "\x1b[92mNo pending migrations to apply.\x1b[39m", true},
		{0, "All migrations have been successfully applied.", true},
		{0, head + "2 migrations found in prisma/migrations", false},
		{0, "", false},
		{1, "Following migrations have not yet been applied:", true},
		{1, "Error: P1001: Can't reach database server", true},
		{0, "Error: P1001: Can't reach database server", false},
	} {
		assert.Equal(t, row.want, decided(task.Outcome{Code: row.code, Written: lines(row.text)}), row.text)
	}
}
