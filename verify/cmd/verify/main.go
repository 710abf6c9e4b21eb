// Command verify is the last step of an update: it verifies what the update has made.
//
//	go run ./verify/cmd/verify --outputs - --format json --in-update
//
// It reads what the update asks (outputs.UpdateQuestion) on standard input, and writes the report in the format to standard
// output, and as people read it to standard error. People run `flowcomply verify`.
package main

import (
	"context"
	"flag"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/flowcomply/infrastructure/internal/console"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/command"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv, verify.NewHTTPClient()))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string, web *http.Client) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o command.Options
	var from string
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&from, "outputs", "-", "file with the outputs, or with what an update asks; - for standard input")
	flags.StringVar((*string)(&o.Format), "format", string(verify.Terminal), "terminal, json, junit or markdown")
	flags.BoolVar(&o.Settings.InUpdate, "in-update", false, "the file is what an update asks")
	flags.DurationVar(&o.Settings.Timeout, "timeout", verify.DefaultTimeout, "longest that one check may take")
	flags.DurationVar(&o.Settings.Watch, "watch", verify.DefaultWatch, "how long alarms are watched")
	flags.DurationVar(&o.Settings.Since, "since", verify.DefaultSince, "how far logs are read back at most")
	flags.Func("only", "check only these groups, by commas", func(groups string) error {
		o.Only = strings.Split(groups, ",")
		return nil
	})
	o.Settings.AllowedErrors = verify.DefaultAllowedErrors
	if err := flags.Parse(args); err != nil {
		return exit.Refused
	}
	data, err := command.Read(from, stdin)
	if err != nil {
		console.Complain(stderr, "verify", err)
		return exit.Refused
	}
	asked, err := command.Parse(data, "", o.Settings.InUpdate)
	if err != nil {
		console.Complain(stderr, "verify", err)
		return exit.Refused
	}
	code, err := command.Console{Stdout: stdout, Stderr: stderr, Env: env, Web: web}.Run(ctx, asked, o)
	if err != nil {
		console.Complain(stderr, "verify", err)
	}
	return code
}
