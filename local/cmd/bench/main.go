// Command bench (draft).
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/run"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := run.Run{Root: "/work/main", Name: "bench", Stack: "production", Self: "/tmp/bench-local", Out: os.Stdout}
	fmt.Println(r.Fresh(ctx, func(ctx context.Context, s engine.Stack) error {
		_, err := s.Up(ctx)
		fmt.Println("up:", err)
		text, err := s.Export(ctx, "--show-secrets")
		fmt.Println("export:", err, os.WriteFile("/tmp/bench-tf/export.json", text, 0o600))
		fmt.Println(s.Environment())
		<-ctx.Done()
		return nil
	}))
}
