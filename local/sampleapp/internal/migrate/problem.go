package migrate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// problem is an error of Prisma's, with its code and its words, because scripts and people look for both.
type problem struct {
	code, text string
}

func (p problem) Error() string { return p.code + "\n\n" + p.text }

// PostgreSQL's codes for a connection that it refuses.
const (
	wrongPassword   = "28P01"
	notAllowed      = "28000"
	unknownDatabase = "3D000"
)

// unreachable names what a connection that did not come about means. Prisma's command line finds these before its engine
// runs, and writes them on one line with their code.
//
//nolint:revive,staticcheck // the texts are Prisma's, punctuation included
func unreachable(err error, to *pgx.ConnConfig) error {
	where := fmt.Sprintf("%s:%d", to.Host, to.Port)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && (refused.Code == wrongPassword || refused.Code == notAllowed):
		return fmt.Errorf("P1000: Authentication failed against database server, the provided database credentials for `%s` are not valid.\n\n"+
			"Please make sure to provide valid database credentials for the database server at the configured address.", to.User)
	case errors.As(err, &refused) && refused.Code == unknownDatabase:
		return fmt.Errorf("P1003: Database `%s` does not exist on the database server at `%s`.", to.Database, where)
	case errors.As(err, &refused):
		return fmt.Errorf("ERROR: %s (%s)", refused.Message, refused.Code)
	default:
		return fmt.Errorf("P1001: Can't reach database server at `%s`\n\nPlease make sure your database server is running at `%s`.", where, where)
	}
}

func lockTimeout(to *pgx.ConnConfig, milliseconds int64) error {
	return problem{"P1002", fmt.Sprintf("The database server at `%s:%d` was reached but timed out.\n\nPlease try again.\n\n"+
		"Please make sure your database server is running at `%s:%d`.\n\n"+
		"Context: Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock(%d)). Elapsed: %dms. "+
		"See https://pris.ly/d/migrate-advisory-locking for details.", to.Host, to.Port, to.Host, to.Port, lockID, milliseconds)}
}

func notEmpty() error {
	return problem{"P3005", "The database schema is not empty. " +
		"Read more about how to baseline an existing production database: https://pris.ly/d/migrate-baseline"}
}

func otherProvider(locked string) error {
	return problem{"P3019", fmt.Sprintf("The datasource provider `postgresql` specified in your schema does not match the one specified "+
		"in the migration_lock.toml, `%s`. Please remove your current migration directory and start a new migration history with "+
		"prisma migrate dev. Read more: https://pris.ly/d/migrate-provider-switch", locked)}
}

func failedBefore(failed []record) error {
	lines := []string{"migrate found failed migrations in the target database, new migrations will not be applied. " +
		"Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve"}
	for _, r := range failed {
		why := ""
		if r.logs != nil && *r.logs != "" {
			why = " with the following logs:\n" + *r.logs
		}
		lines = append(lines, fmt.Sprintf("The `%s` migration started at %s failed%s", r.name, r.started.UTC().Format("2006-01-02 15:04:05.999999 UTC"), why))
	}
	return problem{"P3009", strings.Join(lines, "\n")}
}

func failedNow(name string, err error) error {
	code, text := "unknown", err.Error()
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		code, text = refused.Code, refused.Severity+": "+refused.Message
		if refused.Detail != "" {
			text += "\nDETAIL: " + refused.Detail
		}
		if refused.Hint != "" {
			text += "\nHINT: " + refused.Hint
		}
	}
	return problem{"P3018", fmt.Sprintf("A migration failed to apply. New migrations cannot be applied before the error is recovered from. "+
		"Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve\n\n"+
		"Migration name: %s\n\nDatabase error code: %s\n\nDatabase error:\n%s", name, code, text)}
}
