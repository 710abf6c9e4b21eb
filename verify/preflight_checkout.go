package verify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// shownFiles are how many uncommitted files are named.
const shownFiles = 10

// checkoutCheck checks that the source is a Git checkout in which everything is
// committed (ignored files aside) and whose commit has the version as a tag: what
// is built can then be found and built again. Source may be a folder of a larger
// repository; only what is in it counts.
//
//runbook:pre.1#5,1.2#3 wants the version's tag on a clean checkout before anything is built.
func checkoutCheck(source, version string) Check {
	return Check{Group: checkoutGroup, Name: version, Run: func(ctx context.Context) (string, error) {
		if info, err := os.Stat(source); err != nil || !info.IsDir() {
			return "", refused("clone the application there, or correct flowcomply:release.source", "the source %s is no folder", source)
		}
		c := checkout{git{source}, version}
		commit, err := c.commit(ctx)
		if err != nil {
			return "", c.explain(err)
		}
		var wrong wrongs
		if err := c.judgeFiles(ctx, &wrong); err != nil {
			return "", c.explain(err)
		}
		if err := c.judgeTag(ctx, commit, &wrong); err != nil {
			return "", c.explain(err)
		}
		return fmt.Sprintf("%s is %s, nothing uncommitted", version, abbreviated(commit)), wrong.failure()
	}}
}

type checkout struct {
	git
	version string
}

// wrongs are all that is wrong with a checkout; what to do is done in this order.
type wrongs struct{ causes, details, next []string }

func (w *wrongs) add(next, cause string, details ...string) {
	w.causes, w.next, w.details = append(w.causes, cause), append(w.next, next), append(w.details, details...)
}

func (w *wrongs) failure() error {
	if len(w.causes) == 0 {
		return nil
	}
	return &Failure{Cause: strings.Join(w.causes, "; "), Details: w.details, Next: strings.Join(w.next, "; then ")}
}

// commit is HEAD's, of a repository that has the folder in it.
func (c checkout) commit(ctx context.Context) (string, error) {
	where, err := c.ask(ctx, "rev-parse", "--show-toplevel", "--show-prefix")
	if err != nil {
		return "", err
	}
	commit, err := c.ask(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	var none *gitError
	if errors.As(err, &none) {
		return "", &Failure{Cause: c.folder + " has no commit yet", Next: "commit what is to be released, and tag it " + c.version}
	}
	if err != nil {
		return "", err
	}
	top, prefix, _ := strings.Cut(where, "\n")
	if prefix == "" {
		return commit, nil
	}
	// A folder that its surrounding repository ignores, or that nobody has added, is in no commit.
	tracked, err := c.ask(ctx, "ls-tree", "--name-only", "HEAD")
	if err == nil && tracked == "" {
		err = &Failure{
			Cause: fmt.Sprintf("%s is no checkout of its own: it lies in the repository %s, which does not track it", c.folder, top),
			Next:  "clone the application there, or correct flowcomply:release.source",
		}
	}
	return commit, err
}

// judgeFiles finds what is in no commit, untracked files with it.
func (c checkout) judgeFiles(ctx context.Context, w *wrongs) error {
	said, err := c.ask(ctx, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignore-submodules=none", "--no-renames", "--", ".")
	if err != nil || said == "" {
		return err
	}
	entries := strings.Split(strings.TrimSuffix(said, "\x00"), "\x00")
	var names, lines []string
	for _, entry := range entries {
		state, name := entry[:2], entry[3:]
		names = append(names, name)
		lines = append(lines, statusWords(state)+" "+name)
	}
	if more := len(lines) - shownFiles; more > 0 {
		lines = append(lines[:shownFiles], fmt.Sprintf("and %d more", more))
	}
	w.add(fmt.Sprintf("commit what belongs to the release and tag that, or put it away: `git -C %s stash --include-untracked`", c.folder),
		fmt.Sprintf("%s in %s not committed: %s", count(len(entries), "file"), c.folder, some(names)), lines...)
	return nil
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

// judgeTag compares the tags of the commit with the version.
func (c checkout) judgeTag(ctx context.Context, commit string, w *wrongs) error {
	said, err := c.ask(ctx, "tag", "--points-at", "HEAD")
	if err != nil {
		return err
	}
	tags := strings.Fields(said)
	if slices.Contains(tags, c.version) {
		return nil
	}
	has := "no tag"
	if len(tags) > 0 {
		has = "the tags " + strings.Join(tags, ", ")
	}
	head := fmt.Sprintf("%s is at %s, which has %s", c.folder, abbreviated(commit), has)
	elsewhere, err := c.ask(ctx, "rev-parse", "--verify", "--quiet", "refs/tags/"+c.version+"^{commit}")
	var none *gitError
	switch {
	case err == nil:
		w.add(fmt.Sprintf("`git -C %s checkout %s`, or release another version", c.folder, c.version),
			fmt.Sprintf("%s; %s is %s", head, c.version, abbreviated(elsewhere)))
	case errors.As(err, &none):
		w.add(fmt.Sprintf("fetch it (`git -C %[1]s fetch --tags`) and check it out, or tag this commit: `git -C %[1]s tag -a %[2]s -m %[2]s`", c.folder, c.version),
			fmt.Sprintf("%s; there is no tag %s", head, c.version))
	default:
		return err
	}
	return nil
}

// explain says what to do about what git refused.
func (c checkout) explain(err error) error {
	var said *gitError
	if !errors.As(err, &said) {
		return err
	}
	switch {
	case strings.Contains(said.said, "dubious ownership"), strings.Contains(said.said, "unsafe repository"):
		return &Failure{
			Cause: fmt.Sprintf("git does not trust %s, as another user owns it (dubious ownership)", c.folder),
			Next:  "run as its owner, or, if that is as it should be: `" + trusting(said.said) + "`",
		}
	case strings.Contains(said.said, "not a git repository"):
		return &Failure{
			Cause: c.folder + " is no Git checkout, so nobody can tell what would be built",
			Next:  "clone the application there, or correct flowcomply:release.source",
		}
	}
	return &Failure{Cause: fmt.Sprintf("%s: %v", c.folder, said), Next: fmt.Sprintf("see what is wrong: `git -C %s status`", c.folder)}
}

// trusting is the command that git itself proposes.
func trusting(said string) string {
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "git config ") {
			return line
		}
	}
	return "git config --global --add safe.directory <folder>"
}

// abbreviated is enough of a commit to find it.
func abbreviated(commit string) string { return commit[:min(len(commit), 12)] }
