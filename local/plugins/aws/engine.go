package aws

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// engine is the engine as the bridge sees it. The dynamic bridge says an error of Terraform's twice: as a message, and as
// the call's own error. The official plugin only returns it, so that a program may ask for what is perhaps not there; the
// message would be an error of the update's. Those that belong to a resource stay, as they are shown beside it.
type engine struct {
	pulumirpc.UnimplementedEngineServer
	next pulumirpc.EngineClient
}

// Log passes a message on, or drops it.
func (e engine) Log(ctx context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	if req.GetSeverity() == pulumirpc.LogSeverity_ERROR && req.GetUrn() == "" {
		return &emptypb.Empty{}, nil
	}
	return e.next.Log(ctx, req)
}

// quiet serves the engine at that address to the bridge, until closed.
func quiet(address string) (port int, closed func() error, err error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return 0, nil, fmt.Errorf("aws stand-in: connect to the engine: %w", err)
	}
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterEngineServer(server, engine{next: pulumirpc.NewEngineClient(conn)})
			return nil
		},
	})
	if err != nil {
		return 0, nil, fmt.Errorf("aws stand-in: serve the engine to the bridge: %w", errors.Join(err, conn.Close()))
	}
	return handle.Port, func() error {
		close(cancel)
		return errors.Join(<-handle.Done, conn.Close())
	}, nil
}
