package migrate

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Counts says how the database's history compares with the image's migrations.
type Counts struct {
	Applied int `json:"applied"`
	Pending int `json:"pending"`
	Failed  int `json:"failed"`
}

// Count compares a folder of migrations with a database. It reads only.
func Count(ctx context.Context, pool *pgxpool.Pool, folder string) (Counts, error) {
	local, err := scripts(folder)
	if err != nil {
		return Counts{}, err
	}
	records, _, err := history(ctx, pool)
	if err != nil {
		return Counts{}, err
	}
	found := diagnose(local, records)
	return Counts{Applied: len(records) - len(found.failed), Pending: len(found.pending), Failed: len(found.failed)}, nil
}

// diagnosis is the comparison.
type diagnosis struct {
	pending []string // in the folder and not in the database
	unknown []string // in the database and not in the folder
	failed  []record
	common  string // the last migration that both have, before they part
}

func diagnose(local []script, records []record) diagnosis {
	var found diagnosis
	for at, migration := range local {
		if !slices.ContainsFunc(records, func(r record) bool { return r.name == migration.name }) {
			found.pending = append(found.pending, migration.name)
		}
		if at < len(records) && records[at].name == migration.name && len(found.pending) == 0 {
			found.common = migration.name
		}
	}
	for _, r := range records {
		if !slices.ContainsFunc(local, func(s script) bool { return s.name == r.name }) {
			found.unknown = append(found.unknown, r.name)
		}
		if !r.finished {
			found.failed = append(found.failed, r)
		}
	}
	return found
}
