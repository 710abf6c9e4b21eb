package databases

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/flowcomply/infrastructure/local/awsclient"
)

// configure writes the server's settings: the parameter group's that this PostgreSQL knows, and then those that make
// it a server of one machine for one run.
func (p *postgres) configure(parameters map[string]string, known map[string]bool) error {
	var conf strings.Builder
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		value := parameters[name]
		if known[name] && !strings.Contains(value, "{") { // a formula of AWS's, of the instance's memory
			fmt.Fprintf(&conf, "%s = '%s'\n", name, strings.ReplaceAll(value, "'", "''"))
		}
	}
	fmt.Fprintf(&conf, `listen_addresses = '127.0.0.1'
port = %d
unix_socket_directories = ''
ssl = on
ssl_cert_file = '../server.crt'
ssl_key_file = '../server.key'
shared_buffers = 32MB
fsync = off
full_page_writes = off
synchronous_commit = off
archive_mode = on
archive_command = 'cp %%p ../part && mv ../part ../history/wal/%%f'
logging_collector = off
log_destination = stderr
`, p.port)
	// With rds.force_ssl, on by default since version 15, a connection without TLS meets no line here and is told so.
	access := "hostssl all all 127.0.0.1/32 scram-sha-256\n"
	if parameters["rds.force_ssl"] == "0" {
		access = "host all all 127.0.0.1/32 scram-sha-256\n"
	}
	for name, text := range map[string]string{"postgresql.conf": conf.String(), "pg_hba.conf": access} {
		file := filepath.Join(p.data(), name)
		if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), p.account.own(file)); err != nil {
			return err
		}
	}
	return nil
}

// apply makes the master user, the password and the database what AWS was told.
func (p *postgres) apply(ctx context.Context, wanted awsclient.Database, _ details) error {
	wanted.Down, wanted.Origin = false, awsclient.Origin{} // neither is the server's to change
	if wanted == p.applied {
		return nil
	}
	if wanted.User == "" || wanted.User == owner {
		return fmt.Errorf("%q cannot be the master user", wanted.User)
	}
	conn, err := p.connection(ctx)
	if err != nil {
		return err
	}
	user := pgx.Identifier{wanted.User}.Sanitize()
	if err := p.role(ctx, conn, wanted, user); err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", wanted.Name).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{wanted.Name}.Sanitize()+" OWNER "+user); err != nil {
			return err
		}
	}
	p.applied = wanted
	return nil
}

func (p *postgres) role(ctx context.Context, conn *pgx.Conn, wanted awsclient.Database, user string) error {
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", wanted.User).Scan(&there); err != nil {
		return err
	}
	verb := "CREATE"
	if there {
		verb = "ALTER"
	}
	password := "'" + strings.ReplaceAll(wanted.Password, "'", "''") + "'"
	if _, err := conn.Exec(ctx, verb+" ROLE "+user+" LOGIN CREATEDB CREATEROLE PASSWORD "+password); err != nil {
		return fmt.Errorf("master user: %w", err) // PostgreSQL does not repeat the password
	}
	return nil
}
