package preflight

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
)

// Real repositories and the git of this machine are used here, so what that git
// says is proved; a later one may word its refusals otherwise.

func TestCheckout_OfATaggedCommitWithNothingUncommitted(t *testing.T) {
	folder := released(t, filepath.Join(repositories(t), "flowcomply"))
	write(t, folder, "node_modules/left-pad/index.js") // ignored
	checktest.Expect(t, checked(t, folder, "v1.1.0"), check.OK, "v1.1.0 is ", ", nothing uncommitted")
	makes(t, folder, "checkout", "--quiet", "v1.0.0") // HEAD on no branch, as in CI
	checktest.Expect(t, checked(t, folder, "v1.0.0"), check.OK, "v1.0.0 is ")
	makes(t, folder, "worktree", "add", "--quiet", filepath.Join(filepath.Dir(folder), "other"), "v1.1.0")
	checktest.Expect(t, checked(t, filepath.Join(filepath.Dir(folder), "other"), "v1.1.0"), check.OK)
}

func TestCheckout_IsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		version     string
		edit        func(t *testing.T, folder string)
		says, never []string
		next        string
	}{
		"tag missing": {"v1.2.0", nil, []string{"which has the tags candidate, v1.1.0; there is no tag v1.2.0"}, nil, "git -C %s tag -a v1.2.0 -m v1.2.0"},
		"tag elsewhere": {"v1.0.0", nil, []string{"which has the tags candidate, v1.1.0; v1.0.0 is "}, []string{"no tag v1.0.0"},
			"`git -C %s checkout v1.0.0`"},
		"untagged": {"v1.1.0", func(t *testing.T, folder string) {
			makes(t, folder, "commit", "--quiet", "--allow-empty", "--message", "later")
		}, []string{"which has no tag; v1.1.0 is "}, nil, "git -C %s checkout v1.1.0"},
		"a branch of that name is no tag": {"v1.2.0", func(t *testing.T, folder string) { makes(t, folder, "branch", "v1.2.0") },
			[]string{"there is no tag v1.2.0"}, nil, ""},
		"changed": {"v1.1.0", func(t *testing.T, folder string) { write(t, folder, "backend/app.ts") },
			[]string{"1 file in ", "not committed: backend/app.ts", "changed backend/app.ts"}, nil, "git -C %s stash"},
		"staged": {"v1.1.0", func(t *testing.T, folder string) { write(t, folder, "new.ts"); makes(t, folder, "add", "new.ts") },
			[]string{"added new.ts"}, nil, ""},
		"deleted": {"v1.1.0", func(t *testing.T, folder string) {
			require.NoError(t, os.Remove(filepath.Join(folder, "backend/app.ts")))
		},
			[]string{"deleted backend/app.ts"}, nil, ""},
		"untracked": {"v1.1.0", func(t *testing.T, folder string) { write(t, folder, "notes/ä to do.txt") },
			[]string{"untracked notes/ä to do.txt"}, nil, ""},
		"untracked, and told not to look": {"v1.1.0", func(t *testing.T, folder string) {
			write(t, folder, "notes.txt")
			makes(t, folder, "config", "status.showUntrackedFiles", "no")
		}, []string{"untracked notes.txt"}, nil, ""},
		"many": {"v1.1.0", func(t *testing.T, folder string) {
			for i := range 12 {
				write(t, folder, fmt.Sprintf("%02d.txt", i))
			}
		}, []string{"12 files in ", "00.txt, 01.txt, 02.txt and 9 more", "untracked 09.txt\nand 2 more"}, []string{"untracked 10.txt"}, ""},
		"both at once": {"v1.0.0", func(t *testing.T, folder string) { write(t, folder, "notes.txt") },
			[]string{"notes.txt", "; v1.0.0 is "}, nil, "stash --include-untracked`; then `git -C %s checkout v1.0.0`"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := released(t, filepath.Join(repositories(t), "flowcomply"))
			if tc.edit != nil {
				tc.edit(t, folder)
			}
			got := checked(t, folder, tc.version)
			checktest.Expect(t, got, check.FailedNow, tc.says...)
			for _, never := range tc.never {
				assert.NotContains(t, got.Cause+strings.Join(got.Details, "\n"), never)
			}
			assert.Contains(t, got.Next, strings.ReplaceAll(tc.next, "%s", folder))
		})
	}
}

func TestCheckout_MayBePartOfALargerRepository(t *testing.T) {
	folder := released(t, filepath.Join(repositories(t), "everything"))
	write(t, folder, "infra/notes.txt")
	checktest.Expect(t, checked(t, filepath.Join(folder, "backend"), "v1.1.0"), check.OK)
	write(t, folder, "backend/more.ts")
	checktest.Expect(t, checked(t, filepath.Join(folder, "backend"), "v1.1.0"), check.FailedNow, "1 file in ", "untracked backend/more.ts")
}

func TestCheckout_InsideARepositoryThatDoesNotTrackIt(t *testing.T) {
	folder := released(t, filepath.Join(repositories(t), "infrastructure"))
	for name, says := range map[string]string{"app": "ignored", "other": "not added"} {
		inside := filepath.Join(folder, name)
		write(t, inside, "main.ts")
		got := checked(t, inside, "v1.1.0")
		checktest.Expect(t, got, check.FailedNow, inside+" is no checkout of its own: it lies in the repository ", "/infrastructure, which does not track it")
		assert.Contains(t, got.Next, "clone the application there", says)
	}
	separate := released(t, filepath.Join(folder, "app"))
	checktest.Expect(t, checked(t, separate, "v1.1.0"), check.OK)
}

func TestCheckout_WhereThereIsNone(t *testing.T) {
	root := repositories(t)
	checktest.Expect(t, checked(t, filepath.Join(root, "gone"), "v1.1.0"), check.FailedNow, "gone is no folder")
	write(t, root, "plain/main.ts")
	checktest.Expect(t, checked(t, filepath.Join(root, "plain", "main.ts"), "v1.1.0"), check.FailedNow, "main.ts is no folder")
	checktest.Expect(t, checked(t, filepath.Join(root, "plain"), "v1.1.0"), check.FailedNow, "plain is no Git checkout")
	makes(t, filepath.Join(root, "new"), "init", "--quiet")
	checktest.Expect(t, checked(t, filepath.Join(root, "new"), "v1.1.0"), check.FailedNow, "new has no commit yet")
	makes(t, filepath.Join(root, "bare"), "init", "--quiet", "--bare")
	got := checked(t, filepath.Join(root, "bare"), "v1.1.0")
	checktest.Expect(t, got, check.FailedNow, "bare: git rev-parse: this operation must be run in a work tree")
	assert.Contains(t, got.Next, "git -C "+filepath.Join(root, "bare")+" status")
}

func TestStatusWords(t *testing.T) {
	for state, want := range map[string]string{
		"??": "untracked", " M": "changed", "M ": "changed", "T ": "changed", " D": "deleted", "A ": "added", "AM": "added",
		"UU": "unmerged", "AA": "unmerged", "DD": "unmerged", "DU": "unmerged",
	} {
		assert.Equal(t, want, statusWords(state), state)
	}
}
