package databases

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/ca"
	"github.com/flowcomply/infrastructure/local/tcp"
)

// owner is the superuser, whose name on RDS this is; nobody but this process knows the password.
const owner = "rdsadmin"

// startWithin is how long a server may take to answer; a second is usual on an idle machine.
const startWithin = 60 * time.Second

type postgres struct {
	process  *process
	port     int
	password string // the owner's
	tls      *tls.Config
	account  account
	folder   string

	conn    *pgx.Conn // the owner's, opened when it is needed
	applied awsclient.Database
	cpu     counter
}

// startPostgres makes a database cluster and starts its server.
func (s *Servers) startPostgres(ctx context.Context, wanted awsclient.Database, d details) (server, error) {
	who, err := accountOf("postgres")
	if err != nil {
		return nil, err
	}
	base, err := folderFor(s.run, who)
	if err != nil {
		return nil, err
	}
	p := &postgres{account: who, folder: filepath.Join(base, "postgres-"+wanted.ID), password: rand.Text()}
	// What an earlier server left is not used again: its owner's password is gone.
	if err := errors.Join(os.RemoveAll(p.folder), os.Mkdir(p.folder, 0o700), who.own(p.folder)); err != nil {
		return nil, err
	}
	if p.tls, err = s.identify(who, p.folder, wanted.Host); err != nil {
		return nil, err
	}
	program := filepath.Join(s.programs.PostgresBin, "postgres")
	if err := s.fill(ctx, p, program, wanted); err != nil {
		return nil, err
	}
	if err := p.history().begin(who, p.data()); err != nil {
		return nil, err
	}
	known, err := p.known(ctx, program)
	if err != nil {
		return nil, err
	}
	if p.port, err = tcp.FreePort(); err != nil {
		return nil, err
	}
	if err := p.configure(d.parameters, known); err != nil {
		return nil, err
	}
	if p.process, err = launch(who, p.folder, program, "", "-D", p.data()); err != nil {
		return nil, err
	}
	if err := p.answers(ctx); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// identify writes the server's certificate and key, and returns how to check it.
func (s *Servers) identify(who account, folder, host string) (*tls.Config, error) {
	issued, err := s.issuer.Issue([]string{host}, ca.Validity{})
	if err != nil {
		return nil, err
	}
	certificate, key, err := ca.Files(issued)
	if err != nil {
		return nil, err
	}
	for name, content := range map[string][]byte{"server.crt": certificate, "server.key": key} {
		file := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(file, content, 0o600), who.own(file)); err != nil {
			return nil, err
		}
	}
	return &tls.Config{RootCAs: s.issuer.Pool(), ServerName: host, MinVersion: tls.VersionTLS12}, nil
}

func (p *postgres) data() string { return filepath.Join(p.folder, "data") }

func (p *postgres) initialize(ctx context.Context, bin string) error {
	secret := filepath.Join(p.folder, "password")
	if err := errors.Join(os.WriteFile(secret, []byte(p.password), 0o600), p.account.own(secret)); err != nil {
		return err
	}
	defer os.Remove(secret)
	// The encoding is RDS's; of the locales only C is on every machine.
	out, err := p.run(ctx, filepath.Join(bin, "initdb"), "--pgdata", p.data(), "--username", owner, "--pwfile", secret,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions",
		"--wal-segsize", "1") // MB, of which a snapshot ends one
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// known are the names of the settings that this PostgreSQL has: RDS has some of its own, and other versions others.
func (p *postgres) known(ctx context.Context, program string) (map[string]bool, error) {
	out, err := p.run(ctx, program, "--describe-config")
	if err != nil {
		return nil, fmt.Errorf("postgres --describe-config: %w\n%s", err, out)
	}
	names := map[string]bool{}
	for line := range strings.Lines(out) {
		name, _, _ := strings.Cut(line, "\t")
		names[name] = true
	}
	return names, nil
}

func (p *postgres) run(ctx context.Context, program string, args ...string) (string, error) {
	return p.runWith(ctx, nil, program, args...)
}

func (p *postgres) runWith(ctx context.Context, input io.Reader, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.SysProcAttr, cmd.Stdin = p.folder, p.account.attributes(), input
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// answers waits until the server takes the owner in.
func (p *postgres) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := p.connection(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.process.ended:
			return p.process.died()
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// connection is the owner's. What it says is not in the server's log, as passwords are part of it.
func (p *postgres) connection(ctx context.Context) (*pgx.Conn, error) {
	if p.conn != nil && !p.conn.IsClosed() {
		return p.conn, nil
	}
	var err error
	p.conn, err = p.connect(ctx)
	return p.conn, err
}

func (p *postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%d user=%s password=%s dbname=postgres sslmode=require connect_timeout=5",
		p.port, owner, p.password))
	if err != nil {
		return nil, err
	}
	config.TLSConfig = p.tls
	for name, value := range map[string]string{"log_statement": "none", "log_min_duration_statement": "-1", "log_min_error_statement": "panic"} {
		config.RuntimeParams[name] = value
	}
	return pgx.ConnectConfig(ctx, config)
}

func (p *postgres) address() string { return fmt.Sprintf("127.0.0.1:%d", p.port) }
func (p *postgres) alive() bool     { return p.process.alive() }

// stop ends the server with its connections; what it had is thrown away.
func (p *postgres) stop() {
	p.process.stop(syscall.SIGINT, 5*time.Second) // "fast": without waiting for clients
	_ = os.RemoveAll(p.folder)
}
