// Command flowcomply is what people run beside pulumi.
//
//	flowcomply bootstrap --stack production
//
// It runs in the root of the repository.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	done    = 0
	failed  = 1
	refused = 2 // bad input, or something that speaks against it; nothing was changed
)

// refusal is an error before anything was changed.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole command; the result is its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use: "flowcomply", Short: "What people run beside pulumi", SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return refusal{fmt.Errorf("unknown command %q", args[0])}
			}
			return nil
		},
		Run: func(command *cobra.Command, _ []string) { _ = command.Help() },
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return refusal{err} })
	root.AddCommand(bootstrapCommand())
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return done
	}
	fmt.Fprintf(stderr, "%s: %v\n", command.CommandPath(), err)
	if errors.As(err, &refusal{}) {
		fmt.Fprintf(stderr, "run `%s --help` for all flags\n", command.CommandPath())
		return refused
	}
	return failed
}
