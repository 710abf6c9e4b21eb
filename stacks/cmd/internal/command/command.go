// Package command is the frame of the commands that a person runs on a stack: the flags that each has, and the way from a
// command line to an engine, or to the words and the exit code where there is none.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/engine"
)

// Stack is what every command is asked: which stack, and which file it is updated with.
type Stack struct{ Name, File string }

// Flags returns the flags -stack and -config-file, to be added to. Whoever parses with them prints the errors.
func (s *Stack) Flags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&s.Name, "stack", "", "")
	flags.StringVar(&s.File, "config-file", "", "")
	return flags
}

// Mistakes are those that every command can be called with; rest is what is no flag. It also sets the file where none was
// named: Pulumi.<stack>.yaml, of a stack that may be named in full, organization/project/stack.
func (s *Stack) Mistakes(rest []string) []error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected %q: flags only", strings.Join(rest, " ")))
	}
	if s.Name == "" {
		errs = append(errs, errors.New("-stack: missing; name the stack"))
	}
	if s.File == "" {
		s.File = "Pulumi." + path.Base(s.Name) + ".yaml"
	}
	s.File = Home(s.File)
	return errs
}

// Home replaces the ~ that a path begins with by the user's home folder, as a shell does: make hands paths on quoted, and
// not every shell has replaced it before.
func Home(name string) string {
	inside, under := strings.CutPrefix(name, "~/")
	home, err := os.UserHomeDir()
	if !under || err != nil {
		return name
	}
	return filepath.Join(home, inside)
}

// Command is one of the commands, and where it writes.
type Command struct {
	Name, Usage    string
	Stdout, Stderr io.Writer
}

// Open returns the engine of the stack in the working directory, or none and the exit code: where the command line was
// wrong, as parsing it told, where it asked for help, and where there is no such stack.
func (c Command) Open(ctx context.Context, stack Stack, wrong error) (*engine.Engine, int) {
	switch {
	case errors.Is(wrong, flag.ErrHelp):
		_, _ = io.WriteString(c.Stdout, c.Usage)
		return nil, release.Proven
	case wrong != nil:
		fmt.Fprintf(c.Stderr, "%s: %v\nrun `%s -h` for all flags\n", c.Name, wrong, c.Name)
		return nil, release.Refused
	}
	opened, err := engine.Open(ctx, ".", stack.Name, c.Stdout)
	if err != nil {
		fmt.Fprintf(c.Stderr, "%s: %v\n", c.Name, err)
		return nil, release.Refused
	}
	return opened, release.Proven
}
