package migrate

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5"
)

// createTable is Prisma's own table, to the column.
const createTable = `CREATE TABLE "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`

// record is a row of the table. One that neither finished nor was rolled back has failed.
type record struct {
	name     string
	started  time.Time
	finished bool
	logs     *string
}

// querier is a connection, or a pool of them.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// history returns the records that were not rolled back, in the order they were started, and whether there is a table.
func history(ctx context.Context, db querier) (records []record, exists bool, err error) {
	if err := db.QueryRow(ctx, `SELECT to_regclass('"_prisma_migrations"') IS NOT NULL`).Scan(&exists); err != nil || !exists {
		return nil, false, err
	}
	rows, err := db.Query(ctx, `SELECT "migration_name", "started_at", "finished_at" IS NOT NULL, "logs" FROM "_prisma_migrations"
		WHERE "rolled_back_at" IS NULL ORDER BY "started_at", "migration_name"`)
	if err != nil {
		return nil, true, err
	}
	records, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (record, error) {
		var r record
		return r, row.Scan(&r.name, &r.started, &r.finished, &r.logs)
	})
	return records, true, err
}

// empty says whether the schema has no table, which is when a first migration may start.
func empty(ctx context.Context, db querier) (bool, error) {
	var found bool
	err := db.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm'))`).Scan(&found)
	return !found, err
}

// begin records that a migration was started, and returns the record's id.
func begin(ctx context.Context, db *pgx.Conn, migration script) (string, error) {
	id := uuid()
	_, err := db.Exec(ctx, `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at") VALUES ($1, $2, $3, now())`,
		id, migration.checksum(), migration.name)
	return id, err
}

func finish(ctx context.Context, db *pgx.Conn, id string) error {
	_, err := db.Exec(ctx, `UPDATE "_prisma_migrations" SET "finished_at" = now(), "applied_steps_count" = "applied_steps_count" + 1 WHERE "id" = $1`, id)
	return err
}

func fail(ctx context.Context, db *pgx.Conn, id, logs string) error {
	_, err := db.Exec(ctx, `UPDATE "_prisma_migrations" SET "logs" = $2 WHERE "id" = $1`, id, logs)
	return err
}

// uuid returns a random one, of version 4 as Prisma's.
func uuid() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails: it ends the process instead
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	text := hex.EncodeToString(raw[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
