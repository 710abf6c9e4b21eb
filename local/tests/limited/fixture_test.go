// Package limited holds what a stack exports when the engine is told to make no whole update: targets, excludes, refreshes
// that run the program, errors that are gone on from, parts that were destroyed or taken out of the state. The engine and
// the program are the real ones, the providers simulated; each test begins with a copy of one stack whose v1.0.0 and v1.1.0
// were released.
//
// It does not prove that verify sees what is wrong: the simulated verification passes whatever it is asked about.
package limited

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/plugins/simulated"
	"github.com/flowcomply/infrastructure/local/sampleapp"
	"github.com/flowcomply/infrastructure/local/tests/ordering"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

const stack = "local"

// versions are the tags of the application's checkout. Each has another backend than the one before, and a migration more.
var versions = []string{"v1.0.0", "v1.1.0", "v1.2.0"}

// fixture is one stack, with a state, an application and a stack file of its own.
type fixture struct {
	testing.TB
	tools  toolchain.Tools // of the project that all fixtures share: program, plugins, CLI
	folder string
	said   string // by the last command
}

var (
	baseFolder string // the folder of the stack that fixtures are copies of
	baseOnce   sync.Once
)

func TestMain(m *testing.M) {
	code := m.Run()
	if baseFolder != "" {
		_ = os.RemoveAll(baseFolder)
	}
	os.Exit(code)
}

// open copies the stack whose v1.1.0 runs.
func open(t testing.TB) *fixture {
	t.Helper()
	baseOnce.Do(func() { baseFolder = lay(t) })
	require.NotEmpty(t, baseFolder, "the stack that all tests begin with could not be made; see the first of them")
	f := &fixture{TB: t, tools: laid(baseFolder), folder: t.TempDir()}
	require.NoError(t, os.CopyFS(f.folder, os.DirFS(filepath.Join(baseFolder, "first"))))
	return f
}

func laid(folder string) toolchain.Tools {
	tools := toolchain.Ready(root())
	tools.Root, tools.Home = filepath.Join(folder, "project"), filepath.Join(folder, "home")
	return tools
}

func root() string {
	folder, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		panic(err) // there is no working directory
	}
	return folder
}

// lay compiles the program and the plugins, and releases the first two versions.
func lay(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "limited-")
	require.NoError(t, err)
	_, err = ordering.NewProject(t.Context(), toolchain.Ready(root()), stack, folder)
	require.NoError(t, err)
	f := &fixture{TB: t, tools: laid(folder), folder: filepath.Join(folder, "first")}
	require.NoError(t, os.MkdirAll(filepath.Join(f.folder, "state"), 0o700))
	f.application()
	f.initialize()
	for _, version := range versions[:2] {
		f.configure(version)
		require.NoError(t, f.pulumi("up"), f.said)
	}
	return folder
}

// application makes the checkout with all versions.
func (f *fixture) application() {
	f.Helper()
	source := ordering.Source(f.path("app"))
	require.NoError(f, source.Write(root(), map[string]string{"backend": "backend", "frontend": "frontend"}))
	for i, version := range versions {
		migration := f.path("app", "backend", "prisma", "migrations", fmt.Sprintf("2099123%d235959_add_note_%d", i, i), "migration.sql")
		require.NoError(f, os.MkdirAll(filepath.Dir(migration), 0o700))
		require.NoError(f, os.WriteFile(migration, fmt.Appendf(nil, "ALTER TABLE \"Asset\" ADD COLUMN \"note%d\" TEXT;\n", i), 0o600))
		require.NoError(f, os.WriteFile(f.path("app", "backend", "server.js"), []byte(version), 0o600))
		require.NoError(f, sampleapp.Tag(f.Context(), f.path("app"), version))
	}
}

func (f *fixture) initialize() {
	f.Helper()
	require.NoError(f, f.pulumi("stack", "init", "--secrets-provider", "passphrase"), f.said)
	// The project's own, with the key of its secrets; each fixture has a copy.
	require.NoError(f, os.Rename(filepath.Join(f.tools.Root, "Pulumi."+stack+".yaml"), f.path("Pulumi.yaml")))
}

func (f *fixture) path(parts ...string) string {
	return filepath.Join(append([]string{f.folder}, parts...)...)
}

// configure makes the stack file and the checkout those of a version.
func (f *fixture) configure(version string) {
	f.Helper()
	checkout := exec.CommandContext(f.Context(), "git", "-C", f.path("app"), "checkout", "--quiet", "--force", version)
	checkout.Env = append(withoutGit(os.Environ()), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	said, err := checkout.CombinedOutput()
	require.NoError(f, err, string(said))
	source, err := filepath.Rel(f.tools.Root, f.path("app"))
	require.NoError(f, err)
	f.edit("flowcomply:release.source", source)
	f.edit("flowcomply:release.version", version)
}

// edit gives a key, of which there is one, another value.
func (f *fixture) edit(key, value string) {
	f.Helper()
	text, err := os.ReadFile(f.path("Pulumi.yaml"))
	require.NoError(f, err)
	lines := regexp.MustCompile(`(?m)^( *` + regexp.QuoteMeta(key) + `:).*$`)
	require.Len(f, lines.FindAll(text, -1), 1, key)
	require.NoError(f, os.WriteFile(f.path("Pulumi.yaml"), lines.ReplaceAll(text, []byte("${1} "+value)), 0o600))
}

func withoutGit(environment []string) (rest []string) {
	for _, pair := range environment {
		if !strings.HasPrefix(pair, "GIT_") {
			rest = append(rest, pair)
		}
	}
	return rest
}

// pulumi runs the CLI, operations without a preview, which is not simulated.
func (f *fixture) pulumi(args ...string) error { return f.pulumiFailing("", args...) }

// pulumiFailing runs the CLI while one resource, <type>::<name>, cannot be made.
func (f *fixture) pulumiFailing(resource string, args ...string) error {
	switch args[0] {
	case "up", "destroy", "refresh":
		args = append(args, "--yes", "--skip-preview", "--config-file", f.path("Pulumi.yaml"))
	case "config":
		args = append(args, "--config-file", f.path("Pulumi.yaml"))
	case "state":
		args = append(args, "--yes")
	}
	_ = os.Remove(f.path("journal")) // of the operation before
	plan, err := simulated.Plan{Seed: seed(), Journal: f.path("journal"), Registry: f.path("registry"), Fail: resource}.Environment()
	if err != nil {
		return err
	}
	command := exec.CommandContext(f.Context(), f.tools.Pulumi, append(args, "--stack", stack, "--non-interactive")...)
	command.Dir = f.tools.Root
	command.Env = append(os.Environ(), plan,
		"PATH="+f.tools.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"), "PULUMI_HOME="+f.tools.Home,
		"PULUMI_BACKEND_URL=file://"+f.path("state"), "PULUMI_CONFIG_PASSPHRASE="+engine.Passphrase, "PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true")
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err = command.Run()
	f.said = fmt.Sprintf("pulumi %s\n%s", strings.Join(args, " "), out.String())
	return err
}

// seed is one whose operations take no time.
var seed = sync.OnceValue(func() (seed uint64) {
	for (simulated.Plan{Seed: seed}).Shape() != "none" {
		seed++
	}
	return seed
})

// events are what the last operation did.
func (f *fixture) events() []simulated.Event {
	f.Helper()
	text, err := os.ReadFile(f.path("journal"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(f, err)
	var events []simulated.Event
	for line := range strings.Lines(string(text)) {
		var event simulated.Event
		require.NoError(f, json.Unmarshal([]byte(line), &event), line)
		events = append(events, event)
	}
	return events
}
