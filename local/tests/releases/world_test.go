package releases

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// TestMain is the program too: Pulumi.yaml names this very binary, so that nothing has to be compiled for it.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(pulumi.EnvMonitor) == "":
	case os.Getenv(handedOn) != "":
		os.Exit(handOn())
	default:
		pulumi.Run(program)
		return
	}
	os.Exit(m.Run())
}

const account = "000000000000"

// world is a stack with a state of its own, an operator's copy of the stack file, and the command.
type world struct {
	*testing.T
	cli, binary, project, file, state string
	env                               []string
	out                               string // of the last command
}

// open is a stack, and the command built from this checkout.
func open(t *testing.T) *world {
	t.Helper()
	w, root := stack(t)
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", w.binary, "./cmd/flowcomply")
	build.Dir = root
	said, err := build.CombinedOutput()
	require.NoError(t, err, string(said))
	return w
}

// stack is a stack in a project whose program is this binary, and the root of this checkout.
func stack(t *testing.T) (w *world, root string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	folder, tools := t.TempDir(), toolchain.Ready(root)
	w = &world{
		T: t, cli: tools.Pulumi, binary: filepath.Join(folder, "flowcomply"),
		project: filepath.Join(folder, "project"), file: filepath.Join(folder, "copy", "Pulumi.local.yaml"), state: filepath.Join(folder, "state"),
	}
	for _, made := range []string{w.project, filepath.Dir(w.file), w.state} {
		require.NoError(t, os.MkdirAll(made, 0o700))
	}
	w.env = append(os.Environ(),
		"PATH="+tools.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"),
		// A file of metadata beside the state is not written at one stroke, and whoever reads meanwhile is told "EOF".
		"PULUMI_BACKEND_URL=file://"+w.state+"?metadata=skip",
		"PULUMI_HOME="+filepath.Join(folder, "home"), "PULUMI_CONFIG_PASSPHRASE="+engine.Passphrase,
		"PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"AWS_ENDPOINT_URL="+aws(t), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x")
	w.initialize(root)
	return w, root
}

// initialize makes the project, and a stack file elsewhere, as an operator may have it.
func (w *world) initialize(root string) {
	w.Helper()
	self, err := os.Executable()
	require.NoError(w, err)
	options := map[string]any{"name": "go", "options": map[string]any{"binary": self}}
	text, err := yaml.Marshal(map[string]any{"name": "flowcomply", "runtime": options})
	require.NoError(w, err)
	require.NoError(w, os.WriteFile(filepath.Join(w.project, "Pulumi.yaml"), text, 0o600))
	require.NoError(w, os.WriteFile(filepath.Join(w.project, "go.mod"), []byte("module empty\n\ngo 1.26\n"), 0o600))
	decisions, err := os.ReadFile(filepath.Join(root, "Pulumi.local.yaml"))
	require.NoError(w, err)
	own := filepath.Join(w.project, "Pulumi.local.yaml")
	require.NoError(w, os.WriteFile(own, decisions, 0o600))
	w.pulumi("stack", "init", "local", "--secrets-provider", "passphrase")
	require.NoError(w, os.Rename(own, w.file))
}

// aws serves what the command asks of AWS: whose credentials these are, and which images there are (all).
func aws(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if target := r.Header.Get("X-Amz-Target"); strings.HasSuffix(target, ".BatchGetImage") {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			_ = json.NewEncoder(w).Encode(map[string]any{"images": []any{}, "failures": []any{}})
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>", account)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (w *world) pulumi(args ...string) {
	w.Helper()
	command := exec.Command(w.cli, append(args, "--non-interactive")...)
	command.Dir, command.Env = w.project, w.env
	out, err := command.CombinedOutput()
	require.NoError(w, err, string(out))
}

func (w *world) command(args ...string) *exec.Cmd {
	command := exec.Command(w.binary, append(args, "--stack", "local", "--config-file", w.file)...)
	command.Dir, command.Env = w.project, w.env
	return command
}

// run runs the command and returns its exit code.
func (w *world) run(args ...string) int {
	w.Helper()
	return w.end(w.command(args...))
}

func (w *world) end(command *exec.Cmd) int {
	w.Helper()
	out, err := command.CombinedOutput()
	if err != nil {
		exit := &exec.ExitError{}
		require.ErrorAs(w, err, &exit)
	}
	w.out = string(out)
	return command.ProcessState.ExitCode()
}

func (w *world) release(version string) int { return w.run("release", version, "--yes") }

func (w *world) rollback(args ...string) int {
	return w.run(append([]string{"rollback", "--yes"}, args...)...)
}

// said wants each of these in what the last command said, and no secret.
func (w *world) said(wanted ...string) {
	w.Helper()
	for _, want := range wanted {
		assert.Contains(w, w.out, want)
	}
	assert.NotContains(w, w.out, "sk-")
}

func (w *world) text() string {
	w.Helper()
	text, err := os.ReadFile(w.file)
	require.NoError(w, err)
	entries, err := os.ReadDir(filepath.Dir(w.file))
	require.NoError(w, err)
	require.Len(w, entries, 1, "nothing is left beside the stack file")
	return string(text)
}

func (w *world) write(text string) {
	w.Helper()
	require.NoError(w, os.WriteFile(w.file, []byte(text), 0o600))
}

// lock makes the backend believe that another update runs.
func (w *world) lock(on bool) {
	w.Helper()
	folder := filepath.Join(w.state, ".pulumi", "locks", "organization", "flowcomply", "local")
	if !on {
		require.NoError(w, os.RemoveAll(folder))
		return
	}
	require.NoError(w, os.MkdirAll(folder, 0o700))
	text := `{"pid":1,"username":"somebody","hostname":"elsewhere","timestamp":"2026-11-20T10:00:00Z"}`
	require.NoError(w, os.WriteFile(filepath.Join(folder, "0000.json"), []byte(text), 0o600))
}
