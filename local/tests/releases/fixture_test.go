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

// fixture is a stack with a state of its own, an operator's copy of the stack file, and the command.
type fixture struct {
	*testing.T
	cli, binary, project, file, state string
	env                               []string
	out                               string // of the last command
}

// open is a stack, and the command built from this checkout.
func open(t *testing.T) *fixture {
	t.Helper()
	f, root := stack(t)
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", f.binary, "./cmd/flowcomply")
	build.Dir = root
	said, err := build.CombinedOutput()
	require.NoError(t, err, string(said))
	return f
}

// stack is a stack in a project whose program is this binary, and the root of this checkout.
func stack(t *testing.T) (f *fixture, root string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	folder, tools := t.TempDir(), toolchain.Ready(root)
	f = &fixture{
		T: t, cli: tools.Pulumi, binary: filepath.Join(folder, "flowcomply"),
		project: filepath.Join(folder, "project"), file: filepath.Join(folder, "copy", "Pulumi.local.yaml"), state: filepath.Join(folder, "state"),
	}
	for _, made := range []string{f.project, filepath.Dir(f.file), f.state} {
		require.NoError(t, os.MkdirAll(made, 0o700))
	}
	f.env = append(os.Environ(),
		"PATH="+tools.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"),
		// A file of metadata beside the state is not written at one stroke, and whoever reads meanwhile is told "EOF".
		"PULUMI_BACKEND_URL=file://"+f.state+"?metadata=skip",
		"PULUMI_HOME="+filepath.Join(folder, "home"), "PULUMI_CONFIG_PASSPHRASE="+engine.Passphrase,
		"PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"AWS_ENDPOINT_URL="+aws(t), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x")
	f.initialize(root)
	return f, root
}

// initialize makes the project, and a stack file elsewhere, as an operator may have it.
func (f *fixture) initialize(root string) {
	f.Helper()
	self, err := os.Executable()
	require.NoError(f, err)
	options := map[string]any{"name": "go", "options": map[string]any{"binary": self}}
	text, err := yaml.Marshal(map[string]any{"name": "flowcomply", "runtime": options})
	require.NoError(f, err)
	require.NoError(f, os.WriteFile(filepath.Join(f.project, "Pulumi.yaml"), text, 0o600))
	require.NoError(f, os.WriteFile(filepath.Join(f.project, "go.mod"), []byte("module empty\n\ngo 1.26\n"), 0o600))
	decisions, err := os.ReadFile(filepath.Join(root, "Pulumi.local.yaml"))
	require.NoError(f, err)
	own := filepath.Join(f.project, "Pulumi.local.yaml")
	require.NoError(f, os.WriteFile(own, decisions, 0o600))
	f.pulumi("stack", "init", "local", "--secrets-provider", "passphrase")
	require.NoError(f, os.Rename(own, f.file))
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

func (f *fixture) pulumi(args ...string) {
	f.Helper()
	command := exec.Command(f.cli, append(args, "--non-interactive")...)
	command.Dir, command.Env = f.project, f.env
	out, err := command.CombinedOutput()
	require.NoError(f, err, string(out))
}

func (f *fixture) command(args ...string) *exec.Cmd {
	command := exec.Command(f.binary, append(args, "--stack", "local", "--config-file", f.file)...)
	command.Dir, command.Env = f.project, f.env
	return command
}

// run runs the command and returns its exit code.
func (f *fixture) run(args ...string) int {
	f.Helper()
	return f.end(f.command(args...))
}

func (f *fixture) end(command *exec.Cmd) int {
	f.Helper()
	out, err := command.CombinedOutput()
	if err != nil {
		exit := &exec.ExitError{}
		require.ErrorAs(f, err, &exit)
	}
	f.out = string(out)
	return command.ProcessState.ExitCode()
}

func (f *fixture) release(version string) int { return f.run("release", version, "--yes") }

func (f *fixture) rollback(args ...string) int {
	return f.run(append([]string{"rollback", "--yes"}, args...)...)
}

// said wants each of these in what the last command said, and no secret.
func (f *fixture) said(wanted ...string) {
	f.Helper()
	for _, want := range wanted {
		assert.Contains(f, f.out, want)
	}
	assert.NotContains(f, f.out, "sk-")
}

func (f *fixture) text() string {
	f.Helper()
	text, err := os.ReadFile(f.file)
	require.NoError(f, err)
	entries, err := os.ReadDir(filepath.Dir(f.file))
	require.NoError(f, err)
	require.Len(f, entries, 1, "nothing is left beside the stack file")
	return string(text)
}

func (f *fixture) write(text string) {
	f.Helper()
	require.NoError(f, os.WriteFile(f.file, []byte(text), 0o600))
}

// lock makes the backend believe that another update runs.
func (f *fixture) lock(on bool) {
	f.Helper()
	folder := filepath.Join(f.state, ".pulumi", "locks", "organization", "flowcomply", "local")
	if !on {
		require.NoError(f, os.RemoveAll(folder))
		return
	}
	require.NoError(f, os.MkdirAll(folder, 0o700))
	text := `{"pid":1,"username":"somebody","hostname":"elsewhere","timestamp":"2026-11-20T10:00:00Z"}`
	require.NoError(f, os.WriteFile(filepath.Join(folder, "0000.json"), []byte(text), 0o600))
}
