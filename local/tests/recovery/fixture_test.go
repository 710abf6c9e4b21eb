package recovery

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/emulator/emulatortest"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// TestMain is the program too: Pulumi.yaml names this very binary, so that nothing has to be compiled for it.
func TestMain(m *testing.M) {
	if os.Getenv(pulumi.EnvMonitor) != "" {
		pulumi.Run(program)
		return
	}
	os.Exit(m.Run())
}

type custom struct{ pulumi.CustomResourceState }

type provider struct{ pulumi.ProviderResourceState }

// program declares a step that waits at a gate or, where it is asked for, a topic in AWS.
func program(ctx *pulumi.Context) error {
	if gate := os.Getenv("GATE"); gate != "" {
		return ctx.RegisterResource("command:local:Command", "migration", pulumi.Map{
			// in a session of its own, where nobody who ends a process group finds it
			"create": pulumi.String("setsid -w sh -c 'echo $$ >" + gate + ".begun; exec cat " + gate + "'"),
		}, &custom{}, pulumi.Version("1.2.1"))
	}
	aws := &provider{}
	err := ctx.RegisterResource("pulumi:providers:aws", "aws", pulumi.Map{
		"region": pulumi.String(region), "allowedAccountIds": pulumi.ToStringArray([]string{account}),
		"defaultTags": pulumi.Map{"tags": pulumi.StringMap{"stack": pulumi.String("crashed")}},
	}, aws, pulumi.Version("6.83.4"))
	if err != nil {
		return err
	}
	return ctx.RegisterResource("aws:sns/topic:Topic", "alerts", pulumi.Map{"displayName": pulumi.String("alerts")}, &custom{},
		pulumi.Provider(aws), pulumi.Version("6.83.4"))
}

const region, account = emulatortest.Region, emulatortest.Account

// fixture is a stack with a state of its own, and the command.
type fixture struct {
	*testing.T
	cli, binary, project string
	env                  []string
}

func open(t *testing.T, backend string, env ...string) *fixture {
	t.Helper()
	root, err := filepath.Abs(root)
	require.NoError(t, err)
	folder, tools := t.TempDir(), toolchain.Ready(root)
	f := &fixture{T: t, cli: tools.Pulumi, binary: filepath.Join(folder, "flowcomply"), project: filepath.Join(folder, "project")}
	if backend == "" {
		backend = "file://" + filepath.Join(folder, "state")
	}
	for _, made := range []string{f.project, filepath.Join(folder, "state")} {
		require.NoError(t, os.MkdirAll(made, 0o700))
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", f.binary, "./cmd/flowcomply")
	build.Dir = root
	said, err := build.CombinedOutput()
	require.NoError(t, err, string(said))
	self, err := os.Executable()
	require.NoError(t, err)
	for name, text := range map[string]string{
		"Pulumi.yaml": "name: flowcomply\nruntime:\n  name: go\n  options:\n    binary: " + self + "\n", "go.mod": "module empty\n\ngo 1.26\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(f.project, name), []byte(text), 0o600))
	}
	f.env = append(append(os.Environ(),
		"PATH="+tools.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"), "TMPDIR="+folder,
		"PULUMI_HOME="+tools.Home, "PULUMI_BACKEND_URL="+backend, "PULUMI_CONFIG_PASSPHRASE=correct horse",
		"PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"AWS_REGION="+region, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_EC2_METADATA_DISABLED=true"), env...)
	t.Cleanup(func() {
		if t.Failed() { // what the test left, it has a command for
			f.recover("--yes", "--no-preview")
		}
	})
	code, out := f.run(f.cli, "stack", "init", "crashed", "--secrets-provider", "passphrase", "--non-interactive")
	require.Zero(t, code, out)
	return f
}

// run runs a command and returns its exit code, with all that it said.
func (f *fixture) run(program string, args ...string) (int, string) {
	f.Helper()
	var out bytes.Buffer
	command := exec.Command(program, args...)
	command.Dir, command.Env, command.Stdout, command.Stderr = f.project, f.env, &out, &out
	if err := command.Run(); err != nil {
		exit := &exec.ExitError{}
		require.ErrorAs(f, err, &exit)
	}
	return command.ProcessState.ExitCode(), out.String()
}

func (f *fixture) recover(args ...string) (int, string) {
	f.Helper()
	return f.run(f.binary, append([]string{"recover", "--stack", "crashed", "--settle", "0s"}, args...)...)
}

func (f *fixture) state() string {
	f.Helper()
	code, out := f.run(f.cli, "stack", "export", "--stack", "crashed", "--non-interactive")
	require.Zero(f, code, out)
	return out
}

// update begins an update; what it says is for the one who waits for it.
type update struct {
	*exec.Cmd
	out *bytes.Buffer
}

func (f *fixture) update() update {
	f.Helper()
	one := update{exec.Command(f.cli, "up", "--stack", "crashed", "--yes", "--skip-preview", "--non-interactive", "--color", "never"), &bytes.Buffer{}}
	one.Dir, one.Env, one.Stdout, one.Stderr = f.project, f.env, one.out, one.out
	require.NoError(f, one.Start())
	f.Cleanup(func() { _ = one.Process.Kill() })
	return one
}

// kill ends the engine, and nothing else, as the kernel does that is out of memory.
func (u update) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, u.Process.Kill())
	var exit *exec.ExitError
	require.ErrorAs(t, u.Wait(), &exit)
	require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal())
}

// gate is a named pipe at which a step waits, and one by which it says that it does.
func gate(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "gate")
	require.NoError(t, syscall.Mkfifo(name, 0o600))
	require.NoError(t, syscall.Mkfifo(name+".begun", 0o600))
	return name
}

// begun returns the step's process once it has begun.
func begun(t *testing.T, gate string) int {
	t.Helper()
	text, err := os.ReadFile(gate + ".begun")
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	return pid
}

// runs tells whether a process runs; one that has ended and was not waited for does not.
func runs(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// bucket is a backend in the emulated AWS's own S3.
func bucket(t *testing.T, endpoint string) string {
	t.Helper()
	name := "states"
	client := s3.New(s3.Options{
		Region: region, BaseEndpoint: &endpoint, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("x", "x", ""),
	})
	_, err := client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{
		LocationConstraint: region,
	}})
	require.NoError(t, err)
	return "s3://" + name + "?" + url.Values{
		"region": {region}, "endpoint": {endpoint}, "use_path_style": {"true"}, "response_checksum_validation": {"when_required"},
	}.Encode()
}
