package bench

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/run"
)

//go:embed runbook.sh
var runbook string

// verification is verify beside the runbook's commands, and beside its own slowest check.
type verification struct {
	machine                  []string
	rounds, checks           int
	verify, unwatched, typed *contender
	whole, slowest           []float64 // of each run of verify, in seconds
	longest                  string    // the slowest check's name
}

// Verify measures verify on a healthy stack and writes the page to the file.
func (b Bench) Verify(ctx context.Context, page string) error {
	found := verification{machine: describe(), rounds: b.Rounds}
	err := b.alive(ctx, "bench-verify", func(ctx context.Context, stack *harness.Stack) error { return b.verify(ctx, stack, &found) })
	if err != nil {
		return err
	}
	text := found.render()
	fmt.Fprintln(b.Out, "\n"+text)
	return os.WriteFile(page, []byte(text), 0o644)
}

// alive hands over the stack local, applied to a fresh emulated AWS in the named run folder, its services running and used.
func (b Bench) alive(ctx context.Context, name string, use func(context.Context, *harness.Stack) error) error {
	if _, err := exec.LookPath("aws"); err != nil {
		return errors.New("the runbook's commands need the AWS CLI; install it (pip install awscli)")
	}
	on := run.Run{Root: b.Root, Name: name, Stack: "local", Self: b.Self, Out: b.Out}
	return on.Fresh(ctx, func(ctx context.Context, applied engine.Stack) error {
		b.say("applying Pulumi.%s.yaml; this takes some minutes", applied.Name)
		quiet := applied
		quiet.Out = io.Discard
		if _, err := quiet.Up(ctx); err != nil {
			return err
		}
		stack, err := run.Alive(ctx, applied)
		if err != nil {
			return err
		}
		return use(ctx, stack)
	})
}

func (b Bench) verify(ctx context.Context, stack *harness.Stack, found *verification) error {
	verifier, err := harness.BuildVerifier(ctx, b.Root, stack.Tools.Bin())
	if err != nil {
		return err
	}
	names, err := variables(ctx, stack)
	if err != nil {
		return err
	}
	verify := func(args ...string) func(context.Context) *exec.Cmd {
		return func(ctx context.Context) *exec.Cmd {
			return stack.Verifying(ctx, verifier, stack.Text, append(args, "--format", "json", "--require-data")...)
		}
	}
	found.verify = &contender{name: "verify", command: verify(), check: found.timed}
	found.unwatched = &contender{name: "verify --watch 0", command: verify("--watch", "0")}
	found.typed = &contender{name: "the runbook's commands", command: func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "sh", "-c", runbook)
		cmd.Env = slices.Concat(os.Environ(), stack.Emulator.Environment(), stack.Emulator.Web(), names)
		return cmd
	}}
	return race(ctx, b.Rounds, []*contender{found.verify, found.unwatched, found.typed}, b.say)
}

// timed reads how long verify and its slowest check took, by its own report.
func (v *verification) timed(said string) error {
	var report struct {
		TookMs float64 `json:"tookMs"`
		Checks []struct {
			Group, Name string
			TookMs      float64 `json:"tookMs"`
		} `json:"checks"`
	}
	begin := strings.Index(said, "{\n")
	if begin < 0 {
		return errors.New("verify wrote no report")
	}
	if err := json.NewDecoder(strings.NewReader(said[begin:])).Decode(&report); err != nil {
		return err
	}
	slowest := 0.0
	for _, check := range report.Checks {
		if check.TookMs > slowest {
			slowest, v.longest = check.TookMs, check.Group+"/"+check.Name
		}
	}
	v.checks = len(report.Checks)
	v.whole, v.slowest = append(v.whole, report.TookMs/1e3), append(v.slowest, slowest/1e3)
	return nil
}

// variables are what the runbook's commands are told instead of production's names.
func variables(ctx context.Context, stack *harness.Stack) ([]string, error) {
	secret, err := secretsmanager.NewFromConfig(stack.AWS).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &stack.Outputs.SmokeSecretArn})
	if err != nil {
		return nil, err
	}
	var user struct{ Email, Password string }
	if err := json.Unmarshal([]byte(aws.ToString(secret.SecretString)), &user); err != nil {
		return nil, err
	}
	var balancer string
	for _, objective := range stack.Outputs.Objectives {
		if objective.Name == "front-error-rate" {
			balancer = objective.Metrics[0].Dimensions["LoadBalancer"]
		}
	}
	var outputs struct {
		DashboardName      string `json:"dashboardName"`
		DatabaseIdentifier string `json:"databaseIdentifier"`
	}
	err = json.Unmarshal(stack.Text, &outputs)
	return []string{
		"SITE=" + stack.Outputs.SiteURL, "API=" + stack.Outputs.APIURL, "EMAIL=" + user.Email, "PASSWORD=" + user.Password,
		"PREFIX=" + outputs.DatabaseIdentifier, "DASHBOARD=" + outputs.DashboardName, "BALANCER=" + balancer,
	}, err
}

func (v verification) render() string {
	page := opened("How long verify takes", v.machine)
	line := page.line
	line("\nA healthy stack on the emulated AWS, its services running. %d counted runs of each, by turns, after one that is not", v.rounds)
	line("counted. The runbook's commands are those of its phases 5 and 6 as a shell script (`local/bench/runbook.sh`), one after")
	line("another, with nobody reading what they print. Seconds:\n")
	page.seconds(2, v.verify, v.unwatched, v.typed)
	ratios := make([]float64, len(v.whole))
	for i := range v.whole {
		ratios[i] = v.whole[i] / v.slowest[i]
	}
	line("\n- verify's %d checks / its slowest single one (%s) = **%.2f** (median of its own reports; most %.2f; allowed: 1.10)",
		v.checks, v.longest, spreadOf(ratios).median, spreadOf(ratios).max)
	line("- verify without watching alarms / the runbook's commands = **%.2f**", v.unwatched.seconds().median/v.typed.seconds().median)
	line("- By default verify watches the alarms for ten seconds, which is its slowest check; the runbook looks once.")
	return page.String()
}
