package databases

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/awsclient"
)

// fill makes the database cluster: an empty one, or that of a snapshot or of another database at a moment.
func (s *Servers) fill(ctx context.Context, p *postgres, program string, wanted awsclient.Database) error {
	from, err := s.origin(ctx, wanted)
	if err != nil {
		return err
	}
	if from != nil {
		return p.recover(ctx, program, *from, wanted.Origin.At)
	}
	if wanted.Origin != (awsclient.Origin{}) {
		s.log.Printf("postgres %s: begins empty, as nothing was kept of what it is restored from", wanted.ID)
	}
	return p.initialize(ctx, s.programs.PostgresBin)
}

// recover makes the data what it was at a moment, and the owner's password this server's. No server runs meanwhile:
// PostgreSQL does it all by itself in its single-user mode.
func (p *postgres) recover(ctx context.Context, program string, from history, at time.Time) error {
	if err := duplicate(p.account, from.base(), p.data(), copyFile); err != nil {
		return err
	}
	signal := filepath.Join(p.data(), "recovery.signal")
	if err := errors.Join(os.WriteFile(signal, nil, 0o600), p.account.own(signal)); err != nil {
		return err
	}
	return p.alone(ctx, program, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", owner, p.password),
		"restore_command=cp \""+from.log()+"/%f\" \"%p\"", "recovery_target_time="+at.UTC().Format("2006-01-02 15:04:05.999999-07:00"),
		"recovery_target_action=promote", "hot_standby=off", "archive_mode=off")
}

// alone runs one statement in PostgreSQL's single-user mode. The statement is written to it, not shown to anybody.
func (p *postgres) alone(ctx context.Context, program, statement string, settings ...string) error {
	args := []string{"--single", "-D", p.data()}
	for _, setting := range append(settings, "log_statement=none", "log_min_error_statement=panic") {
		args = append(args, "-c", setting)
	}
	out, err := p.runWith(ctx, strings.NewReader(statement+"\n"), program, append(args, "postgres")...)
	if err == nil && (strings.Contains(out, "ERROR:") || strings.Contains(out, "FATAL:")) {
		err = errors.New("it says so")
	}
	if err != nil {
		return fmt.Errorf("recovery: %w\n%s", err, out)
	}
	return nil
}

// origin finds the history that a restored database is made from; nil where there is none, as with a snapshot that was
// taken while no server ran.
func (s *Servers) origin(ctx context.Context, wanted awsclient.Database) (*history, error) {
	from := wanted.Origin
	if from.Snapshot != "" {
		kept := history{filepath.Join(s.kept, from.Snapshot)} // set by keepSnapshots, which comes before
		if _, missing := os.Stat(kept.folder); missing != nil {
			return nil, nil
		}
		return &kept, nil
	}
	source := s.sources[from.Instance]
	if from.Instance == "" || source == nil {
		return nil, nil
	}
	if err := source.archive(ctx); err != nil {
		return nil, err
	}
	found := source.history()
	return &found, nil
}

// keepSnapshots gives each new snapshot the history of its database, and forgets those of deleted snapshots. A database
// that AWS no longer has is still there when its last snapshot is seen.
func (s *Servers) keepSnapshots(ctx context.Context) error {
	who, err := accountOf("postgres")
	if err != nil {
		return err
	}
	base, err := folderFor(s.run, who)
	if err != nil {
		return err
	}
	s.kept, s.sources = filepath.Join(base, "snapshots"), map[string]*postgres{}
	for _, i := range s.running {
		if p, ok := i.server.(*postgres); ok && p.alive() {
			s.sources[i.wanted.Instance] = p
		}
	}
	wanted, err := s.client.Snapshots(ctx)
	if err != nil {
		return err
	}
	named := map[string]bool{}
	var errs []error
	for _, one := range wanted {
		named[one.ID] = true
		folder := filepath.Join(s.kept, one.ID)
		source := s.sources[one.Instance]
		if _, err := os.Stat(folder); err == nil || source == nil {
			continue
		}
		if err := s.keepSnapshot(ctx, source, folder); err != nil {
			errs = append(errs, fmt.Errorf("snapshot %s: %w", one.ID, err))
		}
	}
	there, _ := os.ReadDir(s.kept) // none before the first
	for _, entry := range there {
		if !named[entry.Name()] {
			errs = append(errs, os.RemoveAll(filepath.Join(s.kept, entry.Name())))
		}
	}
	return errors.Join(errs...)
}

func (s *Servers) keepSnapshot(ctx context.Context, source *postgres, folder string) error {
	if err := errors.Join(os.MkdirAll(s.kept, 0o700), source.account.own(s.kept)); err != nil {
		return err
	}
	if err := source.archive(ctx); err != nil {
		return err
	}
	return source.history().keep(source.account, folder)
}
