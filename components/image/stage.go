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
)

// unusedFor is how long a copy is kept that nothing has built from: longer than any update, and than most thoughts
// about going back to yesterday's source.
const unusedFor = 7 * 24 * time.Hour

// Stage copies what Content is made of to a folder of its own, <under>/<the content's 64 hex digits>, and returns that
// folder's path and the content. Files have mode 0644 or 0755, folders 0755; ignored files are not there.
//
// An image is built from the copy, because the provider's own comparison knows no content: it hashes all mode bits, and
// compares the folder's path as text, so that another umask or another place of the source is another image to it, even
// one whose changes are ignored, as it computes the hash after the engine has put the old inputs back
// (pulumi-docker's Check and Diff in provider/provider.go of 4.10.0; its issue 715). The copy has the same path, modes and
// bytes wherever it is made. And what is built is what was hashed, also when somebody saves a file meanwhile.
//
// A copy that is there already is used again. Copies that were not used for a week are removed; the whole folder may be
// removed whenever nothing is being built.
func Stage(source fs.FS, dockerfile, under string) (folder, content string, err error) {
	files, err := contextOf(source, dockerfile)
	if err != nil {
		return "", "", err
	}
	if content, err = contentOf(source, dockerfile, files); err != nil {
		return "", "", err
	}
	folder = path.Join(under, strings.TrimPrefix(content, "sha256:"))
	if err := stage(source, dockerfile, files, folder, content); err != nil {
		return "", "", fmt.Errorf("build context: copy to %s: %w", folder, err)
	}
	return folder, content, sweep(under)
}

// stage makes the copy beside its place and puts it there whole, so that an interrupted copy is never taken for one.
func stage(source fs.FS, dockerfile string, files []file, folder, content string) error {
	if there, err := Content(os.DirFS(folder), dockerfile); err == nil && there == content {
		return normalise(folder, files)
	}
	if err := os.MkdirAll(path.Dir(folder), 0o755); err != nil {
		return err
	}
	half, err := os.MkdirTemp(path.Dir(folder), "half-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(half) }() // it is gone where all went well
	for _, one := range files {
		if err := one.copy(source, half); err != nil {
			return err
		}
	}
	if err := normalise(half, files); err != nil {
		return err
	}
	made, err := Content(os.DirFS(half), dockerfile)
	if err != nil {
		return err
	}
	if made != content {
		return errors.New("a file has changed while it was copied; run the command again")
	}
	return place(half, folder, dockerfile, content)
}

// place gives the copy its name. Of two that are made side by side the first stays, as it may be built from already; one
// that somebody has changed since goes.
func place(half, folder, dockerfile, content string) error {
	err := os.Rename(half, folder)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if there, err := Content(os.DirFS(folder), dockerfile); err == nil && there == content {
		return nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.Rename(half, folder)
}

func (f file) copy(source fs.FS, folder string) error {
	target := filepath.Join(folder, filepath.FromSlash(f.name))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if f.link != "" {
		return os.Symlink(f.link, target)
	}
	in, err := source.Open(f.name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// normalise sets every mode, whatever the umask made of it, and marks the copy as used now.
func normalise(folder string, files []file) error {
	modes := map[string]fs.FileMode{".": 0o755}
	for _, one := range files {
		for parent := path.Dir(one.name); parent != "."; parent = path.Dir(parent) {
			modes[parent] = 0o755
		}
		switch {
		case one.link != "":
		case one.executable:
			modes[one.name] = 0o755
		default:
			modes[one.name] = 0o644
		}
	}
	for name, mode := range modes {
		if err := os.Chmod(filepath.Join(folder, filepath.FromSlash(name)), mode); err != nil {
			return err
		}
	}
	now := time.Now()
	return os.Chtimes(folder, now, now)
}

// sweep removes the copies, whole and half, that nothing has used for long.
func sweep(under string) error {
	entries, err := os.ReadDir(under)
	if err != nil {
		return fmt.Errorf("build context: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody else swept it
		}
		if err == nil && time.Since(info.ModTime()) > unusedFor {
			err = os.RemoveAll(filepath.Join(under, entry.Name()))
		}
		if err != nil {
			return fmt.Errorf("build context: sweep: %w", err)
		}
	}
	return nil
}
