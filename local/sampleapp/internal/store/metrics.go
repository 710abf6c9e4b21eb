package store

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Pool is how many connections are in use, wait for use, and may be.
type Pool struct {
	Active int32 `json:"active"`
	Idle   int32 `json:"idle"`
	Max    int32 `json:"max"`
}

// Metrics is what the application says of its database.
type Metrics struct {
	Pool Pool `json:"pool"`
	// Errors of the last minute.
	Errors int `json:"errors"`
	// Tables is the rows of the key tables; a table that does not exist has no entry.
	Tables map[string]int64 `json:"tables"`
}

// keyTables are those of runbook step 3.3.
var keyTables = []string{"User", "Organization", "Asset"}

// Metrics asks the database. When it fails, what is known without it is still returned.
func (s *Store) Metrics(ctx context.Context) (Metrics, error) {
	metrics := Metrics{Tables: map[string]int64{}}
	// On one connection, which is then in use while the pool is looked at: an application that can answer this has one.
	err := s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		metrics.Pool = s.state()
		return countTables(ctx, conn, metrics.Tables)
	})
	if err != nil {
		err = s.seen(ctx, err)
		metrics.Pool = s.state()
	}
	metrics.Errors = s.errors.count()
	return metrics, err
}

// Count writes how many rows each key table has, a line each. That a table is missing is an error, and the others are
// counted all the same.
func Count(ctx context.Context, databaseURL string, out io.Writer) error {
	s, err := Open(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer s.Close()
	found, err := s.Metrics(ctx)
	if err != nil {
		return err
	}
	var missing []string
	for _, table := range keyTables {
		rows, there := found.Tables[table]
		if !there {
			missing = append(missing, table)
			continue
		}
		fmt.Fprintf(out, "%s %d\n", table, rows)
	}
	if len(missing) > 0 {
		return fmt.Errorf("there is no table %s", strings.Join(missing, ", "))
	}
	return nil
}

func (s *Store) state() Pool {
	state := s.pool.Stat()
	return Pool{Active: state.AcquiredConns(), Idle: state.IdleConns(), Max: state.MaxConns()}
}

func countTables(ctx context.Context, conn *pgxpool.Conn, into map[string]int64) error {
	for _, table := range keyTables {
		name := pgx.Identifier{table}.Sanitize()
		var exists bool
		if err := conn.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, name).Scan(&exists); err != nil {
			return err
		}
		if !exists {
			continue
		}
		var count int64
		if err := conn.QueryRow(ctx, `SELECT count(*) FROM `+name).Scan(&count); err != nil {
			return err
		}
		into[table] = count
	}
	return nil
}
