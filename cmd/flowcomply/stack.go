package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/pulumi"
	"github.com/flowcomply/infrastructure/release/terminal"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// target is what every command is asked: which stack, and which file it is updated with.
type target struct{ Name, File string }

// flags adds --stack and --config-file to a command.
func (t *target) flags(command *cobra.Command) {
	command.Flags().StringVar(&t.Name, "stack", "", "Pulumi stack")
	command.Flags().StringVar(&t.File, "config-file", "", "the stack file that the stack is updated with (default Pulumi.<stack>.yaml)")
}

// mistakes are those that every command can be called with; rest is what is no flag and was not expected. It also sets the
// file where none was named: Pulumi.<stack>.yaml, of a stack that may be named in full, organization/project/stack.
func (t *target) mistakes(rest []string) exit.Mistakes {
	var m exit.Mistakes
	m.FlagsOnly(rest)
	m.AddIf(t.Name == "", "--stack: missing; name the stack")
	if t.File == "" {
		t.File = "Pulumi." + path.Base(t.Name) + ".yaml"
	}
	t.File = home(t.File)
	return m
}

// home replaces the ~ that a path begins with by the user's home folder, as a shell does: make hands paths on quoted, and
// not every shell has replaced it before.
func home(name string) string {
	inside, under := strings.CutPrefix(name, "~/")
	folder, err := os.UserHomeDir()
	if !under || err != nil {
		return name
	}
	return filepath.Join(folder, inside)
}

// open returns the engine of the stack in the working directory.
func (t *target) open(ctx context.Context, out io.Writer) (*pulumi.Engine, error) {
	opened, err := pulumi.Open(ctx, ".", t.Name, out)
	if err != nil {
		return nil, exit.Refuse(err)
	}
	return opened, nil
}

// person is who sits at the terminal, if standard input is one.
func person(command *cobra.Command) terminal.Person {
	return terminal.Person{In: command.InOrStdin(), Out: command.OutOrStdout()}
}

// signInWithin is the longest that AWS may take to say whose credentials these are.
const signInWithin = 30 * time.Second

// signIn loads credentials, and has AWS confirm that they are for the account that the outputs are of. Its error says what
// to do next.
func signIn(ctx context.Context, outputs outputs.Outputs) (aws.Config, error) {
	loaded, err := account.Connect(ctx, outputs.Region, outputs.AccountID, signInWithin)
	var failure *check.Failure
	if errors.As(err, &failure) && failure.Next != "" {
		err = fmt.Errorf("%w\nnext: %s", err, failure.Next)
	}
	return loaded, err
}

// pause waits, or ends with the context's error.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
