package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/restore"
	"github.com/flowcomply/infrastructure/release/terminal"
	"github.com/flowcomply/infrastructure/stacks/cmd/internal/command"
)

const usage = `usage: restore -stack NAME [-snapshot ID | -time TIME | -latest] [-yes]
       restore -stack NAME -confirm [-yes]
       restore -stack NAME -undo [-yes]       (each of these with [-commit])
       restore drill -stack NAME [-timeout LENGTH]

Without a point it lists what can be restored, or goes on with a restore that was interrupted. With one it shows what would
be lost and what would change, asks, ends what uses the database, makes a copy of the point beside it and has the services
use that. The instance before is kept, protected, until -confirm drops it or -undo goes back to it. drill restores the
latest snapshot into a copy of its own, has the migrations' status and the tables asked on it, and drops it.

flags:
  -stack NAME         Pulumi stack
  -config-file FILE   the stack file that the stack is updated with (default Pulumi.<stack>.yaml)
  -snapshot ID        restore this snapshot
  -time TIME          restore this moment, such as 2026-11-24T12:06:37Z
  -latest             restore the latest moment, once nothing is written any more
  -confirm            drop the instance before
  -undo               go back to the instance before, and drop the copy
  -timeout LENGTH     longest that a drill may take (default 2h)
  -commit             commit the stack file, which names what is in use, once it has changed
  -yes                do not ask
  -h                  this text

exit codes:
  0  what was asked for is so
  1  an update failed; what is said last tells what is in use, and how to go on
  2  refused: bad input, something that speaks against it, or a person who said no; nothing was changed
of a drill:
  0  the copy is good     1  it is not     2  there was none to check     3  it took too long
`

type options struct {
	drill         bool
	on            command.Stack
	request       restore.Request
	confirm, undo bool
	timeout       time.Duration
	commit, yes   bool
}

// longest that a drill may take: a large database is restored in an hour.
const longest = 2 * time.Hour

// parse returns flag.ErrHelp for -h, and every mistake in one error.
func parse(args []string) (options, error) {
	o := options{}
	if len(args) > 0 && args[0] == "drill" {
		o.drill, args = true, args[1:]
	}
	flags := o.on.Flags("restore")
	var at string
	if o.drill {
		flags.DurationVar(&o.timeout, "timeout", longest, "")
	} else {
		flags.StringVar(&o.request.Snapshot, "snapshot", "", "")
		flags.StringVar(&at, "time", "", "")
		flags.BoolVar(&o.request.Latest, "latest", false, "")
		flags.BoolVar(&o.confirm, "confirm", false, "")
		flags.BoolVar(&o.undo, "undo", false, "")
		flags.BoolVar(&o.commit, "commit", false, "")
		flags.BoolVar(&o.yes, "yes", false, "")
	}
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	return o, o.mistakes(flags.Args(), at)
}

func (o *options) mistakes(rest []string, at string) error {
	errs := o.on.Mistakes(rest)
	if at != "" {
		var err error
		if o.request.Time, err = time.Parse(time.RFC3339, at); err != nil {
			errs = append(errs, fmt.Errorf("-time %q: not a moment; it is one such as 2026-11-24T12:06:37Z", at))
		}
		o.request.Time = o.request.Time.UTC().Truncate(time.Second)
	}
	asked := 0
	for _, is := range []bool{o.request.Snapshot != "", at != "", o.request.Latest, o.confirm, o.undo} {
		if is {
			asked++
		}
	}
	if asked > 1 {
		errs = append(errs, errors.New("give one of -snapshot, -time, -latest, -confirm and -undo"))
	}
	if o.drill && o.timeout <= 0 {
		errs = append(errs, fmt.Errorf("-timeout %s: want more than nothing", o.timeout))
	}
	return errors.Join(errs...)
}

// run is the whole command.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	asked, wrong := parse(args)
	opened, exit := command.Command{Name: "restore", Usage: usage, Stdout: stdout, Stderr: stderr}.Open(ctx, asked.on, wrong)
	if opened == nil {
		return exit
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if asked.drill {
		return asked.rehearse(ctx, opened, stdout)
	}
	doing := restore.Command{
		Stack: asked.on.Name, File: asked.on.File, Engine: opened, Connect: connect, Terminal: terminal.Person{In: stdin, Out: stdout},
		Out: stdout, Now: time.Now, Pause: pause,
	}
	file, err := command.ReadStackFile(ctx, asked.on.File, asked.commit)
	if err != nil {
		fmt.Fprintf(stderr, "restore: %v\n", err)
		return release.Refused
	}
	exit = asked.do(ctx, doing)
	if err := file.Close(ctx, stdout, "Restore the data of "+asked.on.Name); err != nil {
		fmt.Fprintf(stderr, "restore: %v\n", err)
	}
	return exit
}

func (o options) do(ctx context.Context, doing restore.Command) int {
	switch {
	case o.confirm:
		return doing.Confirm(ctx, o.yes)
	case o.undo:
		return doing.Undo(ctx, o.yes)
	}
	return doing.Run(ctx, o.request, o.yes)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
