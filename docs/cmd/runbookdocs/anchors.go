package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/flowcomply/infrastructure/internal/git"
)

// anchor is one place that does lines of the old runbook.
type anchor struct {
	addresses []string // as written: "1.3#1-2"
	says      string   // what it does
	file      string   // from the repository's root, with forward slashes
	symbol    string   // what the comment stands at: "snapshot.New", "make rollback"
	where     string   // file:line, for errors
}

const (
	oneLine = `[a-zA-Z0-9]+(?:[.-][a-zA-Z0-9]+)*#[0-9]+(?:-[0-9]+)?`
	how     = "write //runbook:ADDRESS[,ADDRESS] and what it does (# runbook:… where comments start with #)"
)

var (
	anchorForm = regexp.MustCompile(`^(//|# )runbook:(` + oneLine + `(?:,` + oneLine + `)*) (\S.*\.)$`)
	almost     = regexp.MustCompile(`(?i)^(//|#)\s*runbook\s*[:#]`)
)

// scan finds the anchors of the repository's files: those that Git has, and new ones that it does not ignore.
func scan(root string) ([]anchor, error) {
	// A checkout that another user owns is read all the same: nothing of it is run.
	listed, err := git.Ask(context.Background(), root, "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, fmt.Errorf("files of the repository: %w; run it in a checkout", err)
	}
	var all []anchor
	var problems []error
	for _, file := range strings.Split(strings.TrimSuffix(listed, "\x00"), "\x00") {
		if !hasComments(file) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and Git has not been told yet
		}
		if err != nil {
			return nil, fmt.Errorf("files of the repository: %w", err)
		}
		if !bytes.Contains(bytes.ToLower(text), []byte("runbook")) {
			continue
		}
		found, err := anchorsOf(file, text)
		all, problems = append(all, found...), append(problems, err)
	}
	return all, errors.Join(problems...)
}

// hasComments tells whether a file is of a kind that anchors are looked for in.
func hasComments(file string) bool {
	switch path.Ext(file) {
	case ".go", ".py", ".sh", ".yaml":
		return true
	}
	return path.Base(file) == "Makefile" || file == ".ci/run"
}

// anchorsOf finds the anchors of one file.
func anchorsOf(file string, text []byte) ([]anchor, error) {
	comments, err := commentsOf(file, text)
	if err != nil {
		return nil, err
	}
	var all []anchor
	var problems []error
	for _, one := range comments {
		found := anchorForm.FindStringSubmatch(one.text)
		where := fmt.Sprintf("%s:%d", file, one.line)
		switch {
		case found != nil && (found[1] == "//") == (path.Ext(file) == ".go"):
			all = append(all, anchor{addresses: strings.Split(found[2], ","), says: found[3], file: file, symbol: one.symbol, where: where})
		case found != nil || almost.MatchString(one.text):
			problems = append(problems, fmt.Errorf("%s: %q is not an anchor; %s, with a full stop at the end", where, one.text, how))
		}
	}
	return all, errors.Join(problems...)
}
