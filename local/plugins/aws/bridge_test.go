package aws

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// The bridge's program is a script here, and its server is in this process. That the real bridge loads the real
// Terraform provider, the end-to-end tests prove.

// server is the bridge's side of the connection.
type server struct {
	pulumirpc.UnimplementedResourceProviderServer
	loaded []string
	fail   error
}

func (s *server) Parameterize(_ context.Context, req *pulumirpc.ParameterizeRequest) (*pulumirpc.ParameterizeResponse, error) {
	s.loaded = req.GetArgs().GetArgs()
	return &pulumirpc.ParameterizeResponse{Name: "aws"}, s.fail
}

func (s *server) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: string(make([]byte, 5<<20))}, nil
}

func serve(t *testing.T, s *server) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	grpcServer := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(grpcServer, s)
	go func() { _ = grpcServer.Serve(listener) }()
	t.Cleanup(grpcServer.Stop)
	return listener.Addr().(*net.TCPAddr).Port
}

// programs is a folder with all programs, the bridge's being the script.
func programs(t *testing.T, script string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{BridgeName: "#!/bin/sh\n" + script, TerraformName: "", ProviderName: ""} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o755))
	}
	return folder
}

func TestStart_TellsWhichProgramIsMissing(t *testing.T) {
	for _, missing := range []string{BridgeName, TerraformName, ProviderName} {
		folder := programs(t, "")
		require.NoError(t, os.Remove(filepath.Join(folder, missing)))
		_, err := Start(context.Background(), folder, "127.0.0.1:1")
		require.ErrorIs(t, err, os.ErrNotExist)
		require.ErrorContains(t, err, filepath.Join(folder, missing))
		require.ErrorContains(t, err, "run `make toolchain` to put it there")
	}
}

func TestStart_TellsWhatTheBridgeDidWrong(t *testing.T) {
	failing := serve(t, &server{fail: status.Error(codes.Unknown, "no such provider")})
	for script, want := range map[string]string{
		"exit 1":                     "the bridge ended before it named its port: EOF",
		"echo hello; exec sleep 600": "the bridge named no port but \"hello\\n\"",
		fmt.Sprintf("echo %d; exec sleep 600", failing): "load the Terraform provider: ",
	} {
		_, err := Start(context.Background(), programs(t, script), "127.0.0.1:1")
		require.ErrorContains(t, err, "aws stand-in: "+want)
	}
	folder := programs(t, "")
	require.NoError(t, os.Chmod(filepath.Join(folder, BridgeName), 0o644))
	_, err := Start(context.Background(), folder, "127.0.0.1:1")
	require.ErrorContains(t, err, "aws stand-in: start the bridge: ")
}

func TestStart_LoadsTheProviderAndCloseEndsTheBridge(t *testing.T) {
	s := &server{}
	folder := programs(t, fmt.Sprintf("echo %d; exec sleep 600", serve(t, s)))
	b, err := Start(context.Background(), folder, "127.0.0.1:4711")
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(folder, TerraformName)}, s.loaded)

	res, err := b.GetSchema(context.Background(), &pulumirpc.GetSchemaRequest{})
	require.NoError(t, err, "the schema is larger than gRPC's default limit")
	assert.Len(t, res.GetSchema(), 5<<20)

	require.NoError(t, b.Close())
	assert.NotNil(t, b.process.ProcessState, "the process was waited for")
	_, err = b.GetSchema(context.Background(), &pulumirpc.GetSchemaRequest{})
	require.Error(t, err)
}
