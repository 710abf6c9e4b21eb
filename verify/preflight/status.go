package preflight

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowcomply/infrastructure/internal/shell"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// shownFiles are how many files are named.
const shownFiles = 10

// problems are all that is wrong with a checkout; what to do is done in this order.
type problems struct{ causes, details, next []string }

func (w *problems) add(next, cause string, details ...string) {
	w.causes, w.next, w.details = append(w.causes, cause), append(w.next, next), append(w.details, details...)
}

func (w *problems) failure() error {
	if len(w.causes) == 0 {
		return nil
	}
	if more := len(w.details) - shownFiles; more > 0 {
		w.details = append(w.details[:shownFiles], fmt.Sprintf("and %d more", more))
	}
	return &check.Failure{Cause: strings.Join(w.causes, "; "), Details: w.details, Next: strings.Join(w.next, "; then ")}
}

// checkFiles finds what is not committed by git status, with untracked files. It returns the names, from the
// repository's top.
func (c *checkout) checkFiles(ctx context.Context) (known map[string]bool, err error) {
	said, err := c.ask(ctx, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignore-submodules=none", "--no-renames", "--", ".")
	if err != nil || said == "" {
		return nil, err
	}
	entries := strings.Split(strings.TrimSuffix(said, "\x00"), "\x00")
	known = map[string]bool{}
	var names, lines []string
	for _, entry := range entries {
		state, name := entry[:2], entry[3:]
		known[name], names = true, append(names, name)
		lines = append(lines, statusWords(state)+" "+name)
	}
	c.wrong.add(fmt.Sprintf("commit what belongs to the release and tag that, or put it away: `git -C %s stash --include-untracked`", shell.Quote(c.folder)),
		fmt.Sprintf("%s in %s not committed: %s", text.Count(len(entries), "file"), c.folder, text.Some(names)), lines...)
	return known, nil
}

// statusWords words the two letters of git's porcelain format.
func statusWords(state string) string {
	switch {
	case state == "??":
		return "untracked"
	case strings.Contains(state, "U") || state == "AA" || state == "DD":
		return "unmerged"
	case strings.Contains(state, "D"):
		return "deleted"
	case strings.Contains(state, "A"):
		return "added"
	}
	return "changed"
}
