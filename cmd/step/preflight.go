package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/internal/console"
	"github.com/flowcomply/infrastructure/internal/docker"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/preflight"
)

// ready is the receipt of a preflight that let an update pass.
type ready struct {
	Result  string   `json:"result"`  // ready
	Checks  int      `json:"checks"`  // that were made
	Skipped []string `json:"skipped"` // groups that the stack's configuration has skipped
}

func preflightCommand() *cobra.Command {
	var timeout time.Duration
	command := &cobra.Command{
		Use: "preflight < question.json", Short: "refuse a release before anything is changed",
		Long: `Refuses a release before anything is changed: wrong account, too small a quota of Fargate's, a checkout that is not the
tagged commit, a Docker that cannot build, missing secrets, a certificate or mail domain that is not in order, alarms that fire or would tell nobody, a
deployment that is under way, an image that is gone. It only reads, and no secret's value.

The question is the stack, the release that is to be and what runs before it, as JSON on standard input (inputs.Preflight).`,
		RunE: func(command *cobra.Command, args []string) error {
			var m exit.Mistakes
			m.FlagsOnly(args)
			m.AddIf(timeout <= 0, "--timeout %s: must be above 0", timeout)
			if err := m.Err(); err != nil {
				return err
			}
			question, err := readQuestion(command.InOrStdin())
			if err != nil {
				return exit.Mistake(err)
			}
			done, err := checkRelease(command.Context(), question, timeout, command.ErrOrStderr())
			return finish(command, done, err)
		},
	}
	command.Flags().DurationVar(&timeout, "timeout", check.DefaultTimeout, "longest that any one check may take, all run at once")
	return command
}

func readQuestion(stdin io.Reader) (inputs.Preflight, error) {
	data, err := io.ReadAll(stdin)
	if err != nil {
		return inputs.Preflight{}, fmt.Errorf("question: %w", err)
	}
	return inputs.ParsePreflight(data)
}

// noAccessError is a refusal of a preflight because AWS did not answer.
type noAccessError struct{ error }

func (r noAccessError) Unwrap() []error { return []error{r.error, check.ErrAccess} }

func checkRelease(ctx context.Context, question inputs.Preflight, timeout time.Duration, show io.Writer) (ready, error) {
	clients, err := preflightClients(ctx, question, timeout)
	if err != nil {
		return ready{}, fmt.Errorf("refused before anything was changed: %w", err)
	}
	report := runChecks(ctx, question, clients, timeout, show)
	omissions := question.Skipped()
	showOmissions(show, omissions)
	if err := preflight.Rejection(question, report); err != nil {
		if report.NoAccess() {
			err = noAccessError{err}
		}
		return ready{}, err
	}
	done := ready{Result: "ready", Checks: len(report.Results), Skipped: []string{}}
	for _, one := range omissions {
		if one.Skip {
			done.Skipped = append(done.Skipped, one.Group)
		}
	}
	return done, nil
}

// preflightClients returns clients for the stack's region, once AWS has confirmed that the credentials are for the stack's
// account.
func preflightClients(ctx context.Context, question inputs.Preflight, timeout time.Duration) (preflight.Clients, error) {
	cfg, err := account.Connect(ctx, question.Region, question.AccountID, timeout)
	if err != nil {
		return preflight.Clients{}, err
	}
	return preflight.Clients{
		Builder: docker.Command{},
		Caller:  sts.NewFromConfig(cfg), Secrets: secretsmanager.NewFromConfig(cfg), Certificates: acm.NewFromConfig(cfg),
		Mail: sesv2.NewFromConfig(cfg), Topics: sns.NewFromConfig(cfg), Alarms: account.Metrics(cfg),
		Services: ecs.NewFromConfig(cfg), Images: ecr.NewFromConfig(cfg), Quotas: servicequotas.NewFromConfig(cfg),
	}, nil
}

// runChecks runs all checks side by side, shows how far they are, and writes the report.
func runChecks(ctx context.Context, question inputs.Preflight, clients preflight.Clients, timeout time.Duration, show io.Writer) check.Report {
	progress := console.NewProgress(show, os.Getenv)
	report := check.Run(ctx, preflight.Checks(question, clients, 0), check.Options{
		Subject: check.Subject{
			Stack: question.Stack, Version: question.Version, Region: question.Region, AccountID: question.AccountID,
			Endpoint: account.Endpoint(os.Getenv),
		},
		Timeout:  timeout,
		Finished: progress.Finished,
	})
	progress.End()
	_ = report.Write(show, check.Terminal, console.Colourful(show, os.Getenv)) // the exit code tells as well
	return report
}

// showOmissions says what was not checked: a check that somebody believes to have been made is worse than none.
func showOmissions(show io.Writer, omissions []inputs.Skipped) {
	for _, one := range omissions {
		how, weight := "not checked", ""
		if one.Skip {
			how = "skipped"
		}
		if one.Risk {
			weight = "warning: "
		}
		_, _ = fmt.Fprintf(show, "preflight: %s%s %s: %s\n", weight, one.Group, how, one.Why)
	}
}
