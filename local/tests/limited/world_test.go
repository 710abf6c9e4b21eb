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

// world is one stack, with a state, an application and a stack file of its own.
type world struct {
	testing.TB
	tools  toolchain.Tools // of the project that all worlds share: program, plugins, CLI
	folder string
	said   string // by the last command
}

var (
	ground     string // the folder of the stack that worlds are copies of
	groundOnce sync.Once
)

func TestMain(m *testing.M) {
	code := m.Run()
	if ground != "" {
		_ = os.RemoveAll(ground)
	}
	os.Exit(code)
}

// open copies the stack whose v1.1.0 runs.
func open(t testing.TB) *world {
	t.Helper()
	groundOnce.Do(func() { ground = lay(t) })
	require.NotEmpty(t, ground, "the stack that all tests begin with could not be made; see the first of them")
	w := &world{TB: t, tools: laid(ground), folder: t.TempDir()}
	require.NoError(t, os.CopyFS(w.folder, os.DirFS(filepath.Join(ground, "first"))))
	return w
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
	_, err = ordering.Lay(t.Context(), toolchain.Ready(root()), stack, folder)
	require.NoError(t, err)
	w := &world{TB: t, tools: laid(folder), folder: filepath.Join(folder, "first")}
	require.NoError(t, os.MkdirAll(filepath.Join(w.folder, "state"), 0o700))
	w.application()
	w.initialize()
	for _, version := range versions[:2] {
		w.configure(version)
		require.NoError(t, w.pulumi("up"), w.said)
	}
	return folder
}

// application makes the checkout with all versions.
func (w *world) application() {
	w.Helper()
	source := ordering.Source(w.path("app"))
	require.NoError(w, source.Write(root(), map[string]string{"backend": "backend", "frontend": "frontend"}))
	for i, version := range versions {
		migration := w.path("app", "backend", "prisma", "migrations", fmt.Sprintf("2099123%d235959_add_note_%d", i, i), "migration.sql")
		require.NoError(w, os.MkdirAll(filepath.Dir(migration), 0o700))
		require.NoError(w, os.WriteFile(migration, fmt.Appendf(nil, "ALTER TABLE \"Asset\" ADD COLUMN \"note%d\" TEXT;\n", i), 0o600))
		require.NoError(w, os.WriteFile(w.path("app", "backend", "server.js"), []byte(version), 0o600))
		require.NoError(w, sampleapp.Tag(w.Context(), w.path("app"), version))
	}
}

func (w *world) initialize() {
	w.Helper()
	require.NoError(w, w.pulumi("stack", "init", "--secrets-provider", "passphrase"), w.said)
	// The project's own, with the key of its secrets; each world has a copy.
	require.NoError(w, os.Rename(filepath.Join(w.tools.Root, "Pulumi."+stack+".yaml"), w.path("Pulumi.yaml")))
}

func (w *world) path(parts ...string) string {
	return filepath.Join(append([]string{w.folder}, parts...)...)
}

// configure makes the stack file and the checkout those of a version.
func (w *world) configure(version string) {
	w.Helper()
	checkout := exec.CommandContext(w.Context(), "git", "-C", w.path("app"), "checkout", "--quiet", "--force", version)
	checkout.Env = append(withoutGit(os.Environ()), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	said, err := checkout.CombinedOutput()
	require.NoError(w, err, string(said))
	source, err := filepath.Rel(w.tools.Root, w.path("app"))
	require.NoError(w, err)
	w.edit("flowcomply:release.source", source)
	w.edit("flowcomply:release.version", version)
}

// edit gives a key, of which there is one, another value.
func (w *world) edit(key, value string) {
	w.Helper()
	text, err := os.ReadFile(w.path("Pulumi.yaml"))
	require.NoError(w, err)
	lines := regexp.MustCompile(`(?m)^( *` + regexp.QuoteMeta(key) + `:).*$`)
	require.Len(w, lines.FindAll(text, -1), 1, key)
	require.NoError(w, os.WriteFile(w.path("Pulumi.yaml"), lines.ReplaceAll(text, []byte("${1} "+value)), 0o600))
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
func (w *world) pulumi(args ...string) error { return w.pulumiFailing("", args...) }

// pulumiFailing runs the CLI while one resource, <type>::<name>, cannot be made.
func (w *world) pulumiFailing(resource string, args ...string) error {
	switch args[0] {
	case "up", "destroy", "refresh":
		args = append(args, "--yes", "--skip-preview", "--config-file", w.path("Pulumi.yaml"))
	case "config":
		args = append(args, "--config-file", w.path("Pulumi.yaml"))
	case "state":
		args = append(args, "--yes")
	}
	_ = os.Remove(w.path("journal")) // of the operation before
	plan, err := simulated.Plan{Seed: seed(), Journal: w.path("journal"), Registry: w.path("registry"), Fail: resource}.Environment()
	if err != nil {
		return err
	}
	command := exec.CommandContext(w.Context(), w.tools.Pulumi, append(args, "--stack", stack, "--non-interactive")...)
	command.Dir = w.tools.Root
	command.Env = append(os.Environ(), plan,
		"PATH="+w.tools.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"), "PULUMI_HOME="+w.tools.Home,
		"PULUMI_BACKEND_URL=file://"+w.path("state"), "PULUMI_CONFIG_PASSPHRASE="+engine.Passphrase, "PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true")
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err = command.Run()
	w.said = fmt.Sprintf("pulumi %s\n%s", strings.Join(args, " "), out.String())
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
func (w *world) events() []simulated.Event {
	w.Helper()
	text, err := os.ReadFile(w.path("journal"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(w, err)
	var events []simulated.Event
	for line := range strings.Lines(string(text)) {
		var event simulated.Event
		require.NoError(w, json.Unmarshal([]byte(line), &event), line)
		events = append(events, event)
	}
	return events
}
