package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// deploy applies what is pending, under the lock. A failure before this one stops it before it starts.
func (c Command) deploy(ctx context.Context, db *pgx.Conn, local []script) error {
	if err := c.lock(ctx, db); err != nil {
		return err
	}
	records, managed, err := history(ctx, db)
	if err != nil {
		return err
	}
	if !managed {
		if err := initialize(ctx, db); err != nil {
			return err
		}
	}
	found := diagnose(local, records)
	if len(found.failed) > 0 {
		return failedBefore(found.failed)
	}
	fmt.Fprintln(c.Out)
	for _, migration := range local {
		if !slices.Contains(found.pending, migration.name) {
			continue
		}
		fmt.Fprintf(c.Out, "Applying migration `%s`\n", migration.name)
		if err := apply(ctx, db, migration); err != nil {
			return err
		}
	}
	c.applied(found.pending)
	return nil
}

// lock takes Prisma's advisory lock. The connection's end gives it back.
func (c Command) lock(ctx context.Context, db *pgx.Conn) error {
	limit := c.LockTimeout
	if limit == 0 {
		limit = DefaultLockTimeout
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_, err := db.Exec(limited, fmt.Sprintf("SELECT pg_advisory_lock(%d)", lockID))
	if errors.Is(limited.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		return lockTimeout(db.Config(), limit.Milliseconds())
	}
	return err
}

// initialize makes the table in an empty schema, and refuses one that somebody else made.
func initialize(ctx context.Context, db *pgx.Conn) error {
	untouched, err := empty(ctx, db)
	if err != nil {
		return err
	}
	if !untouched {
		return notEmpty()
	}
	_, err = db.Exec(ctx, createTable)
	return err
}

// apply runs one script between its record's beginning and its end.
func apply(ctx context.Context, db *pgx.Conn, migration script) error {
	id, err := begin(ctx, db, migration)
	if err != nil {
		return err
	}
	if err := send(ctx, db, migration.sql); err != nil {
		failure := failedNow(migration.name, err)
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		// A script that opened a transaction of its own left it open, and nothing can be recorded in it.
		_, _ = db.PgConn().Exec(after, "ROLLBACK").ReadAll()
		_, text, _ := strings.Cut(failure.Error(), "\n\n")
		return errors.Join(failure, fail(after, db, id, text))
	}
	return finish(ctx, db, id)
}

// send runs a script as one simple query. Prisma's client does not send a text with a byte 0 in it, where PostgreSQL's
// protocol has its end.
func send(ctx context.Context, db *pgx.Conn, sql string) error {
	if strings.ContainsRune(sql, 0) {
		return errors.New("error encoding message to server")
	}
	_, err := db.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// applied prints the tree of what was applied.
func (c Command) applied(names []string) {
	if len(names) == 0 {
		fmt.Fprint(c.Out, "\nNo pending migrations to apply.\n")
		return
	}
	fmt.Fprint(c.Out, "\nThe following migration(s) have been applied:\n\nmigrations/\n")
	for _, name := range names {
		fmt.Fprintf(c.Out, "  └─ %s/\n    └─ %s\n", name, File)
	}
	fmt.Fprint(c.Out, "\nAll migrations have been successfully applied.\n")
}
