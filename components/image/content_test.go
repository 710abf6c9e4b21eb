package image_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
)

// These tests prove what counts as another content. They do not prove that a builder given the same content makes the
// same image: a Dockerfile that asks for the newest of something makes another one each time.

// checkout writes a service's build context into a folder of its own, as Git would under that umask.
func checkout(t *testing.T, umask os.FileMode, change func(t *testing.T, folder string)) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"Dockerfile": "FROM scratch\nCOPY . /\n", "server": "ELF", "lib/a.js": "1", "lib/b.js": "2", "debug.log": "x",
		".dockerignore": "*.log\nnode_modules\n", "node_modules/p/index.js": "y", "prod.Dockerfile": "FROM scratch\n",
	} {
		write(name, text)(t, folder)
	}
	require.NoError(t, os.Chmod(filepath.Join(folder, "server"), 0o755))
	require.NoError(t, os.Symlink("lib", filepath.Join(folder, "current")))
	if change != nil {
		change(t, folder)
	}
	restrict(t, folder, umask)
	return folder
}

// restrict takes the umask's bits from everything in the folder. The real umask is the whole process's, other tests'
// included.
func restrict(t *testing.T, folder string, umask os.FileMode) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.Type() == os.ModeSymlink {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := os.FileMode(0o666)
		if info.Mode()&0o100 != 0 {
			mode = 0o777
		}
		return os.Chmod(name, mode&^umask)
	}))
}

func write(name, text string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		t.Helper()
		file := filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
}

func content(t *testing.T, folder, dockerfile string) string {
	t.Helper()
	hash, err := image.Content(folder, dockerfile)
	require.NoError(t, err)
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, hash)
	return hash
}

func TestContent_IsTheSameInEveryCheckout(t *testing.T) {
	base := content(t, checkout(t, 0o022, nil), "Dockerfile")
	for name, umask := range map[string]os.FileMode{"the same umask": 0o022, "umask 077": 0o077, "umask 002": 0o002, "umask 000": 0} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, base, content(t, checkout(t, umask, nil), "Dockerfile")) })
	}
	assert.Equal(t, "sha256:9de5907a2bd923edeff31a3820386483acac3dcce335a3563655c5191adcfe6b", base, "another hash makes every release another one")
}

func TestContent_DependsOnWhatIsBuiltAlone(t *testing.T) {
	base := content(t, checkout(t, 0o022, nil), "Dockerfile")
	for name, row := range map[string]struct {
		change func(t *testing.T, folder string)
		same   bool
	}{
		"times": {same: true, change: func(t *testing.T, folder string) {
			require.NoError(t, os.Chtimes(filepath.Join(folder, "server"), time.Unix(1, 0), time.Unix(1, 0)))
		}},
		"ignored file":   {same: true, change: write("other.log", "z")},
		"ignored folder": {same: true, change: write("node_modules/p/index.js", "z")},
		"empty folder":   {same: true, change: func(t *testing.T, folder string) { require.NoError(t, os.Mkdir(filepath.Join(folder, "empty"), 0o755)) }},
		"content":        {change: write("lib/a.js", "3")},
		"new file":       {change: write("lib/c.js", "")},
		"file's end moves": {change: func(t *testing.T, folder string) {
			write("lib/a.js", "")(t, folder)
			write("lib/b.js", "12")(t, folder)
		}},
		"Dockerfile":      {change: write("Dockerfile", "FROM scratch\nUSER 1\n")},
		"ignore file":     {change: write(".dockerignore", "*.log\nnode_modules\nlib\n")},
		"re-included":     {change: write(".dockerignore", "*.log\n!debug.log\nnode_modules\n")},
		"own ignore file": {change: write("Dockerfile.dockerignore", "lib\n")},
		"removed": {change: func(t *testing.T, folder string) {
			require.NoError(t, os.Remove(filepath.Join(folder, "lib", "a.js")))
		}},
		"renamed": {change: func(t *testing.T, folder string) {
			require.NoError(t, os.Rename(filepath.Join(folder, "server"), filepath.Join(folder, "serve")))
		}},
		"moved to a folder": {change: func(t *testing.T, folder string) {
			require.NoError(t, os.Rename(filepath.Join(folder, "server"), filepath.Join(folder, "lib", "server")))
		}},
		"not executable": {change: func(t *testing.T, folder string) {
			require.NoError(t, os.Chmod(filepath.Join(folder, "server"), 0o644))
		}},
		"link elsewhere": {change: func(t *testing.T, folder string) {
			require.NoError(t, os.Remove(filepath.Join(folder, "current")))
			require.NoError(t, os.Symlink("elsewhere", filepath.Join(folder, "current")))
		}},
		"a file for the link": {change: func(t *testing.T, folder string) {
			require.NoError(t, os.Remove(filepath.Join(folder, "current")))
			write("current", "lib")(t, folder)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := content(t, checkout(t, 0o022, row.change), "Dockerfile")
			assert.Equal(t, row.same, got == base, got)
		})
	}
	assert.NotEqual(t, base, content(t, checkout(t, 0o022, nil), "prod.Dockerfile"), "another Dockerfile of the same folder")
}

// What the builder is sent whatever the ignore file says is part of the content whatever it says.
func TestContent_AlwaysHasTheDockerfile(t *testing.T) {
	for name, dockerfile := range map[string]string{"ignored": "Dockerfile", "in an ignored folder": "deploy/Dockerfile"} {
		t.Run(name, func(t *testing.T) {
			made := func(text string) string {
				return content(t, checkout(t, 0o022, func(t *testing.T, folder string) {
					write(".dockerignore", "Dockerfile\ndeploy\n.dockerignore\n")(t, folder)
					write(dockerfile, text)(t, folder)
				}), dockerfile)
			}
			assert.NotEqual(t, made("FROM scratch\n"), made("FROM scratch\nUSER 1\n"))
		})
	}
}

func TestContent_SaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	write("server", "ELF")(t, folder)
	_, err := image.Content(folder, "Dockerfile")
	require.ErrorContains(t, err, "build context: there is no Dockerfile; image.dockerfile is relative to image.context")
	write("Dockerfile", "FROM scratch\n")(t, folder)
	write(".dockerignore", "[a\n")(t, folder)
	_, err = image.Content(folder, "Dockerfile")
	require.ErrorContains(t, err, "build context: .dockerignore: syntax error in pattern")
	_, err = image.Content(filepath.Join(t.TempDir(), "none"), "Dockerfile")
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.True(t, strings.HasPrefix(err.Error(), "build context: "))
}

// With `image.context: .` what this program and Git keep in the folder is no part of it.
func TestContent_OfAWholeCheckout(t *testing.T) {
	folder := checkout(t, 0o022, nil)
	staging := filepath.Join(folder, ".local", "contexts")
	base, err := image.Content(folder, "Dockerfile", staging)
	require.NoError(t, err)
	write(".git/HEAD", "ref: refs/heads/main")(t, folder)
	write(".git/index", "DIRC")(t, folder)
	_, staged, err := image.Stage(folder, "Dockerfile", staging)
	require.NoError(t, err)
	assert.Equal(t, base, staged)
	copied, again, err := image.Stage(folder, "Dockerfile", staging)
	require.NoError(t, err)
	assert.Equal(t, base, again, "the copy is no part of what it is made from")
	assert.NoDirExists(t, filepath.Join(copied, ".git"))
	assert.NoDirExists(t, filepath.Join(copied, ".local"))
	after, err := image.Content(folder, "Dockerfile", staging)
	require.NoError(t, err)
	assert.Equal(t, base, after)
	write(".local/other", "x")(t, folder)
	other, err := image.Content(folder, "Dockerfile", staging)
	require.NoError(t, err)
	assert.NotEqual(t, base, other)
}
