package deploylog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Paths are the files of one log.
type Paths struct {
	Markdown, HTML, JSON string
}

// stamp is the time in a log's name: UTC, so that names sort as they were written, whoever deploys from where.
const stamp = "20060102T150405Z"

// longestName leaves room for an ending in what file systems take for a name (255 bytes).
const longestName = 200

// unsafe is what a file name should not have.
var unsafe = regexp.MustCompile(`[^A-Za-z0-9._+-]+`)

// Write puts the log into a folder, which it makes where there is none, as <UTC time>-<stack>-<version> with the endings
// .md, .html and .json. A log that is there is never written over: one of the same name gets a number behind it. No file
// is ever seen half written, and the one for programs comes last: where it is, the others are.
//
// It links the newest log of the same stack that the folder has, unless PreviousLog says otherwise.
func Write(folder string, d Deployment) (Paths, error) {
	base, err := write(folder, d.Clean())
	if err != nil {
		return Paths{}, fmt.Errorf("deployment log: %w", err)
	}
	return Paths{Markdown: base + ".md", HTML: base + ".html", JSON: base + ".json"}, nil
}

// write returns the path of the log without an ending.
func write(folder string, d Deployment) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	if d.PreviousLog == "" {
		previous, err := latest(folder, d.Stack, d.Start)
		if err != nil {
			return "", fmt.Errorf("the one before: %w", err)
		}
		d.PreviousLog = previous
	}
	var markdown, page bytes.Buffer
	program, err := json.MarshalIndent(d, "", "  ")
	if err := errors.Join(err, d.Markdown(&markdown), d.HTML(&page)); err != nil {
		return "", err
	}
	files := []file{{".md", markdown.Bytes()}, {".html", page.Bytes()}, {".json", append(program, '\n')}}
	name := unsafe.ReplaceAllString(fmt.Sprintf("%s-%s-%s", d.Start.UTC().Format(stamp), d.Stack, d.Version), "_")
	base := filepath.Join(folder, name[:min(len(name), longestName)])
	for path, again := base, 2; ; again++ {
		if err := place(path, files); !errors.Is(err, fs.ErrExist) {
			return path, err
		}
		path = fmt.Sprintf("%s-%d", base, again)
	}
}

// file is one of a log's, in the order in which they are written.
type file struct {
	ending  string
	content []byte
}

// place writes all files of a log, or none: where one is there already, the error is fs.ErrExist.
func place(base string, files []file) error {
	for i, one := range files {
		if err := placeOne(base+one.ending, one.content); err != nil {
			for _, placed := range files[:i] {
				err = errors.Join(err, os.Remove(base+placed.ending))
			}
			return err
		}
	}
	return nil
}

// placeOne writes a file beside its place and links it there, which fails where something is.
func placeOne(path string, content []byte) error {
	half, err := os.CreateTemp(filepath.Dir(path), ".half-*")
	if err != nil {
		return err
	}
	defer os.Remove(half.Name())
	_, err = half.Write(content)
	if err := errors.Join(err, half.Chmod(0o644), half.Sync(), half.Close()); err != nil {
		return err
	}
	return os.Link(half.Name(), path)
}

// latest names the newest complete log of a stack from before a time, without its ending; "" where there is none.
func latest(folder, stack string, before time.Time) (string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*Z-*.json"))
	if err != nil {
		return "", err
	}
	slices.Sort(files)
	for _, file := range slices.Backward(files) {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		var log struct {
			Stack string    `json:"stack"`
			Start time.Time `json:"start"`
		}
		if json.Unmarshal(text, &log) == nil && log.Stack == stack && log.Start.Before(before) {
			return strings.TrimSuffix(filepath.Base(file), ".json"), nil
		}
	}
	return "", nil
}
