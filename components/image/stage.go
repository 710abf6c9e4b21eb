package image

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/buildcontext"
)

// unusedFor is how long an unused copy is kept: longer than any update, and long enough to build yesterday's source again.
const unusedFor = 7 * 24 * time.Hour

// Stage copies what Content is made of to a folder of its own, <under>/<the content's 64 hex digits>, and returns that
// folder's path and the content. Files have mode 0644 or 0755, folders 0755. Ignored files and empty folders are left out,
// so that copies of the same content are the same; Git has no empty folders either.
//
// An image is built from the copy, because the provider does not compare content. It hashes all mode bits and compares the
// folder's path as text, so another umask or another checkout would build another image. Ignoring changes does not help:
// the hash is computed after the engine has put the old inputs back (pulumi-docker's Check and Diff in
// provider/provider.go of 4.10.0; its issue 715). The copy has the same path, modes and bytes on every machine, and does
// not change when somebody saves a file during the build.
//
// An existing copy is used again. Copies that were not used for a week are removed. The whole folder may be deleted when
// nothing is being built, and is no part of the content if it is inside the source.
func Stage(source, dockerfile, under string) (folder, content string, err error) {
	context := buildcontext.Context{Folder: source, Dockerfile: dockerfile, Without: []string{under}}
	list, err := context.List()
	if err != nil {
		return "", "", err
	}
	copied := staged{list: list, dockerfile: dockerfile, folder: path.Join(under, strings.TrimPrefix(list.Content, "sha256:"))}
	if err := copied.make(context); err != nil {
		return "", "", fmt.Errorf("build context: copy to %s: %w", copied.folder, err)
	}
	return copied.folder, list.Content, sweep(under)
}

// sent is what can be copied; a buildcontext.Context.
type sent interface {
	Walk(visit func(buildcontext.Entry, io.Reader) error) error
}

// staged is the copy of a context.
type staged struct {
	list       buildcontext.Listing
	dockerfile string
	folder     string // its place
}

// make makes the copy beside its place and puts it there whole, so that an interrupted copy is never taken for one.
func (s staged) make(source sent) error {
	if s.isIn(s.folder) {
		return s.normalise()
	}
	under := path.Dir(s.folder)
	if err := os.MkdirAll(under, 0o755); err != nil {
		return err
	}
	half, err := os.MkdirTemp(under, "half-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(half) }() // it is gone where all went well
	if err := copyTo(half, source); err != nil {
		return err
	}
	if !s.isIn(half) {
		return errors.New("a file has changed while it was copied; run the command again")
	}
	return s.place(half)
}

// isIn tells whether a folder is the copy.
func (s staged) isIn(folder string) bool {
	there, err := Content(folder, s.dockerfile)
	return err == nil && there == s.list.Content
}

// place gives the copy its name. Of two that are made side by side the first stays, as it may be built from already; one
// that somebody has changed since goes.
func (s staged) place(half string) error {
	err := os.Rename(half, s.folder)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if s.isIn(s.folder) {
		return nil
	}
	if err := os.RemoveAll(s.folder); err != nil {
		return err
	}
	return os.Rename(half, s.folder)
}

// normalise sets every mode of a copy that somebody may have been at, and marks it as used now.
func (s staged) normalise() error {
	root, err := os.OpenRoot(s.folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // nothing is written by closing it
	modes := map[string]fs.FileMode{".": folderMode}
	for _, one := range s.list.Entries {
		for parent := path.Dir(one.Name); parent != "."; parent = path.Dir(parent) {
			modes[parent] = folderMode
		}
		if one.Kind != buildcontext.Link {
			modes[one.Name] = modeOf(one.Kind)
		}
	}
	for name, mode := range modes {
		if err := root.Chmod(filepath.FromSlash(name), mode); err != nil {
			return err
		}
	}
	now, err := fileTime(path.Dir(s.folder))
	if err != nil {
		return err
	}
	return root.Chtimes(".", now, now)
}

// fileTime is the time that a folder's file system gives a new file: it need not be this machine's, where the folder is
// another's.
func fileTime(folder string) (time.Time, error) {
	probe, err := os.CreateTemp(folder, "half-")
	if err != nil {
		return time.Time{}, err
	}
	info, err := probe.Stat()
	if err := errors.Join(err, probe.Close(), os.Remove(probe.Name())); err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// sweep removes the copies, whole and half, that nothing has used for long.
func sweep(under string) error {
	now, err := fileTime(under)
	if err != nil {
		return fmt.Errorf("build context: %w", err)
	}
	entries, err := os.ReadDir(under)
	if err != nil {
		return fmt.Errorf("build context: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody else swept it
		}
		if err == nil && now.Sub(info.ModTime()) > unusedFor {
			err = os.RemoveAll(filepath.Join(under, entry.Name()))
		}
		if err != nil {
			return fmt.Errorf("build context: sweep: %w", err)
		}
	}
	return nil
}
