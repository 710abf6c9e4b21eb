// Package provider holds what the stand-in providers of this folder have in common: the half of
// pulumirpc.ResourceProvider that has nothing to do with any one resource.
package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// ErrCancelled is the cause of an operation's end when the engine asked the plugin to stop.
var ErrCancelled = errors.New("cancelled by the engine")

// Engine is where a provider's messages go: Log stays on the screen, LogStatus is replaced by the next one.
type Engine interface {
	Log(ctx context.Context, severity diag.Severity, urn resource.URN, message string) error
	LogStatus(ctx context.Context, severity diag.Severity, urn resource.URN, message string) error
}

// Base answers everything but the calls about a resource. A provider embeds it and adds those.
type Base struct {
	pulumirpc.UnimplementedResourceProviderServer
	Engine          Engine
	version, schema string
	stopped         context.Context
	stop            context.CancelCauseFunc
}

// NewBase returns the common half of a provider; schema is its package schema as JSON.
func NewBase(engine Engine, version, schema string) *Base {
	stopped, stop := context.WithCancelCause(context.Background())
	return &Base{Engine: engine, version: version, schema: schema, stopped: stopped, stop: stop}
}

// Main serves the provider that serve makes, and exits with a message when it cannot.
func Main(serve func(Engine) pulumirpc.ResourceProviderServer) {
	name := filepath.Base(os.Args[0])
	err := sdk.Main(name, func(host *sdk.HostClient) (pulumirpc.ResourceProviderServer, error) {
		if host == nil {
			return nil, errors.New("no engine's address on the command line; the Pulumi engine starts this program")
		}
		return serve(host), nil
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

// Until returns a context that also ends when the engine cancels, or after the resource's own timeout in seconds,
// where 0 means none.
func (b *Base) Until(ctx context.Context, timeoutSeconds float64) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(b.stopped, func() { cancel(ErrCancelled) })
	if timeoutSeconds <= 0 {
		return ctx, func() { unhook(); cancel(nil) }
	}
	after := time.Duration(timeoutSeconds * float64(time.Second))
	ctx, end := context.WithTimeoutCause(ctx, after, fmt.Errorf("not done within its timeout of %s", after))
	return ctx, func() { end(); unhook(); cancel(nil) }
}

// Handshake takes nothing from the engine: its address is on the command line already.
func (b *Base) Handshake(
	context.Context, *pulumirpc.ProviderHandshakeRequest,
) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

// GetPluginInfo names the version of the official plugin whose place this one takes.
func (b *Base) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: b.version}, nil
}

// GetSchema returns the package schema.
func (b *Base) GetSchema(_ context.Context, req *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	if req.GetVersion() != 0 {
		return nil, fmt.Errorf("schema: version %d: unknown; ask for version 0", req.GetVersion())
	}
	return &pulumirpc.GetSchemaResponse{Schema: b.schema}, nil
}

// CheckConfig accepts the provider's configuration as it is.
func (b *Base) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig never replaces the provider: no configuration of it is part of a resource's identity.
func (b *Base) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// Configure says what this provider understands.
func (b *Base) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}

// Read has nothing to look at: what these resources made is not asked again.
func (b *Base) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	return &pulumirpc.ReadResponse{Id: req.GetId(), Inputs: req.GetInputs(), Properties: req.GetProperties()}, nil
}

// Cancel ends every operation under way.
func (b *Base) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	b.stop(ErrCancelled)
	return &emptypb.Empty{}, nil
}
