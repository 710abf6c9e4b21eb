package language

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/gofrs/flock"
	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/flowcomply/infrastructure/local/plugins/process"
)

var errCancelled = errors.New("cancelled by the engine")

// Run compiles the program and runs it in the directory the engine names. It honours the two options of the official
// host in Pulumi.yaml: `binary` (run this instead of compiling) and `buildTarget` (compile to this path and keep it).
func (h *Host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if req.GetAttachDebugger() {
		return nil, errors.New("program: --attach-debugger: not offered by this stand-in; install the official Go language host")
	}
	if h.engineAddress() == "" {
		return nil, errors.New("program: run: the engine's address is not known; call Handshake first")
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer context.AfterFunc(h.cancelled, func() { end(errCancelled) })()

	binary, remove, err := h.binary(ctx, req.GetInfo())
	if err != nil {
		return nil, err
	}
	defer remove()
	env, err := h.environment(req)
	if err != nil {
		return nil, err
	}
	cmd := process.Command(ctx, binary)
	cmd.Dir, cmd.Env = req.GetPwd(), env
	cmd.Stdout, cmd.Stderr = h.stdout, h.stderr
	return answer(process.Run(ctx, cmd)), nil
}

// answer says how the program ended. The SDK's own exit code means that the program has already told the engine why
// it failed; any other code has to be told.
func answer(err error) *pulumirpc.RunResponse {
	exit := &exec.ExitError{}
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case !errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program: run: %v", err)}
	case exit.ExitCode() == constant.ExitStatusLoggedError:
		return &pulumirpc.RunResponse{Bail: true}
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program: run: %v; its own output is above", exit)}
	}
}

// binary returns the program's executable and what removes it after use.
func (h *Host) binary(ctx context.Context, info *pulumirpc.ProgramInfo) (path string, remove func(), err error) {
	options := info.GetOptions().GetFields()
	given, target := options["binary"].GetStringValue(), options["buildTarget"].GetStringValue()
	switch {
	case given != "" && target != "":
		return "", nil, errors.New("runtime.options in Pulumi.yaml: binary and buildTarget: one excludes the other; leave one out")
	case given != "":
		path, err = lookup(given, info.GetRootDirectory())
		return path, func() {}, err
	case target != "":
		if !filepath.IsAbs(target) { // as `go build`, which begins there, takes it
			target = filepath.Join(info.GetProgramDirectory(), target)
		}
		return target, func() {}, h.alone(ctx, info.GetProgramDirectory(), target)
	}
	dir, err := os.MkdirTemp("", "pulumi-go-")
	if err != nil {
		return "", nil, fmt.Errorf("program: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) } // a leftover in the temporary folder harms nothing
	path = filepath.Join(dir, "program")
	if err := h.compile(ctx, info.GetProgramDirectory(), path); err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}

func lookup(binary, root string) (string, error) {
	if local := filepath.Join(root, binary); !filepath.IsAbs(binary) {
		if stat, err := os.Stat(local); err == nil && !stat.IsDir() {
			return local, nil
		}
	}
	path, err := exec.LookPath(binary)
	if err != nil {
		return "", fmt.Errorf("runtime.options.binary %q in Pulumi.yaml: %w; build it first", binary, err)
	}
	return path, nil
}

// alone compiles while nobody else compiles to the same target: who would run it meanwhile could find half of it.
func (h *Host) alone(ctx context.Context, dir, target string) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("program: %w", err)
	}
	held := flock.New(target + ".lock")
	if _, err := held.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return fmt.Errorf("program: %s: %w", target, err)
	}
	defer held.Close()
	return h.compile(ctx, dir, target)
}

// Flags are those of `go build` by which a program is compiled: the official host's, so that one build cache serves both, and
// without debugging information, which takes half the time of linking.
var Flags = []string{"-trimpath", "-buildvcs=false", "-ldflags=-w -s"}

func (h *Host) compile(ctx context.Context, dir, target string) error {
	h.status(ctx, "Compiling the program ...")
	cmd := process.Command(ctx, "go", slices.Concat([]string{"build"}, Flags, []string{"-o", target})...)
	var output bytes.Buffer
	cmd.Dir, cmd.Env = dir, os.Environ()
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := process.Run(ctx, cmd); err != nil {
		return fmt.Errorf("program %q: go build: %w\n%s", dir, err, bytes.TrimSpace(output.Bytes()))
	}
	if stat, err := os.Stat(target); err != nil || stat.Mode()&0o111 == 0 {
		return fmt.Errorf("program %q: go build made no executable; the folder must hold a package main", dir)
	}
	h.status(ctx, "Finished compiling")
	return nil
}

// status shows a passing line beside the stack. One that does not arrive is no reason to stop.
func (h *Host) status(ctx context.Context, message string) {
	conn, err := grpc.NewClient(h.engineAddress(),
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = pulumirpc.NewEngineClient(conn).Log(ctx, &pulumirpc.LogRequest{
		Severity: pulumirpc.LogSeverity_INFO, Message: message, Ephemeral: true,
	})
}

// environment is how a Go program learns what it runs for; the SDK exports the names.
func (h *Host) environment(req *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(req.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("program: config: %w", err)
	}
	secretKeys, err := json.Marshal(append([]string{}, req.GetConfigSecretKeys()...))
	if err != nil {
		return nil, fmt.Errorf("program: secret config keys: %w", err)
	}
	env := os.Environ()
	for _, pair := range [][2]string{
		{pulumi.EnvOrganization, req.GetOrganization()},
		{pulumi.EnvProject, req.GetProject()},
		{pulumi.EnvPulumiRootDirectory, req.GetInfo().GetRootDirectory()},
		{pulumi.EnvStack, req.GetStack()},
		{pulumi.EnvConfig, string(config)},
		{pulumi.EnvConfigSecretKeys, string(secretKeys)},
		{pulumi.EnvDryRun, strconv.FormatBool(req.GetDryRun())},
		{pulumi.EnvParallel, strconv.Itoa(int(req.GetParallel()))},
		{pulumi.EnvMonitor, req.GetMonitorAddress()},
		{pulumi.EnvEngine, h.engineAddress()},
	} {
		env = append(env, pair[0]+"="+pair[1])
	}
	return env, nil
}
