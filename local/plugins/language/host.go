// Package language is a stand-in for Pulumi's Go language host, for a machine that cannot download the official one.
// It does what running a program asks for: compile it, run it, name the plugins its modules need. Code generation,
// plugins written as source and debuggers are the official host's: asked for those, this one says that it cannot.
package language

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Version is the release of Pulumi whose language host this stands in for.
const Version = "3.259.0"

// Host serves pulumirpc.LanguageRuntime to one engine.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	stdout, stderr io.Writer // the engine shows each line of both as the program's own
	cancelled      context.Context
	cancel         context.CancelCauseFunc

	mu     sync.Mutex
	engine string // address; from the command line, or from Handshake
}

// New returns a host that reports to the engine at the address, which may be empty until Handshake.
func New(engine string, stdout, stderr io.Writer) *Host {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Host{stdout: stdout, stderr: stderr, cancelled: ctx, cancel: cancel, engine: engine}
}

// Handshake takes the engine's address.
func (h *Host) Handshake(
	_ context.Context, req *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.engine = req.GetEngineAddress()
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *Host) engineAddress() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.engine
}

// GetPluginInfo names the version.
func (h *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// RuntimeOptionsPrompts has nothing to ask: a Go program has no options that must be chosen.
func (h *Host) RuntimeOptionsPrompts(
	context.Context, *pulumirpc.RuntimeOptionsRequest,
) (*pulumirpc.RuntimeOptionsResponse, error) {
	return &pulumirpc.RuntimeOptionsResponse{}, nil
}

// About names the Go toolchain that compiles the program.
func (h *Host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("go toolchain: %w: install Go, or put it on PATH", err)
	}
	out, err := exec.CommandContext(ctx, path, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("go toolchain %q: version: %w", path, err)
	}
	return &pulumirpc.AboutResponse{Executable: path, Version: strings.TrimSpace(string(out))}, nil
}

// InstallDependencies downloads the modules that go.mod names. It changes no file of the program.
func (h *Host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	cmd := exec.CommandContext(stream.Context(), "go", "mod", "download")
	cmd.Dir = req.GetInfo().GetProgramDirectory()
	cmd.Env = os.Environ()
	out, err := cmd.CombinedOutput()
	if sendErr := stream.Send(&pulumirpc.InstallDependenciesResponse{Stdout: out}); sendErr != nil {
		return sendErr
	}
	if err != nil {
		return fmt.Errorf("program %q: go mod download: %w", cmd.Dir, err)
	}
	return nil
}

// Cancel ends the program that is running, and any that would start after it.
func (h *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel(errCancelled)
	return &emptypb.Empty{}, nil
}
