package migrate

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// rolledBack is what a person says after undoing a migration that failed: it is pending again.
func (c Command) rolledBack(name string) step {
	return func(ctx context.Context, db *pgx.Conn, _ []script) error {
		found, err := c.recorded(ctx, db, name)
		if err != nil {
			return err
		}
		switch {
		case len(found) == 0:
			return problem{"P3011", fmt.Sprintf("Migration `%s` cannot be rolled back because it was never applied to the database. "+
				"Hint: did you pass in the whole migration name? (example: \"20201207184859_initial_migration\")", name)}
		case !slices.ContainsFunc(found, failed):
			return problem{"P3012", fmt.Sprintf("Migration `%s` cannot be rolled back because it is not in a failed state.", name)}
		}
		if err := undo(ctx, db, name); err != nil {
			return err
		}
		fmt.Fprintf(c.Out, "Migration %s marked as rolled back.\n", name)
		return nil
	}
}

// markedApplied is what a person says after finishing a migration by hand: it is not run again.
func (c Command) markedApplied(name string) step {
	return func(ctx context.Context, db *pgx.Conn, local []script) error {
		at := slices.IndexFunc(local, func(s script) bool { return s.name == name })
		if at < 0 {
			return problem{"P3017", fmt.Sprintf("The migration %s could not be found. "+
				"Please make sure that the migration exists, and that you included the whole name of the directory. "+
				"(example: \"20201207184859_initial_migration\")", name)}
		}
		found, err := c.recorded(ctx, db, name)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(found, func(r record) bool { return r.finished }) {
			return problem{"P3008", fmt.Sprintf("The migration `%s` is already recorded as applied in the database.", name)}
		}
		if err := undo(ctx, db, name); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at") VALUES ($1, $2, $3, now())`,
			uuid(), local[at].checksum(), name); err != nil {
			return err
		}
		fmt.Fprintf(c.Out, "Migration %s marked as applied.\n", name)
		return nil
	}
}

// recorded is what the history has of a migration, under the lock.
func (c Command) recorded(ctx context.Context, db *pgx.Conn, name string) ([]record, error) {
	if err := c.lock(ctx, db); err != nil {
		return nil, err
	}
	records, _, err := history(ctx, db)
	return slices.DeleteFunc(records, func(r record) bool { return r.name != name }), err
}

func failed(r record) bool { return !r.finished }

// undo takes a migration's failures out of the history; they stay in the table.
func undo(ctx context.Context, db *pgx.Conn, name string) error {
	_, err := db.Exec(ctx, `UPDATE "_prisma_migrations" SET "rolled_back_at" = now()
		WHERE "migration_name" = $1 AND "finished_at" IS NULL AND "rolled_back_at" IS NULL`, name)
	return err
}
