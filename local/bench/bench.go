// Package bench measures what this project costs to use: a preview beside Terraform's plan of the same resources, and
// the program by itself as services are added.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/plugins/language"
	"github.com/flowcomply/infrastructure/local/run"
)

// waitDelay is how long an interrupted command may take to end before it is killed.
const waitDelay = 30 * time.Second

// Bench is one measurement.
type Bench struct {
	Root   string
	Self   string // the program that serves the emulated AWS
	Rounds int    // of the comparison with Terraform
	Out    io.Writer
}

// Run measures everything and writes the page to the file.
func (b Bench) Run(ctx context.Context, page string) error {
	found := report{machine: describe(), rounds: b.Rounds}
	var err error
	b.say("the program alone")
	if found.points, err = program(ctx, b.Root); err != nil {
		return err
	}
	on := run.Run{Root: b.Root, Name: "bench", Stack: "production", Self: b.Self, Out: b.Out}
	err = on.Fresh(ctx, func(ctx context.Context, stack engine.Stack) error { return b.compare(ctx, stack, &found) })
	if err != nil {
		return err
	}
	text := found.render()
	fmt.Fprintln(b.Out, "\n"+text)
	return os.WriteFile(page, []byte(text), 0o644)
}

// compare applies the stack and sets its preview beside the plan of its twin.
func (b Bench) compare(ctx context.Context, stack engine.Stack, found *report) (err error) {
	quiet := stack
	quiet.Out = io.Discard
	b.say("applying Pulumi.%s.yaml; this takes some minutes", stack.Name)
	if _, err := quiet.Up(ctx); err != nil {
		var failed *engine.Error
		if errors.As(err, &failed) {
			return fmt.Errorf("%w\n%s", err, failed.Said)
		}
		return err
	}
	if found.resources, err = stack.Resources(ctx); err != nil {
		return err
	}
	preview := func(args ...string) func(context.Context) *exec.Cmd {
		return func(ctx context.Context) *exec.Cmd { return stack.Unchanged(ctx, args...) }
	}
	found.reading.pulumi = &contender{name: "pulumi preview --refresh", command: preview("--refresh")}
	found.state.pulumi = &contender{name: "pulumi preview", command: preview()}
	found.compile = &contender{name: "go build of the program", command: b.build(stack)}
	contenders := []*contender{found.reading.pulumi, found.state.pulumi, found.compile}
	if installed := findTerraform(); installed != "" {
		b.say("making the Terraform twin")
		twin, instances, err := newTerraform(ctx, installed, stack)
		if err != nil {
			return err
		}
		found.terraform, found.instances = twin.version(ctx), instances
		found.reading.terraform = &contender{name: "terraform plan", command: twin.plan(), check: readsAll(instances)}
		found.state.terraform = &contender{name: "terraform plan -refresh=false", command: twin.plan("-refresh=false")}
		contenders = []*contender{
			found.reading.pulumi, found.reading.terraform, found.state.pulumi, found.state.terraform, found.compile,
		}
	}
	return race(ctx, b.Rounds, contenders, b.say)
}

// build compiles the unchanged program as a preview does before it runs it: to where it is already, so that nothing is linked.
func (b Bench) build(stack engine.Stack) func(context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd {
		target := filepath.Join(stack.Run, "program")
		cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"build"}, language.Flags, []string{"-o", target})...)
		cmd.Dir, cmd.WaitDelay = filepath.Join(b.Root, "infra"), waitDelay
		return cmd
	}
}

func (b Bench) say(format string, args ...any) { fmt.Fprintf(b.Out, "bench  "+format+"\n", args...) }
