package store

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jackc/pgx/v5"
)

// User is a row of "User".
type User struct {
	ID             string `json:"id"`
	Email          string `json:"email"`
	OrganizationID string `json:"organizationId"`
	PasswordHash   string `json:"-"`
}

// Asset is a row of "Asset".
type Asset struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	DocumentKey string `json:"documentKey"`
}

// Counts are how many rows there are.
type Counts struct {
	Users         int64 `json:"users"`
	Organizations int64 `json:"organizations"`
	Assets        int64 `json:"assets"`
}

// NewID returns an id for a row.
func NewID() string { return rand.Text() }

// Register adds a user, and the organization if it is new. It returns ErrTaken if the address is registered.
func (s *Store) Register(ctx context.Context, email, passwordHash, organization string) (User, error) {
	user := User{ID: NewID(), Email: email, PasswordHash: passwordHash}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// An update that changes nothing, because an insert that does nothing returns no row.
		err := tx.QueryRow(ctx, `INSERT INTO "Organization" ("id", "name") VALUES ($1, $2)
			ON CONFLICT ("name") DO UPDATE SET "name" = EXCLUDED."name" RETURNING "id"`, NewID(), organization).Scan(&user.OrganizationID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO "User" ("id", "email", "passwordHash", "organizationId") VALUES ($1, $2, $3, $4)`,
			user.ID, user.Email, user.PasswordHash, user.OrganizationID)
		return err
	})
	return user, s.seen(ctx, err)
}

// UserByEmail returns ErrNotFound if nobody has the address.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	return s.user(ctx, `"email" = $1`, email)
}

// UserByID returns ErrNotFound if there is no such user any more.
func (s *Store) UserByID(ctx context.Context, id string) (User, error) {
	return s.user(ctx, `"id" = $1`, id)
}

func (s *Store) user(ctx context.Context, where, value string) (User, error) {
	var user User
	err := s.pool.QueryRow(ctx, `SELECT "id", "email", "passwordHash", "organizationId" FROM "User" WHERE `+where, value).
		Scan(&user.ID, &user.Email, &user.PasswordHash, &user.OrganizationID)
	return user, s.seen(ctx, err)
}

// AddAsset adds a row for a document that is already kept.
func (s *Store) AddAsset(ctx context.Context, asset Asset, organization string) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO "Asset" ("id", "name", "documentKey", "organizationId") VALUES ($1, $2, $3, $4)`,
		asset.ID, asset.Name, asset.DocumentKey, organization)
	return s.seen(ctx, err)
}

// Processed notes that an asset's document has been read. It returns ErrNotFound if there is no such asset.
func (s *Store) Processed(ctx context.Context, id string, at time.Time) error {
	done, err := s.pool.Exec(ctx, `UPDATE "Asset" SET "processedAt" = $2 WHERE "id" = $1`, id, at.UTC())
	if err == nil && done.RowsAffected() == 0 {
		return ErrNotFound
	}
	return s.seen(ctx, err)
}

// listed is how many assets a list shows; its total says how many there are.
const listed = 100

// Assets returns an organization's newest assets, and how many it has.
func (s *Store) Assets(ctx context.Context, organization string) ([]Asset, int64, error) {
	rows, err := s.pool.Query(ctx, `SELECT "id", "name", "documentKey" FROM "Asset" WHERE "organizationId" = $1
		ORDER BY "createdAt" DESC, "id" LIMIT $2`, organization, listed)
	if err != nil {
		return nil, 0, s.seen(ctx, err)
	}
	assets, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Asset])
	if err != nil {
		return nil, 0, s.seen(ctx, err)
	}
	var total int64
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM "Asset" WHERE "organizationId" = $1`, organization).Scan(&total)
	return assets, total, s.seen(ctx, err)
}

// Dashboard counts what there is.
func (s *Store) Dashboard(ctx context.Context) (Counts, error) {
	var counts Counts
	err := s.pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM "User"), (SELECT count(*) FROM "Organization"), (SELECT count(*) FROM "Asset")`).
		Scan(&counts.Users, &counts.Organizations, &counts.Assets)
	return counts, s.seen(ctx, err)
}
