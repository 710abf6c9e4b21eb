// Command step is what an update runs as the steps of a release (components/internal/step).
//
//	go run ./cmd/step preflight < question.json
//
// What a step does is shown on standard error; one line of JSON on standard output, the receipt, says what was done and is
// kept in the stack's state. Run a step again after any failure: what is done already is not done twice. `go run ./cmd/step
// STEP --help` lists a step's flags.
//
// Credentials come from where the AWS SDK looks for them (AWS_PROFILE, single sign-on, a role). AWS_ENDPOINT_URL sends every
// question to AWS elsewhere. No secret is an argument or in a receipt.
//
// Exit codes:
//
//	0  done
//	1  failed: a check failed or timed out, or the step could not be done
//	2  refused: bad input; nothing was begun
//	3  no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account
//
// `go run` itself makes 1 of every code but 0. It builds the program once and keeps it in Go's build cache: each further
// run, of any step, takes the one that is there.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/internal/console"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/web"
)

const about = `Does one step of a release. An update runs it; it can be run again by hand after any failure.

Exit codes of every step:
  0  done
  1  failed: a check failed or timed out, or the step could not be done
  2  refused: bad input; nothing was begun
  3  no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program; the result is its exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return runWith(web.NewHTTPClient(), args, stdin, stdout, stderr)
}

// runWith is run with a client that asks site and API.
func runWith(client *http.Client, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(publishCommand(), snapshotCommand(), mailCommand(), migrateCommand(), preflightCommand(), verifyCommand(client))
	return runStep(root, args, stdin, stdout, stderr)
}

// runStep runs the command that the arguments name. An interrupt ends its context.
func runStep(root *cobra.Command, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	return console.Code(stderr, command.Name(), err)
}

// newRoot is the program with these steps. Each step reads its own arguments, so as to name all mistakes at once.
func newRoot(steps ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use: "step", Short: "Does one step of a release", Long: about, SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE: func(command *cobra.Command, _ []string) error {
			return exit.Mistake(fmt.Errorf("want one step; `%s --help` lists them", command.CommandPath()))
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exit.Mistake(err) })
	root.AddCommand(steps...)
	for _, step := range steps {
		step.Args = cobra.ArbitraryArgs
	}
	return root
}

// awsStep is how a step runs that needs AWS: parse is what it was asked for, or all that is wrong with that.
func awsStep[Q, R any](
	region *string, parse func(args []string) (Q, error), run func(context.Context, aws.Config, Q, io.Writer) (R, error),
) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		asked, err := parse(args)
		if err != nil {
			return err
		}
		signedIn, err := account.Load(command.Context(), *region)
		if err != nil {
			return err
		}
		done, err := run(command.Context(), signedIn, asked, command.ErrOrStderr())
		return finish(command, done, err)
	}
}

// finish writes the receipt of a step that was done.
func finish(command *cobra.Command, receipt any, err error) error {
	if err != nil {
		return err
	}
	_ = json.NewEncoder(command.OutOrStdout()).Encode(receipt) // nobody reads it where this fails
	return nil
}
