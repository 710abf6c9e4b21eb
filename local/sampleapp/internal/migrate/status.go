package migrate

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// status reads and tells. It looks at the same things in the same order as Prisma: what is pending hides what failed.
// A database that is ahead of the image is up to date, so that an older image can be rolled back to.
func (c Command) status(ctx context.Context, db *pgx.Conn, local []script) error {
	records, managed, err := history(ctx, db)
	if err != nil {
		return err
	}
	found := diagnose(local, records)
	untouched, err := empty(ctx, db)
	if err != nil {
		return err
	}
	switch {
	case len(found.pending) > 0 && len(found.unknown) > 0:
		c.tell("Your local migration history and the migrations table from your database are different:\n\n"+
			"The last common migration is: %s\n\nThe migration%s have not yet been applied:\n%s\n\n"+
			"The migration%s from the database are not found locally in prisma/migrations:\n%s\n",
			orNull(found.common), plural(found.pending), strings.Join(found.pending, "\n"), plural(found.unknown), strings.Join(found.unknown, "\n"))
	case !managed && !untouched && len(local) > 0:
		c.tell("The current database is not managed by Prisma Migrate.\n\n"+
			"If you want to keep the current database structure and data and create new migrations, baseline this database with the migration \"%[1]s\":\n"+
			"prisma migrate resolve --applied \"%[1]s\"\n\n"+
			"Read more about how to baseline an existing production database:\nhttps://pris.ly/d/migrate-baseline\n", local[0].name)
	case !managed && len(local) == 0:
		c.tell("The current database is not managed by Prisma Migrate.\n\n" +
			"Read more about how to baseline an existing production database:\nhttps://pris.ly/d/migrate-baseline\n")
	case len(found.pending) > 0:
		fmt.Fprintf(c.Out, "Following migration%s have not yet been applied:\n%s\n\n"+
			"To apply migrations in development run prisma migrate dev.\n"+
			"To apply migrations in production run prisma migrate deploy.\n", plural(found.pending), strings.Join(found.pending, "\n"))
	case len(found.failed) > 0:
		c.tellFailed(found.failed)
	default:
		fmt.Fprint(c.Out, "\nDatabase schema is up to date!\n")
		return nil
	}
	return errShown
}

func (c Command) tellFailed(failed []record) {
	var names []string
	for _, r := range failed {
		names = append(names, r.name)
	}
	c.tell("Following migration%[1]s have failed:\n%[2]s\n\n"+
		"During development if the failed migration(s) have not been deployed to a production database "+
		"you can then fix the migration(s) and run prisma migrate dev.\n\n"+
		"The failed migration(s) can be marked as rolled back or applied:\n\n"+
		"- If you rolled back the migration(s) manually:\nprisma migrate resolve --rolled-back \"%[3]s\"\n\n"+
		"- If you fixed the database manually (hotfix):\nprisma migrate resolve --applied \"%[3]s\"\n\n"+
		"Read more about how to resolve migration issues in a production database:\nhttps://pris.ly/d/migrate-resolve\n",
		plural(names), strings.Join(names, "\n"), names[0])
}

func (c Command) tell(format string, args ...any) { fmt.Fprintf(c.Err, format, args...) }

func plural(names []string) string {
	if len(names) > 1 {
		return "s"
	}
	return ""
}

// orNull is how Prisma prints a name that is not there.
func orNull(name string) string {
	if name == "" {
		return "null"
	}
	return name
}
