package aws

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/emptypb"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// These tests hold what reaches the engine. That the bridge says everything twice, they take for granted.

// shown is an engine that remembers what it was told.
type shown struct {
	pulumirpc.UnimplementedEngineServer
	messages []string
}

func (s *shown) Log(_ context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	s.messages = append(s.messages, strings.TrimSpace(req.GetUrn()+" "+req.GetMessage()))
	return &emptypb.Empty{}, nil
}

func TestEngine_HearsWhatACallDoesNotReturn(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	told, s := &shown{}, grpc.NewServer()
	pulumirpc.RegisterEngineServer(s, told)
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(s.Stop)

	bridge := &server{}
	folder := programs(t, fmt.Sprintf("printf %%s \"$1\" >\"$0.engine\"; echo %d; exec sleep 600", serve(t, bridge)))
	b, err := Start(t.Context(), folder, listener.Addr().String())
	require.NoError(t, err)
	address, err := os.ReadFile(filepath.Join(folder, BridgeName+".engine"))
	require.NoError(t, err)
	conn, err := grpc.NewClient(string(address), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	client := pulumirpc.NewEngineClient(conn)
	for _, req := range []*pulumirpc.LogRequest{
		{Severity: pulumirpc.LogSeverity_ERROR, Message: "couldn't find resource"},
		{Severity: pulumirpc.LogSeverity_WARNING, Message: "deprecated"},
		{Severity: pulumirpc.LogSeverity_ERROR, Message: "no such VPC", Urn: "urn:vpc"},
	} {
		_, err := client.Log(t.Context(), req)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"deprecated", "urn:vpc no such VPC"}, told.messages)

	_, err = grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err, "a bridge that asks whether the engine is there would end")
	require.NoError(t, b.Close())
	_, err = client.Log(t.Context(), &pulumirpc.LogRequest{Severity: pulumirpc.LogSeverity_WARNING})
	require.Error(t, err, "served on after the bridge's end")
}
