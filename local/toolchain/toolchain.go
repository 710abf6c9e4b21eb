// Package toolchain puts everything that `pulumi up` needs onto a machine that cannot download it: the CLI, the
// Go language host and the provider plugins are built from the Go module proxy, the emulated AWS comes from PyPI,
// and the Terraform AWS provider is found where Terraform keeps it. An official part that is already installed is
// used instead of a stand-in.
package toolchain

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Tools says where everything is, and what has to be in the environment of a Pulumi command.
type Tools struct {
	Root   string // the checkout
	Dir    string // <root>/.local, the only folder that is written
	Pulumi string // the CLI
	Python string // a Python that has the pinned moto
	Home   string // PULUMI_HOME, with the plugins
}

// Open names the places without preparing anything.
func Open(root string) Tools {
	dir := filepath.Join(root, ".local")
	return Tools{Root: root, Dir: dir, Home: filepath.Join(dir, "pulumi")}
}

// Bin is the folder that goes in front of PATH. Plugins are not in it: the engine would take them from there with
// a warning.
func (t Tools) Bin() string { return filepath.Join(t.Dir, "bin") }

// Folders are the toolchain's own below Dir, and the program's, which copies build contexts there; a run takes none of
// these names.
var Folders = []string{"bin", "built", "contexts", "dates", "prowler", "pulumi", "python"}

func (t Tools) built(name string) string { return filepath.Join(t.Dir, "built", name) }

// Prepare makes the toolchain complete, a line a step on out. What is there already is not made again; an
// interrupted step is made again from its start. Of several commands one does it, and the others wait for it.
//
//runbook:overview#3 finds or builds what a machine needs, and says what is missing and how to get it.
func Prepare(ctx context.Context, root string, out io.Writer) (Tools, error) {
	t := Open(root)
	err := t.prepare(ctx, out, []part{
		{"Terraform AWS provider " + TerraformVersion, func(context.Context) (string, error) { return FindTerraformProvider() }},
		{"Docker", t.docker},
		{"PostgreSQL and Redis", t.databases},
		{"TCP proxy of the Docker network", t.tcpProxy},
		{"emulated AWS (moto " + MotoVersion + ")", t.FindPython},
		{"Pulumi CLI " + PulumiVersion, t.cli},
		{"Go language host", t.languageHost},
		{"plugin command " + commandVersion, t.plugin("command", commandVersion)},
		{"plugin docker " + dockerVersion, t.plugin("docker", dockerVersion)},
		{"plugin aws " + awsVersion, t.awsPlugin},
		{"the program and its steps", t.program},
	})
	if err != nil {
		return t, err
	}
	t.Pulumi, _ = t.cli(ctx)
	t.Python, _ = t.FindPython(ctx)
	return t, nil
}

// PrepareEngine makes ready what runs a program without anything of AWS's: the CLI and the Go language host. Whoever
// calls it brings the plugins.
func PrepareEngine(ctx context.Context, root string, out io.Writer) (Tools, error) {
	t := Open(root)
	err := t.prepare(ctx, out, []part{{"Pulumi CLI " + PulumiVersion, t.cli}, {"Go language host", t.languageHost}})
	if err != nil {
		return t, err
	}
	t.Pulumi, _ = t.cli(ctx)
	return t, nil
}

// part is one thing of the toolchain, and what finds or makes it.
type part struct {
	name string
	do   func(context.Context) (string, error)
}

func (t Tools) prepare(ctx context.Context, out io.Writer, parts []part) error {
	if err := os.MkdirAll(t.Bin(), 0o755); err != nil {
		return fmt.Errorf("toolchain: %w", err)
	}
	held, err := t.lock(ctx, out)
	if err != nil {
		return fmt.Errorf("toolchain: lock: %w", err)
	}
	defer held.Close()
	for i, one := range parts {
		begin := time.Now()
		fmt.Fprintf(out, "toolchain %d/%d  %-36s ", i+1, len(parts), one.name)
		found, err := one.do(ctx)
		if err != nil {
			fmt.Fprintln(out, "failed")
			return fmt.Errorf("toolchain: %s: %w", one.name, err)
		}
		fmt.Fprintf(out, "%s (%s)\n", t.relative(found), time.Since(begin).Round(100*time.Millisecond))
	}
	return nil
}

// relative shortens a path for people.
func (t Tools) relative(path string) string {
	if short, err := filepath.Rel(t.Root, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}

// Ready is the toolchain as an earlier Prepare left it.
func Ready(root string) Tools {
	t := Open(root)
	t.Pulumi = filepath.Join(t.Bin(), "pulumi")
	if _, err := os.Stat(t.Pulumi); err != nil {
		t.Pulumi = "pulumi"
	}
	return t
}
