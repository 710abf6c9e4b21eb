package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/internal/docker"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/internal/console"
	"github.com/flowcomply/infrastructure/verify/preflight"
)

const usage = `usage: preflight [--timeout TIME] < question.json

Refuses a release before anything is changed. It only reads. The question is the stack, the release that is to be and what
runs before it, as JSON on standard input (inputs.Preflight).

flags:
  --timeout TIME  longest that any one check may take, all run at once (default 30s)
  -h, --help      this text

exit codes:
  0  ready: no check failed
  1  refused: at least one check failed or timed out
  2  bad input: usage, or a question that cannot be right
  3  no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account
`

// Exit codes; the package comment says what each means to the caller.
const (
	exitReady   = 0
	exitRefused = 1
	exitInput   = 2
	exitAccess  = 3
)

// command is what complaints begin with.
const command = "preflight"

// receipt is what an update keeps of a preflight that let it pass.
type receipt struct {
	Result  string   `json:"result"`  // ready
	Checks  int      `json:"checks"`  // that were made
	Skipped []string `json:"skipped"` // groups that the stack's configuration has skipped
}

// run is the whole command: everything from outside comes in as an argument,
// except what the AWS SDK and git read from the process's environment.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	timeout, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(stdout, usage)
		return exitReady
	}
	var question inputs.Preflight
	if err == nil {
		question, err = read(stdin)
	}
	if err != nil {
		console.Complain(stderr, command, err)
		return exitInput
	}
	clients, err := connect(ctx, question, timeout)
	if err != nil {
		console.Complain(stderr, command, fmt.Errorf("refused before anything was changed: %w", err))
		return exitAccess
	}
	report := runChecks(ctx, question, clients, timeout, stderr, env)
	omissions := question.Skipped()
	warn(stderr, omissions)
	if err := preflight.Rejection(question, report); err != nil {
		console.Complain(stderr, command, err)
		if report.NoAccess() {
			return exitAccess
		}
		return exitRefused
	}
	ready := receipt{Result: "ready", Checks: len(report.Results), Skipped: []string{}}
	for _, one := range omissions {
		if one.Skip {
			ready.Skipped = append(ready.Skipped, one.Group)
		}
	}
	_ = json.NewEncoder(stdout).Encode(ready) // nobody reads it where this fails
	return exitReady
}

// parse returns flag.ErrHelp for -h.
func parse(args []string) (timeout time.Duration, err error) {
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints errors, once
	flags.DurationVar(&timeout, "timeout", check.DefaultTimeout, "")
	if err := flags.Parse(args); err != nil {
		return 0, err
	}
	var errs []error
	if flags.NArg() > 0 {
		errs = append(errs, fmt.Errorf("unexpected %q: preflight takes flags only, and the question on standard input", strings.Join(flags.Args(), " ")))
	}
	if timeout <= 0 {
		errs = append(errs, fmt.Errorf("--timeout %s: must be above 0", timeout))
	}
	return timeout, errors.Join(errs...)
}

func read(stdin io.Reader) (inputs.Preflight, error) {
	data, err := io.ReadAll(stdin)
	if err != nil {
		return inputs.Preflight{}, fmt.Errorf("question: %w", err)
	}
	return inputs.ParsePreflight(data)
}

// connect returns clients for the stack's region, once AWS has confirmed that the
// credentials are for the stack's account.
func connect(ctx context.Context, question inputs.Preflight, timeout time.Duration) (preflight.Clients, error) {
	cfg, err := account.Connect(ctx, question.Region, question.AccountID, timeout)
	if err != nil {
		return preflight.Clients{}, err
	}
	return preflight.Clients{
		Builder: docker.Command{},
		Caller:  sts.NewFromConfig(cfg), Secrets: secretsmanager.NewFromConfig(cfg), Certificates: acm.NewFromConfig(cfg),
		Mail: sesv2.NewFromConfig(cfg), Alarms: account.Metrics(cfg), Services: ecs.NewFromConfig(cfg), Images: ecr.NewFromConfig(cfg),
	}, nil
}

// runChecks runs all checks side by side, tells how far they are, and writes the report.
func runChecks(ctx context.Context, question inputs.Preflight, clients preflight.Clients, timeout time.Duration,
	stderr io.Writer, env func(string) string,
) check.Report {
	progress := console.NewProgress(stderr, env)
	report := check.Run(ctx, preflight.Checks(question, clients, 0), check.Options{
		Subject: check.Subject{
			Stack: question.Stack, Version: question.Version, Region: question.Region, AccountID: question.AccountID,
			Endpoint: account.Endpoint(env),
		},
		Timeout:  timeout,
		Finished: progress.Finished,
	})
	progress.End()
	_ = report.Write(stderr, check.Terminal, console.Colourful(stderr, env)) // the exit code tells as well
	return report
}

// warn says what was not checked: a check that somebody believes to have been
// made is worse than none.
func warn(w io.Writer, omissions []inputs.Skipped) {
	for _, one := range omissions {
		how, weight := "not checked", ""
		if one.Skip {
			how = "skipped"
		}
		if one.Risk {
			weight = "warning: "
		}
		_, _ = fmt.Fprintf(w, "%s: %s%s %s: %s\n", command, weight, one.Group, how, one.Why)
	}
}
