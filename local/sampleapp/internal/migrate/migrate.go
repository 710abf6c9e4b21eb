// Package migrate is the stand-in's `prisma migrate status`, `deploy` and `resolve`: the same words, exit codes, table and
// lock, so that what runs and reads Prisma's command line can be tried without Node.
//
// Decisions: migrations are files in a folder of the image, laid out as Prisma's, so that a release can add one
// without being compiled; a script is sent whole, as Prisma sends it, so that PostgreSQL runs it as one transaction
// unless it has its own, and a failed one leaves its record behind and, mostly, nothing else; colours and Prisma's
// stack traces are left out.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/store"
)

const (
	// File is a migration's script, in the folder that is named after the migration.
	File = "migration.sql"
	// lockID is the advisory lock that Prisma takes, so that two deployments of migrations exclude each other.
	lockID = 72707369
	// DefaultLockTimeout is Prisma's.
	DefaultLockTimeout = 10 * time.Second
	// connectTimeout is Prisma's, in which a server has to answer.
	connectTimeout = 5 * time.Second
)

// Command is one call of the command line.
type Command struct {
	DatabaseURL string
	Folder      string
	Out, Err    io.Writer
	// LockTimeout is how long the lock is waited for; default 10 s.
	LockTimeout time.Duration
}

// step is what a command does with a connection and the image's migrations.
type step func(context.Context, *pgx.Conn, []script) error

// Run runs `status`, `deploy`, `resolve --rolled-back NAME` or `resolve --applied NAME`, and returns the exit code.
func (c Command) Run(ctx context.Context, args []string) int {
	run := c.asked(args)
	if run == nil {
		fmt.Fprintln(c.Err, "usage: migrate status | migrate deploy | migrate resolve --rolled-back NAME | migrate resolve --applied NAME")
		return 1
	}
	err := c.with(ctx, run)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errShown):
		return 1
	}
	fmt.Fprintf(c.Err, "Error: %s\n", err)
	return 1
}

// asked is what the arguments ask for; nil where that is nothing that there is.
func (c Command) asked(args []string) step {
	switch {
	case slices.Equal(args, []string{"status"}):
		return c.status
	case slices.Equal(args, []string{"deploy"}):
		return c.deploy
	case len(args) == 3 && args[0] == "resolve" && args[1] == "--rolled-back":
		return c.rolledBack(args[2])
	case len(args) == 3 && args[0] == "resolve" && args[1] == "--applied":
		return c.markedApplied(args[2])
	}
	return nil
}

// errShown is an outcome that is bad and has been told.
var errShown = errors.New("already shown")

func (c Command) with(ctx context.Context, run step) error {
	connection, err := store.Connection(c.DatabaseURL)
	if err != nil {
		return err
	}
	settings, err := pgx.ParseConfig(connection)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	settings.ConnectTimeout = connectTimeout
	fmt.Fprintln(c.Out, "Prisma schema loaded from prisma/schema.prisma")
	fmt.Fprintf(c.Out, "Datasource \"db\": PostgreSQL database \"%s\", schema \"%s\" at \"%s:%d\"\n",
		settings.Database, store.Schema(c.DatabaseURL), settings.Host, settings.Port)
	db, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return unreachable(err, settings)
	}
	defer db.Close(context.WithoutCancel(ctx))
	local, err := scripts(c.Folder)
	if err != nil {
		return err
	}
	switch len(local) {
	case 0:
		fmt.Fprint(c.Out, "\nNo migration found in prisma/migrations\n")
	case 1:
		fmt.Fprint(c.Out, "\n1 migration found in prisma/migrations\n")
	default:
		fmt.Fprintf(c.Out, "\n%d migrations found in prisma/migrations\n", len(local))
	}
	return run(ctx, db, local)
}
