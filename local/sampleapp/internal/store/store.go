// Package store is the application's PostgreSQL: the tables "User", "Organization" and "Asset", named and spelt as Prisma does.
//
// Decisions: opening asks nothing of the server, so that the application starts, and says what is wrong, while the
// database is away; errors are counted over the last minute, so that one that is over does not look like one that is.
package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// minConnections are kept open, so that the first request after a quiet while does not wait for a handshake.
	minConnections = 2
	maxConnections = 10
	// connectTimeout bounds a new connection.
	connectTimeout = 5 * time.Second
	// uniqueViolation is PostgreSQL's code for a value that is already there: the caller's mistake, not the database's.
	uniqueViolation = "23505"
)

var (
	// ErrNotFound says that there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrTaken says that somebody has this address already.
	ErrTaken = errors.New("already registered")
)

// Store is a pool of connections.
type Store struct {
	pool   *pgxpool.Pool
	errors recent
}

// Connection returns how to connect to a DATABASE_URL as Prisma writes them. Prisma's own parameters are taken out,
// because PostgreSQL refuses those that it does not know: schema becomes the search path. sslmode=require encrypts and
// does not verify, in Prisma and libpq alike: RDS's authority is in no image's bundle.
func Connection(raw string) (string, error) {
	address, err := url.Parse(raw)
	if err != nil {
		// the cause would repeat the password
		return "", errors.New("DATABASE_URL: not a URL; want postgresql://user:password@host:5432/database?schema=public&sslmode=require")
	}
	query := address.Query()
	if schema := query.Get("schema"); schema != "" {
		query.Set("search_path", pgx.Identifier{schema}.Sanitize())
	}
	for _, own := range []string{"schema", "connection_limit", "pool_timeout", "pgbouncer", "statement_cache_size", "socket_timeout"} {
		query.Del(own)
	}
	address.RawQuery = query.Encode()
	return address.String(), nil
}

// Schema is the schema that a DATABASE_URL names, by default public.
func Schema(raw string) string {
	if address, err := url.Parse(raw); err == nil && address.Query().Get("schema") != "" {
		return address.Query().Get("schema")
	}
	return "public"
}

// Open prepares the pool.
func Open(ctx context.Context, databaseURL string) (*Store, error) {
	connection, err := Connection(databaseURL)
	if err != nil {
		return nil, err
	}
	settings, err := pgxpool.ParseConfig(connection)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	settings.MinConns, settings.MaxConns = minConnections, maxConnections
	settings.ConnConfig.ConnectTimeout = connectTimeout
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	return &Store{pool: pool, errors: recent{now: time.Now}}, nil
}

// Pool is the pool itself, for what is not about the application's own tables.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Close ends every connection.
func (s *Store) Close() { s.pool.Close() }

// Ping fails unless the server answers. It needs no table: before the first migration there is none.
func (s *Store) Ping(ctx context.Context) error { return s.seen(ctx, s.pool.Ping(ctx)) }

// Hold opens so many connections beside the pool and keeps them until the context ends.
func (s *Store) Hold(ctx context.Context, count int) error {
	for range count {
		held, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
		if err != nil {
			return s.seen(ctx, fmt.Errorf("database: hold connections: %w", err))
		}
		defer held.Close(context.WithoutCancel(ctx))
	}
	<-ctx.Done()
	return nil
}

// seen counts what is the database's fault, and names the rest.
func (s *Store) seen(ctx context.Context, err error) error {
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &refused) && refused.Code == uniqueViolation:
		return ErrTaken
	case errors.Is(ctx.Err(), context.Canceled):
		return err // the caller is gone
	}
	s.errors.add()
	return err
}
