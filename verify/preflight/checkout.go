package preflight

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/git"
	"github.com/flowcomply/infrastructure/internal/shell"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// checkoutTimeout is enough to read some gigabytes on a busy machine.
const checkoutTimeout = 2 * time.Minute

// checkoutCheck checks that what is built and migrated is a commit with the version as a tag, so that it can be found
// and built again. The source must be a Git checkout in which everything is committed, ignored files aside. It may be a
// folder of a larger repository; only what is in it counts.
//
// git status is not enough. It goes by this machine's configuration, and leaves out files that git was told to ignore.
// So everything that images are built from, and the migrations, are compared with the commit, by bytes and modes.
//
//runbook:pre.1#5,1.2#3 wants the version's tag on a clean checkout before anything is built.
func checkoutCheck(want inputs.Preflight) check.Check {
	c := checkout{gitFolder: gitFolder{want.Source}, Preflight: want}
	return check.Check{Group: inputs.CheckoutGroup, Name: want.Version, Timeout: checkoutTimeout, Run: func(ctx context.Context) (string, error) {
		seen, err := c.check(ctx)
		return seen, c.explain(err)
	}}
}

// checkout is the folder that a release is made from.
type checkout struct {
	gitFolder
	inputs.Preflight
	top, prefix string // of the repository, and the folder's place in it
	commit      string
	wrong       problems
}

func (c checkout) check(ctx context.Context) (string, error) {
	if info, err := os.Stat(c.folder); err != nil || !info.IsDir() {
		return "", refused("clone the application there, or correct flowcomply:release.source", "the source %s is no folder", c.folder)
	}
	if err := c.locate(ctx); err != nil {
		return "", err
	}
	known, err := c.checkFiles(ctx)
	if err != nil {
		return "", err
	}
	compared, err := c.checkSources(ctx, known)
	if err != nil {
		return "", err
	}
	if err := c.checkTag(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is %s, nothing uncommitted%s", c.Version, abbreviated(c.commit), compared), c.wrong.failure()
}

// locate finds the repository that the folder is in, and its commit.
func (c *checkout) locate(ctx context.Context) error {
	where, err := c.ask(ctx, "rev-parse", "--show-toplevel", "--show-prefix")
	if err != nil {
		return err
	}
	c.top, c.prefix, _ = strings.Cut(where, "\n")
	c.commit, err = c.head(ctx)
	switch {
	case err != nil:
		return err
	case c.commit == "":
		return &check.Failure{Cause: c.folder + " has no commit yet", Next: "commit what is to be released, and tag it " + c.Version}
	case c.prefix == "":
		return nil
	}
	// A folder that its surrounding repository ignores, or that nobody has added, is in no commit.
	tracked, err := c.ask(ctx, "ls-tree", "--name-only", "HEAD")
	if err == nil && tracked == "" {
		err = &check.Failure{
			Cause: fmt.Sprintf("%s is no checkout of its own: it lies in the repository %s, which does not track it", c.folder, c.top),
			Next:  "clone the application there, or correct flowcomply:release.source",
		}
	}
	return err
}

// checkSources compares what images are built from, and the migrations, with the commit. It leaves out what checkFiles
// has reported, and returns what to say where all is well.
func (c *checkout) checkSources(ctx context.Context, known map[string]bool) (string, error) {
	if len(c.Contexts) == 0 && c.Migrations == "" {
		return "", nil
	}
	compared := comparison{found: map[string]sourceFile{}, known: known}
	compared.committed = committed{top: c.top, sources: c.sources(), blobs: map[string]gitBlob{}, folders: map[string]bool{}}
	for i := range compared.sources {
		content := compared.sources[i].list(ctx, c.top, len(c.commit), compared.found)
		if i < len(c.Contexts) && content != "" && c.Contexts[i].Content != "" && content != c.Contexts[i].Content {
			c.wrong.add("run the update again", fmt.Sprintf("the build context %s has changed since the update began: it was %s and is %s",
				c.Contexts[i].Folder, c.Contexts[i].Content, content))
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err := compared.load(ctx, c.gitFolder, c.commit, ""); err != nil {
		return "", err
	}
	if err := compared.compare(ctx); err != nil {
		return "", err
	}
	compared.report(c.folder, &c.wrong)
	return fmt.Sprintf(", and %s that images are built from or migrations are as committed", text.Count(len(compared.found), "file")), nil
}

// checkTag compares the tags of the commit with the version.
func (c *checkout) checkTag(ctx context.Context) error {
	said, err := c.ask(ctx, "tag", "--points-at", "HEAD")
	if err != nil {
		return err
	}
	tags := strings.Fields(said)
	if slices.Contains(tags, c.Version) {
		return nil
	}
	has := "no tag"
	if len(tags) > 0 {
		has = "the tags " + strings.Join(tags, ", ")
	}
	head := fmt.Sprintf("%s is at %s, which has %s", c.folder, abbreviated(c.commit), has)
	elsewhere, err := c.ask(ctx, "rev-parse", "--verify", "--quiet", "refs/tags/"+c.Version+"^{commit}")
	var none *git.Error
	switch {
	case err == nil:
		c.wrong.add(fmt.Sprintf("`git -C %s checkout %s`, or release another version", shell.Quote(c.folder), c.Version),
			fmt.Sprintf("%s; %s is %s", head, c.Version, abbreviated(elsewhere)))
	case errors.As(err, &none):
		c.wrong.add(fmt.Sprintf("fetch it (`git -C %[1]s fetch --tags`) and check it out, or tag this commit: `git -C %[1]s tag -a %[2]s -m %[2]s`",
			shell.Quote(c.folder), c.Version), fmt.Sprintf("%s; there is no tag %s", head, c.Version))
	default:
		return err
	}
	return nil
}

// explain says what to do about what git refused.
func (c checkout) explain(err error) error {
	if errors.Is(err, git.ErrMissing) {
		return refused("install git, or name checkout in flowcomply:preflight.skip", "git is not on PATH, so nobody can tell what would be built")
	}
	var said *git.Error
	if !errors.As(err, &said) {
		return err
	}
	if fix, untrusted := said.Untrusted(); untrusted {
		return &check.Failure{
			Cause: fmt.Sprintf("git does not trust %s, as another user owns it (dubious ownership)", c.folder),
			Next:  "run as its owner, or, if that is as it should be: `" + fix + "`",
		}
	}
	if said.NoRepository() {
		return &check.Failure{
			Cause: c.folder + " is no Git checkout, so nobody can tell what would be built",
			Next:  "clone the application there, or correct flowcomply:release.source",
		}
	}
	return &check.Failure{Cause: fmt.Sprintf("%s: %v", c.folder, said), Next: fmt.Sprintf("see what is wrong: `git -C %s status`", shell.Quote(c.folder))}
}

// abbreviated is enough of a commit to find it.
func abbreviated(commit string) string { return commit[:min(len(commit), 12)] }
