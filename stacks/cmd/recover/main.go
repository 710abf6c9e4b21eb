// Command recover finishes what an interrupted update of a stack left behind: it says what it found, what it will do and
// why that is safe, asks, and does it (docs/recovery.md).
//
//	go run ./stacks/cmd/recover -stack production -config-file ~/flowcomply/Pulumi.production.yaml
//
// It runs in the root of the repository, on the machine where the update ran, with the login, passphrase and credentials of an
// update, and the Pulumi CLI on PATH. It may be interrupted and run again.
//
// Exit codes: 0 nothing was left, or it is settled; 1 something failed; 2 nothing was begun: called wrongly, or the answer
// was no; 3 a live update holds the stack; 4 a person has to decide.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/flowcomply/infrastructure/release/recovery"
	"github.com/flowcomply/infrastructure/release/recovery/account"
	"github.com/flowcomply/infrastructure/release/recovery/cli"
	"github.com/flowcomply/infrastructure/release/recovery/machine"
	"github.com/flowcomply/infrastructure/release/terminal"
	"github.com/flowcomply/infrastructure/stacks/cmd/internal/command"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	asked, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return recovery.Recovered
	}
	if err != nil {
		fmt.Fprintf(stderr, "recover: %v\n", err)
		return recovery.Refused
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root, err := os.Getwd()
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		fmt.Fprintf(stderr, "recover: %v\n", err)
		return recovery.Refused
	}
	stack := cli.Stack{Name: asked.stack, ConfigFile: asked.configFile, Folder: root, Program: "pulumi", Out: stdout}
	where, err := stack.Where(ctx)
	if err != nil {
		fmt.Fprintf(stderr, "recover: %v\n", err)
		return recovery.Refused
	}
	return recovery.Recovery{
		Stack: asked.stack, Project: where.Project, Backend: cmp.Or(os.Getenv("PULUMI_BACKEND_URL"), where.Backend), Root: root, Self: os.Getpid(),
		Engine: stack, Machine: machine.Machine{}, Connect: account.Connect, Terminal: person{stdin, stdout},
		Choices: asked.choices, Out: stdout, Keep: keep(asked.stack),
	}.Run(ctx)
}

// person is who sits at the terminal, if standard input is one.
type person struct {
	in  *os.File
	out io.Writer
}

func (p person) Ask(ctx context.Context, question string) (bool, error) {
	return terminal.Ask(ctx, p.in, p.out, question)
}

// request is what was asked for.
type request struct {
	stack, configFile string
	choices           recovery.Choices
}

const usage = `Finish what an interrupted update of a stack left behind, on the machine where the update ran:

  recover -stack production

It says what it found and what it will do, and asks. See docs/recovery.md.`

func parse(args []string, stderr io.Writer) (request, error) {
	asked := request{choices: recovery.Choices{Adopt: map[string]string{}, Clear: map[string]bool{}}}
	flags := flag.NewFlagSet("recover", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "%s\n\n", usage)
		flags.PrintDefaults()
	}
	c := &asked.choices
	flags.StringVar(&asked.stack, "stack", "", "stack's `name`")
	flags.StringVar(&asked.configFile, "config-file", "", "stack `file` that updates are made with; Pulumi.<stack>.yaml when empty")
	flags.BoolVar(&c.Yes, "yes", false, "ask nothing; a migration that still runs is waited for")
	flags.StringVar(&c.Host, "force-host", "", "`name` of a machine whose update is gone, as you know; "+recovery.Cloud+" for one on Pulumi Cloud")
	flags.BoolVar(&c.StopTasks, "stop-tasks", false, "stop a migration that still runs, instead of waiting for it")
	flags.DurationVar(&c.Wait, "wait", 15*time.Minute, "longest to wait for a migration that still runs")
	flags.DurationVar(&c.Settle, "settle", 2*time.Minute, "how long after the state's last change AWS may not yet find something by its tags")
	flags.BoolVar(&c.SkipPreview, "no-preview", false, "do not preview the next update at the end")
	flags.Func("adopt", "`URN=id` of what a pending creation made, where you know it; may be repeated", func(text string) error {
		urn, id, both := strings.Cut(text, "=")
		if !both || urn == "" || id == "" {
			return errors.New("want URN=id")
		}
		c.Adopt[urn] = id
		return nil
	})
	flags.Func("clear", "`URN` of a pending creation that made nothing, where you know it; may be repeated", func(urn string) error {
		c.Clear[urn] = true
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return request{}, err
	}
	asked.configFile = command.Home(asked.configFile)
	var errs []error
	if asked.stack == "" {
		errs = append(errs, errors.New("-stack is missing"))
	}
	if flags.NArg() > 0 {
		errs = append(errs, fmt.Errorf("%q: flags only", flags.Arg(0)))
	}
	if c.Wait <= 0 {
		errs = append(errs, fmt.Errorf("-wait %s: want more than nothing", c.Wait))
	}
	for _, urn := range slices.Sorted(maps.Keys(c.Adopt)) {
		if c.Clear[urn] {
			errs = append(errs, fmt.Errorf("%s: -adopt and -clear: choose one", urn))
		}
	}
	return asked, errors.Join(errs...)
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
