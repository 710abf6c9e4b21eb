// Command bench measures and writes docs/bench.md, and beside it bench-verify.md and bench-release.md; `make bench` calls
// it.
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
	releases := flag.Int("releases", 3, "counted rounds of the part release, of some minutes each")
	self := flag.String("local", filepath.Join(root, ".local", "bin", "local"), "the built cmd/local, which serves the emulated AWS")
	page := flag.String("page", filepath.Join(root, "docs", "bench.md"), "where to write the page")
	part := flag.String("part", "all", "what to measure: preview, verify, release or all")
	flag.Parse()
	if *rounds < 1 || *releases < 1 {
		return errors.New("-rounds and -releases: nothing to measure; allowed: 1 or more")
	}
	if _, err := os.Stat(*self); err != nil {
		return fmt.Errorf("%w; run `make bench`, which builds it", err)
	}
	b := bench.Bench{Root: root, Self: *self, Rounds: *rounds, Out: os.Stdout}
	beside := func(name string) string { return filepath.Join(filepath.Dir(*page), name) }
	parts := map[string]func() error{
		"preview": func() error { return b.Run(ctx, *page) },
		"verify":  func() error { return b.Verify(ctx, beside("bench-verify.md")) },
		"release": func() error { return b.Release(ctx, beside("bench-release.md"), *releases) },
	}
	if *part == "all" {
		return errors.Join(parts["preview"](), parts["verify"](), parts["release"]())
	}
	measure, known := parts[*part]
	if !known {
		return fmt.Errorf("-part %q: there is none; allowed: preview, verify, release, all", *part)
	}
	return measure()
}
