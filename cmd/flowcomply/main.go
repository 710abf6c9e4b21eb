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
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/web"
)

// mistake is an error in the command line.
type mistake struct{ error }

func (m mistake) Unwrap() error { return m.error }

// refusal is an error before anything was changed.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// ended is the exit code of a command that has said by itself what there was to say.
type ended int

func (e ended) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// endedWith is a command's error for an exit code.
func endedWith(code int) error {
	if code == exit.Done {
		return nil
	}
	return ended(code)
}

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
		err = mistake{err}
	}
	return codeOf(command, err, stderr)
}

// codeOf is the exit code of a command's error, which is shown unless the command has.
func codeOf(command *cobra.Command, err error, stderr io.Writer) int {
	var code ended
	if err == nil || errors.As(err, &code) {
		return int(code)
	}
	console.Complain(stderr, command.CommandPath(), err)
	switch {
	case errors.As(err, &mistake{}):
		fmt.Fprintf(stderr, "run `%s --help` for all flags\n", command.CommandPath())
		return exit.Refused
	case errors.Is(err, check.ErrAccess):
		return exit.NoAccess
	case errors.As(err, &refusal{}):
		return exit.Refused
	}
	return exit.Failed
}

func rootCommand(web *http.Client) *cobra.Command {
	root := &cobra.Command{
		Use: "flowcomply", Short: "What people run beside pulumi", SilenceErrors: true, SilenceUsage: true,
		Long: `Releases a stack, goes back, restores its data, recovers it from an update that died, and verifies it.

It runs in the root of the repository, with the Pulumi CLI on PATH and logged in to the stack's backend, and with
credentials of the stack's account.

Exit codes of every command:
` + exit.Table(),
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Run:               func(command *cobra.Command, _ []string) { _ = command.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return mistake{err} })
	root.AddCommand(
		releaseCommand(), rollbackCommand(), releasesCommand(), restoreCommand(), drillCommand(), recoverCommand(), verifyCommand(web),
		bootstrapCommand(),
	)
	for _, command := range root.Commands() {
		command.Args = cobra.ArbitraryArgs // each says all its mistakes in one error
	}
	return root
}

// listen returns a context that ends when somebody interrupts the command.
func listen(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}
