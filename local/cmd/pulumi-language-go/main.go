// Command pulumi-language-go stands in for Pulumi's Go language host where the official one is not installed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/flowcomply/infrastructure/local/plugins/language"
)

func main() {
	version := flag.Bool("version", false, "print the version and exit")
	flag.String("tracing", "", "accepted and ignored")
	flag.Parse()
	if *version {
		fmt.Println(language.Version)
		return
	}
	if err := serve(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve answers the engine at the address until it goes away.
func serve(engine string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if engine != "" {
		if err := rpcutil.Healthcheck(ctx, engine, 5*time.Minute, stop); err != nil {
			return fmt.Errorf("go language host: engine %q: %w", engine, err)
		}
	}
	cancel := make(chan bool)
	context.AfterFunc(ctx, func() { close(cancel) })
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, language.New(engine, os.Stdout, os.Stderr))
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("go language host: listen: %w", err)
	}
	fmt.Println(handle.Port) // the first line is how the engine finds this server
	return <-handle.Done
}
