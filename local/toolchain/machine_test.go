package toolchain

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests replace programs by scripts. That a real virtual environment gets the real moto, the end-to-end tests
// prove; that apt-get installs Docker, PostgreSQL, Redis and Chromium, nothing here does.

// python is a python3 on an otherwise empty PATH. It has the version of moto given, and makes virtual environments
// that have the other.
func python(t *testing.T, has, gets string) {
	t.Helper()
	folder := t.TempDir()
	script := `#!/bin/sh
case "$*" in
"-c import"*) echo "` + has + `" ;;
"-m venv "*)
	/bin/mkdir -p "$3/bin"
	printf '#!/bin/sh\ncase "$*" in "-m pip"*) /bin/touch "%s/filled" ;; *) [ -e "%s/filled" ] && echo "` + gets + `" ;; esac\n' "$3" "$3" >"$3/bin/python3"
	/bin/chmod +x "$3/bin/python3" ;;
esac
`
	require.NoError(t, os.WriteFile(filepath.Join(folder, "python3"), []byte(script), 0o755))
	t.Setenv("PATH", folder)
}

func TestFindPython_BothWays(t *testing.T) {
	for name, row := range map[string]struct {
		has, gets, ask string
		venv           bool
		fails          string
	}{
		"an installed moto of the pinned version":  {has: MotoVersion},
		"another version gets an environment":      {has: "5.0.0", gets: MotoVersion, venv: true},
		"an environment is made where it is asked": {has: MotoVersion, gets: MotoVersion, ask: "venv", venv: true},
		"pip installs something else":              {has: "", gets: "5.0.0", fails: "pip installed something else than moto " + MotoVersion},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FLOWCOMPLY_MOTO", row.ask)
			python(t, row.has, row.gets)
			tools := Open(t.TempDir())
			// What an interrupted installation leaves must not be in the way.
			write(t, filepath.Join(tools.Dir, "python", "half"), "")
			found, err := tools.FindPython(context.Background())
			if row.fails != "" {
				require.ErrorContains(t, err, row.fails)
				return
			}
			require.NoError(t, err)
			if !row.venv {
				assert.Equal(t, "python3", found)
				return
			}
			assert.Equal(t, filepath.Join(tools.Dir, "python", "bin", "python3"), found)
			assert.NoFileExists(t, filepath.Join(tools.Dir, "python", "half"))
			write(t, filepath.Join(tools.Dir, "python", "kept"), "")
			_, err = tools.FindPython(context.Background())
			require.NoError(t, err)
			assert.FileExists(t, filepath.Join(tools.Dir, "python", "kept"), "what is complete is not made again")
		})
	}
}

func TestFindPython_TellsWhatToInstall(t *testing.T) {
	t.Setenv("FLOWCOMPLY_MOTO", "venv")
	t.Setenv("PATH", t.TempDir())
	_, err := Open(t.TempDir()).FindPython(context.Background())
	require.ErrorContains(t, err, "make a virtual environment: ")
	require.ErrorContains(t, err, "apt-get install python3 python3-venv")
}

func TestDocker_TellsWhatToDo(t *testing.T) {
	dead := "unix://" + filepath.Join(t.TempDir(), "dead.sock")
	t.Setenv("DOCKER_HOST", dead)
	t.Run("not installed", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := Open(t.TempDir()).docker(context.Background())
		require.ErrorContains(t, err, "docker is not installed, or not running; install Docker Engine")
		require.ErrorContains(t, err, "systemctl start docker")
	})
	t.Run("not running", func(t *testing.T) {
		client := installed(t, "docker", "")
		require.NoError(t, os.WriteFile(client, []byte("#!/bin/sh\necho connecting >&2\necho \"Cannot connect to $DOCKER_HOST\" >&2\nexit 1\n"), 0o755))
		require.EqualError(t, DockerAnswers(context.Background()), "Cannot connect to "+dead)
		found, err := Open(t.TempDir()).docker(context.Background())
		require.NoError(t, err, "the emulated AWS tells about a daemon that DOCKER_HOST names")
		assert.Equal(t, client, found)
	})
}

func TestStores_TellWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no Redis, wherever PostgreSQL is found, and no apt-get
	_, err := Open(t.TempDir()).databases(context.Background())
	require.ErrorContains(t, err, "is not installed; install PostgreSQL")
	require.ErrorContains(t, err, "apt-get install postgresql redis-server")
}

func TestStoreProgram_IsTakenFromThePathFirst(t *testing.T) {
	mine := installed(t, "initdb", "")
	found, err := DatabaseProgram("initdb")
	require.NoError(t, err)
	assert.Equal(t, mine, found)
	_, err = DatabaseProgram("no-such-program")
	require.Error(t, err)
}

func TestBrowser_TellsWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	tools := Open(t.TempDir())
	_, err := tools.Browser(context.Background())
	require.ErrorContains(t, err, "apt-get install chromium")
	_, err = FindBrowser()
	require.ErrorContains(t, err, "make browser")
	for _, name := range []string{"google-chrome", "chromium"} {
		mine := installed(t, name, "")
		found, err := tools.Browser(context.Background())
		require.NoError(t, err)
		assert.Equal(t, mine, found)
	}
	assert.NoDirExists(t, tools.Dir, "what is there already changes nothing")
}

func TestPrepare_NamesTheStepThatFailed(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // neither docker nor anything that could install it
	var out bytes.Buffer
	_, err := Prepare(context.Background(), t.TempDir(), &out)
	require.ErrorContains(t, err, "toolchain: ")
	assert.Contains(t, out.String(), "toolchain 1/11  Terraform AWS provider "+TerraformVersion)
	assert.Regexp(t, `failed\n$`, out.String())
}

func TestReady_FallsBackToTheInstalledCLI(t *testing.T) {
	root := t.TempDir()
	assert.Equal(t, "pulumi", Ready(root).Pulumi)
	write(t, filepath.Join(root, ".local", "bin", "pulumi"), "")
	assert.Equal(t, filepath.Join(root, ".local", "bin", "pulumi"), Ready(root).Pulumi)
}

// prowlerPython is a python3 whose virtual environments get that version of Prowler, and tell what pip was asked for.
func prowlerPython(t *testing.T, gets string) (asked string) {
	t.Helper()
	folder := t.TempDir()
	asked = filepath.Join(folder, "asked")
	script := `#!/bin/sh
/bin/mkdir -p "$3/bin"
printf '#!/bin/sh\ncase "$*" in "-m pip"*) echo "$*" >>"` + asked + `" ;; *) [ -e "` + asked + `" ] && echo "` + gets + `" ;; esac\n' >"$3/bin/python3"
/bin/chmod +x "$3/bin/python3"
`
	require.NoError(t, os.WriteFile(filepath.Join(folder, "python3"), []byte(script), 0o755))
	t.Setenv("PATH", folder)
	return asked
}

func TestProwler_IsInstalledOnceWithHashes(t *testing.T) {
	asked := prowlerPython(t, ProwlerVersion)
	tools := Open(t.TempDir())
	for range 2 {
		found, err := tools.Prowler(context.Background())
		require.NoError(t, err)
		assert.Equal(t, filepath.Join(tools.Dir, "prowler", "bin", "prowler"), found)
	}
	text, err := os.ReadFile(asked)
	require.NoError(t, err)
	assert.Equal(t, "-m pip install --quiet --requirement "+filepath.Join(tools.Root, "local", "scan", "requirements.txt")+
		" --no-deps --require-hashes\n", string(text))
}

func TestProwler_TakesNoOtherVersion(t *testing.T) {
	prowlerPython(t, "5.45.0")
	_, err := Open(t.TempDir()).Prowler(context.Background())
	require.EqualError(t, err, "pip installed something else than prowler "+ProwlerVersion)
}

func TestProwler_IsThePinnedOne(t *testing.T) {
	pins, err := os.ReadFile(filepath.Join("..", "scan", "requirements.txt"))
	require.NoError(t, err)
	assert.Contains(t, string(pins), "\nprowler=="+ProwlerVersion+" \\\n    --hash=sha256:")
}
