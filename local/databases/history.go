package databases

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// history is what brings a database back to any moment since it began: the cluster as it was before its server first
// started, and the log of all that was written since. Neither is ever changed, so that a copy is made of links.
type history struct{ folder string }

func (h history) base() string { return filepath.Join(h.folder, "base") }
func (h history) log() string  { return filepath.Join(h.folder, "wal") }

// begin keeps a cluster that no server runs on as the base.
func (h history) begin(who account, data string) error {
	return errors.Join(os.Mkdir(h.folder, 0o700), who.own(h.folder), duplicate(who, data, h.base(), copyFile), os.MkdirAll(h.log(), 0o700), who.own(h.log()))
}

// keep makes another history of the same.
func (h history) keep(who account, folder string) error {
	part := folder + ".part" // so that what was cut off is not taken for whole
	if err := errors.Join(os.RemoveAll(part), duplicate(who, h.folder, part, os.Link)); err != nil {
		return err
	}
	return os.Rename(part, folder)
}

// duplicate makes a folder with all that is in another.
func duplicate(who account, from, to string, file func(from, to string) error) error {
	return filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, inside)
		if entry.IsDir() {
			return errors.Join(os.Mkdir(target, 0o700), who.own(target))
		}
		return errors.Join(file(path, target), who.own(target))
	})
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}

// history is this database's own.
func (p *postgres) history() history { return history{filepath.Join(p.folder, "history")} }

// archiveWithin is how long the server may take to hand over what it has written; milliseconds are usual.
const archiveWithin = 30 * time.Second

// archive brings the history up to now. A transaction of its own comes last, as recovery stops where it sees a later one
// than it was asked for.
func (p *postgres) archive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, archiveWithin)
	defer cancel()
	conn, err := p.connect(ctx) // one of its own, as others ask at the same time
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var last string
	if _, err := conn.Exec(ctx, "SELECT txid_current()"); err != nil {
		return err
	}
	if err := conn.QueryRow(ctx, "SELECT pg_walfile_name(pg_switch_wal())").Scan(&last); err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(filepath.Join(p.history().log(), last)); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server did not hand over %s: %w", last, ctx.Err())
		case <-tick.C:
		}
	}
}
