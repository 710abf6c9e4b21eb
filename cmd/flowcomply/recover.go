package main

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/pulumi"
	recovery "github.com/flowcomply/infrastructure/release/recover"
)

// recovering is what `flowcomply recover` was asked for.
type recovering struct {
	on      target
	choices recovery.Choices
	imports []string // URN=id
	clear   []string // URNs
}

func recoverCommand() *cobra.Command {
	var r recovering
	command := &cobra.Command{
		Use: "recover", Short: "finish what an update that died left behind, on the machine where it ran",
		Long: `Says what an interrupted update of the stack left (locks, processes, operations, half-done steps), what it will do about it
and why that is safe, asks, and does it (docs/recovery.md). It runs on the machine where the update ran, with the login,
passphrase and credentials of an update. It may be interrupted and run again.`,
		RunE: onceRight(r.mistakes, r.run),
	}
	r.flags(command)
	return command
}

func (r *recovering) flags(command *cobra.Command) {
	r.on.flags(command)
	flags, c := command.Flags(), &r.choices
	flags.BoolVar(&c.Yes, "yes", false, "ask nothing; a migration that still runs is waited for")
	flags.StringVar(&c.Host, "force-host", "", "`name` of a machine whose update is gone, as you know; "+recovery.Cloud+" for one on Pulumi Cloud")
	flags.BoolVar(&c.StopTasks, "stop-tasks", false, "stop a migration that still runs, instead of waiting for it")
	flags.DurationVar(&c.Wait, "wait", 15*time.Minute, "longest to wait for a migration that still runs")
	flags.DurationVar(&c.Settle, "settle", 2*time.Minute, "how long after the state's last change AWS may not yet find something by its tags")
	flags.BoolVar(&c.SkipPreview, "no-preview", false, "do not preview the next update at the end")
	flags.StringArrayVar(&r.imports, "import", nil, "`URN=id` of what a pending creation made, where you know it; may be repeated")
	flags.StringArrayVar(&r.clear, "clear", nil, "`URN` of a pending creation that made nothing, where you know it; may be repeated")
}

// mistakes also makes the choices out of what was written.
func (r *recovering) mistakes(rest []string) exit.Mistakes {
	named := r.on.File != ""
	m := r.on.mistakes(rest)
	if !named { // the CLI's own choice
		r.on.File = ""
	}
	c := &r.choices
	m.AddIf(c.Wait <= 0, "--wait %s: want more than nothing", c.Wait)
	c.Import, c.Clear = map[string]string{}, map[string]bool{}
	for _, text := range r.imports {
		urn, id, both := strings.Cut(text, "=")
		if both && urn != "" && id != "" {
			c.Import[urn] = id
		} else {
			m.AddIf(true, "--import %q: want URN=id", text)
		}
	}
	for _, urn := range r.clear {
		c.Clear[urn] = true
	}
	for _, urn := range slices.Sorted(maps.Keys(c.Import)) {
		m.AddIf(c.Clear[urn], "%s: --import and --clear: choose one", urn)
	}
	return m
}

func (r *recovering) run(command *cobra.Command) error {
	ctx, stop := listen(command.Context())
	defer stop()
	root, err := os.Getwd()
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return exit.Refuse(err)
	}
	out := command.OutOrStdout()
	stack := pulumi.Stack{
		CLI: pulumi.CLI{Program: "pulumi", Folder: root, Grace: pulumi.Graceful}, Name: r.on.Name, ConfigFile: r.on.File, Out: out,
	}
	where, err := stack.Where(ctx)
	if err != nil {
		return exit.Refuse(err)
	}
	return exit.With(recovery.Recovery{
		Stack: r.on.Name, Project: where.Project, Backend: cmp.Or(os.Getenv("PULUMI_BACKEND_URL"), where.Backend), Root: root, Self: os.Getpid(),
		Engine: stack, Machine: recovery.Linux{}, Connect: recovery.Connect, Terminal: person(command), Choices: r.choices, Out: out, Keep: keep(r.on.Name),
	}.Run(ctx))
}

// keep writes a state into a file of its own that no other user can read; secrets in it are encrypted.
func keep(stack string) func(recovery.State) (string, error) {
	return func(state recovery.State) (string, error) {
		text, err := state.JSON()
		if err != nil {
			return "", err
		}
		file, err := os.CreateTemp("", "flowcomply-"+strings.ReplaceAll(stack, "/", "-")+"-before-recovery-*.json")
		if err != nil {
			return "", err
		}
		_, err = file.Write(text)
		return file.Name(), errors.Join(err, file.Close())
	}
}
