package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/terminal"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/stacks/cmd/internal/command"
)

const usage = `usage: release list     -stack NAME
       release apply    -stack NAME -version VERSION [-on-failure rollback|keep|ask] [-commit] [-yes]
       release rollback -stack NAME [-to VERSION] [-force] [-commit] [-yes]

list shows the stack's releases as its history has them. apply releases a version: it sets the version in the stack file,
shows what would change, asks, and updates. rollback goes back to the last release that was proven before the one of now,
or to the named one: with its images and its configuration, without building, migrating or touching data.

flags:
  -stack NAME         Pulumi stack
  -config-file FILE   the stack file that the stack is updated with (default Pulumi.<stack>.yaml)
  -version VERSION    to release, such as v1.1.0
  -on-failure WORD    instead of the stack file's release.onFailure: rollback, keep or ask
  -to VERSION         to go back to (default: the last proven one before that of now)
  -force              go back though the database's schema has contracted since
  -commit             commit the stack file, which names what is to run, once it has changed
  -yes                do not ask
  -log FOLDER         where the deployment log goes (default .local/deployments)
  -h                  this text

exit codes:
  0  the release is proven, or there was nothing to do
  1  it failed, and what served before serves: nothing had changed for users, or going back to it was proven
  2  refused: bad input, something that speaks against it, or a person who said no; nothing was changed
  4  it failed and was left as it is
  5  it failed, and so did going back
`

type options struct {
	verb       string
	on         command.Stack
	version    string
	onFailure  string
	to         string
	force, yes bool
	commit     bool
	log        string
}

// parse returns flag.ErrHelp for -h, and every mistake in one error.
func parse(args []string) (options, error) {
	if len(args) == 0 {
		return options{}, errors.New("say what to do: list, apply or rollback")
	}
	o := options{verb: args[0]}
	flags := o.on.Flags("release")
	switch o.verb {
	case "list":
	case "apply":
		flags.StringVar(&o.log, "log", logFolder, "")
		flags.StringVar(&o.version, "version", "", "")
		flags.StringVar(&o.onFailure, "on-failure", "", "")
		flags.BoolVar(&o.commit, "commit", false, "")
		flags.BoolVar(&o.yes, "yes", false, "")
	case "rollback":
		flags.StringVar(&o.log, "log", logFolder, "")
		flags.StringVar(&o.to, "to", "", "")
		flags.BoolVar(&o.force, "force", false, "")
		flags.BoolVar(&o.commit, "commit", false, "")
		flags.BoolVar(&o.yes, "yes", false, "")
	case "-h", "-help", "--help", "help":
		return options{}, flag.ErrHelp
	default:
		return options{}, fmt.Errorf("%q: unknown; it is list, apply or rollback", o.verb)
	}
	if err := flags.Parse(args[1:]); err != nil {
		return options{}, err
	}
	return o, o.mistakes(flags.Args())
}

func (o *options) mistakes(rest []string) error {
	errs := o.on.Mistakes(rest)
	if o.verb == "apply" && o.version == "" {
		errs = append(errs, errors.New("-version: missing; name the version to release, such as v1.1.0"))
	}
	if policies := []stacks.OnFailure{stacks.GoBack, stacks.Keep, stacks.Ask}; o.onFailure != "" && !slices.Contains(policies, stacks.OnFailure(o.onFailure)) {
		errs = append(errs, fmt.Errorf("-on-failure %q: unknown; it is one of %v", o.onFailure, policies))
	}
	return errors.Join(errs...)
}

// run is the whole command.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	asked, wrong := parse(args)
	opened, exit := command.Command{Name: "release", Usage: usage, Stdout: stdout, Stderr: stderr}.Open(ctx, asked.on, wrong)
	if opened == nil {
		return exit
	}
	doing := release.Command{
		Stack: asked.on.Name, File: asked.on.File, Engine: opened, Connect: connect, Terminal: terminal.Person{In: stdin, Out: stdout}, Out: stdout,
		Now: time.Now, Listen: listen, After: logged(asked.log, opened, stdout),
	}
	if asked.verb == "list" {
		return doing.List(ctx)
	}
	file, err := command.ReadStackFile(ctx, asked.on.File, asked.commit)
	if err != nil {
		fmt.Fprintf(stderr, "release: %v\n", err)
		return release.Refused
	}
	exit = asked.do(ctx, doing)
	if err := file.Close(ctx, stdout, asked.message()); err != nil {
		fmt.Fprintf(stderr, "release: %v\n", err)
	}
	return exit
}

// message is a commit's of the stack file. It says what the command was asked: the file has what came of it.
func (o options) message() string {
	if o.verb == "apply" {
		return "Release " + o.version + " on " + o.on.Name
	}
	return strings.TrimSpace("Roll back " + o.on.Name + " " + o.to)
}

func (o options) do(ctx context.Context, command release.Command) int {
	if o.verb == "apply" {
		return command.Apply(ctx, o.version, stacks.OnFailure(o.onFailure), o.yes)
	}
	return command.Rollback(ctx, o.to, o.yes, o.force)
}

func listen(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}
