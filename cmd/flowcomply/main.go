// Command flowcomply is what people run beside pulumi: releasing, going back, restoring, recovering and verifying.
//
//	flowcomply release v1.1.0 --stack production
//
// It runs in the root of the repository, with the Pulumi CLI on PATH and logged in to the stack's backend, and with
// credentials of the stack's account. `flowcomply --help` lists the commands and the exit codes.
//
// `go run` makes 1 of every exit code but 0: `make flowcomply` builds the command. An interrupt is passed to the engine
// once, which finishes what it has begun.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/console"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/web"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, web.NewHTTPClient()))
}

// run is the whole program; the result is its exit code. Everything from outside comes in as an argument, except what the
// AWS SDK and pulumi read from the process's environment.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, web *http.Client) int {
	root := rootCommand(web)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err != nil && command == root { // which only helps
		err = exit.Mistake(err)
	}
	return codeOf(command, err, stderr)
}

// codeOf is the exit code of a command's error, which is shown unless the command has.
func codeOf(command *cobra.Command, err error, stderr io.Writer) int {
	code := console.Code(stderr, command.CommandPath(), err)
	if errors.As(err, &exit.MistakeError{}) {
		fmt.Fprintf(stderr, "run `%s --help` for all flags\n", command.CommandPath())
	}
	return code
}

func rootCommand(web *http.Client) *cobra.Command {
	root := &cobra.Command{
		Use: "flowcomply", Short: "What people run beside pulumi", SilenceErrors: true, SilenceUsage: true,
		Long: `Releases a stack, goes back, restores its data, recovers it from an update that died, verifies it, and
tells its drift.

It runs in the root of the repository, with the Pulumi CLI on PATH and logged in to the stack's backend, and with
credentials of the stack's account.

Exit codes of every command but drift, which has its own:
` + exit.Table(),
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Run:               func(command *cobra.Command, _ []string) { _ = command.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exit.Mistake(err) })
	root.AddCommand(
		releaseCommand(), rollbackCommand(), releasesCommand(), restoreCommand(), drillCommand(), recoverCommand(), verifyCommand(web),
		driftCommand(), bootstrapCommand(),
	)
	for _, command := range root.Commands() {
		command.Args = cobra.ArbitraryArgs // each says all its mistakes in one error
	}
	return root
}

// onceRight runs a command once its arguments have no mistakes, or says all of these in one error.
func onceRight(mistakes func(args []string) exit.Mistakes, run func(*cobra.Command) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		wrong := mistakes(args)
		if err := wrong.Err(); err != nil {
			return err
		}
		return run(command)
	}
}

// listen returns a context that ends when somebody interrupts the command.
func listen(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}
