// Command bench measures and writes docs/bench.md; `make bench` calls it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/flowcomply/infrastructure/local/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nerror:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context) error {
	root, err := filepath.Abs("..") // it is run in local/
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(root, "Pulumi.yaml")); err != nil {
		return errors.New("no Pulumi.yaml in the folder above; run `make bench` in the checkout")
	}
	rounds := flag.Int("rounds", 5, "counted runs of each command")
	self := flag.String("local", filepath.Join(root, ".local", "bin", "local"), "the built cmd/local, which serves the emulated AWS")
	page := flag.String("page", filepath.Join(root, "docs", "bench.md"), "where to write the page")
	part := flag.String("part", "all", "what to measure: preview, verify or all")
	flag.Parse()
	if *rounds < 1 {
		return errors.New("-rounds: nothing to measure; allowed: 1 or more")
	}
	if _, err := os.Stat(*self); err != nil {
		return fmt.Errorf("%w; run `make bench`, which builds it", err)
	}
	b := bench.Bench{Root: root, Self: *self, Rounds: *rounds, Out: os.Stdout}
	switch *part {
	case "preview":
		return b.Run(ctx, *page)
	case "verify":
		return b.Verify(ctx, filepath.Join(filepath.Dir(*page), "bench-verify.md"))
	case "all":
		return errors.Join(b.Run(ctx, *page), b.Verify(ctx, filepath.Join(filepath.Dir(*page), "bench-verify.md")))
	default:
		return fmt.Errorf("-part %q: there is none; allowed: preview, verify, all", *part)
	}
}
