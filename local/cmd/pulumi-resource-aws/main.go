// Command pulumi-resource-aws stands in for the official plugin of that name; see package
// local/plugins/aws.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"google.golang.org/grpc"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/flowcomply/infrastructure/local/plugins/aws"
)

// The bridge is told to end when the thread that started it ends; the main thread lasts as long as the process.
func init() { runtime.LockOSThread() }

// engineCheck is how often the engine is asked whether it is still there.
const engineCheck = 2 * time.Second

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until the engine ends this process, as it does with every plugin.
func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: pulumi-resource-aws ENGINE_ADDRESS; the Pulumi engine starts this program itself")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A killed engine ends nothing that it started: this process notices and ends what it started itself.
	if err := rpcutil.Healthcheck(ctx, args[0], engineCheck, stop); err != nil {
		return fmt.Errorf("aws stand-in: watch the engine at %s: %w", args[0], err)
	}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	bridge, err := aws.Start(ctx, filepath.Dir(executable), args[0])
	if err != nil {
		return err
	}
	defer bridge.Close()
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(server, aws.New(bridge))
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("aws stand-in: serve: %w", err)
	}
	fmt.Println(handle.Port)
	select {
	case <-ctx.Done():
		close(cancel)
		return <-handle.Done
	case err := <-handle.Done:
		return err
	}
}
