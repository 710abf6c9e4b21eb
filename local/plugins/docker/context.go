package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// entry is one thing of the build context.
type entry struct {
	name string // relative to the context, with slashes
	path string
	info fs.FileInfo
	link string // where a symbolic link points to, as written
}

// digest identifies what the image is built from: the Dockerfile, and every file's name, mode and content. Folders
// count through what is in them; times and owners do not count.
func (b build) digest() (string, error) {
	if err := b.locate(); err != nil {
		return "", err
	}
	sum := sha256.New()
	content, err := hashFile(b.Dockerfile)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "Dockerfile\x00%s\x00", content)
	entries, err := b.entries()
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		content := e.link
		if e.info.IsDir() {
			continue
		} else if e.info.Mode().IsRegular() {
			if content, err = hashFile(e.path); err != nil {
				return "", err
			}
		}
		fmt.Fprintf(sum, "%s\x00%s\x00%s\x00", e.name, e.info.Mode(), content)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func hashFile(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// entries lists the context in lexical order, without what the ignore file names.
func (b build) entries() ([]entry, error) {
	ignored, err := b.ignored()
	if err != nil {
		return nil, err
	}
	root, err := filepath.EvalSymlinks(b.Context)
	if err != nil {
		return nil, fmt.Errorf("build.context %q: %w; the path is relative to the program's folder", b.Context, errors.Unwrap(err))
	}
	var entries []entry
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		e := entry{path: name}
		if e.name, err = filepath.Rel(root, name); err != nil || e.name == "." {
			return err
		}
		e.name = filepath.ToSlash(e.name)
		skip, err := ignored.MatchesOrParentMatches(e.name)
		switch {
		case err != nil:
			return err
		case skip && d.IsDir() && !ignored.Exclusions():
			return fs.SkipDir
		case skip:
			return nil
		}
		if e.info, err = d.Info(); err != nil {
			return err
		}
		switch e.info.Mode().Type() {
		case fs.ModeSocket:
			return nil // no archive holds one
		case fs.ModeSymlink:
			if e.link, err = os.Readlink(name); err != nil {
				return err
			}
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("build.context %q: %w", b.Context, err)
	}
	return entries, nil
}

// ignored reads the Dockerfile's own ignore file or, where it has none, the context's.
func (b build) ignored() (*patternmatcher.PatternMatcher, error) {
	for _, name := range []string{b.Dockerfile + ".dockerignore", filepath.Join(b.Context, ".dockerignore")} {
		file, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		patterns, err := ignorefile.ReadAll(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return patternmatcher.New(patterns)
	}
	return patternmatcher.New(nil)
}
