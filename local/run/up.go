package run

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/emulator"
	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// Up brings the stack up; a second time it changes nothing.
func (r Run) Up(ctx context.Context) error {
	held, err := r.lock()
	if err != nil {
		return err
	}
	defer held.Close()
	stack, err := r.prepare(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	changes, err := stack.Up(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.Out, "\n%s is up on the emulated AWS: %d changes in %s.\n", r.Stack, len(changes), time.Since(begin).Round(time.Second))
	if err := r.verify(ctx, stack); err != nil {
		return err
	}
	fmt.Fprintf(r.Out, "Look around:  eval \"$(make env)\"  then any `aws` or `pulumi` command.  Take it down:  make down\n")
	return nil
}

// Alive makes a stack that was just applied one that can be verified: with the user that logs in, something to
// show that user, and enough traffic for its metrics to say something. What is there already stays.
func Alive(ctx context.Context, applied engine.Stack) (*harness.Stack, error) {
	stack, err := harness.Open(ctx, applied)
	if err != nil {
		return nil, err
	}
	if err := stack.Populate(ctx); err != nil {
		return nil, err
	}
	const requests, window = 50, 10 * time.Minute // verify's own is longer, and so has them too
	if err := stack.Traffic(ctx, requests); err != nil {
		return nil, err
	}
	if err := stack.Measured(ctx, window); err != nil {
		return nil, err
	}
	return stack, stack.AlarmsEvaluated(ctx)
}

// verify ends an update as every deployment should end: with a look at what runs.
func (r Run) verify(ctx context.Context, applied engine.Stack) error {
	stack, err := Alive(ctx, applied)
	if err != nil {
		return err
	}
	program, err := harness.BuildVerifier(ctx, r.Root, applied.Tools.Bin())
	if err != nil {
		return err
	}
	verdict, err := stack.Verify(ctx, program, stack.Text, nil, "--require-data")
	if err != nil {
		return err
	}
	if len(verdict.Report) == 0 {
		return fmt.Errorf("verify: %s", verdict.Said)
	}
	fmt.Fprintf(r.Out, "\n%s\n\n", bytes.TrimSpace(verdict.Report))
	if verdict.Code != 0 {
		return fmt.Errorf("the stack is up, and verify is not content (exit code %d); see its report above", verdict.Code)
	}
	return nil
}

// Down destroys the stack, ends what was started, and deletes the run folder.
func (r Run) Down(ctx context.Context) error {
	held, err := r.lock()
	if err != nil {
		return err
	}
	defer held.Close()
	defer os.Remove(held.Name()) // while it is held: afterwards it may be somebody else's
	if _, err := os.Stat(r.folder()); err != nil {
		fmt.Fprintln(r.Out, "nothing is up")
		return nil
	}
	if stack, ok := r.current(); ok {
		if err := stack.Unlock(ctx); err != nil {
			return err
		}
		if _, err := stack.Destroy(ctx); err != nil {
			// The emulated AWS holds nothing of value, so what cannot be destroyed goes with it.
			fmt.Fprintf(r.Out, "%v\nremoving the emulated AWS with what is left in it\n", err)
		}
	}
	if err := r.remove(); err != nil {
		return err
	}
	fmt.Fprintln(r.Out, "everything is down; nothing is left running")
	return nil
}

// current is the stack of a running emulated AWS.
func (r Run) current() (engine.Stack, bool) {
	running, err := emulator.Find(r.folder())
	if err != nil {
		return engine.Stack{}, false
	}
	stack := r.stack(toolchain.Ready(r.Root), running)
	return stack, stack.Initialized()
}

// Environment prints shell commands that make any tool use the emulated AWS and the stack's state.
func (r Run) Environment() error {
	stack, ok := r.current()
	if !ok {
		return fmt.Errorf("nothing is up; `make up` first")
	}
	for _, variable := range slices.Concat(stack.Environment(), stack.Emulator.Web(), []string{"PULUMI_STACK=" + r.Stack}) {
		fmt.Fprintln(r.Out, exported(variable))
	}
	return nil
}

// exported is the command that sets NAME=value in a POSIX shell, to that value and nothing that the shell makes of it.
func exported(variable string) string {
	name, value, _ := strings.Cut(variable, "=")
	return "export " + name + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
