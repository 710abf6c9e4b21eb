// Package engine is Pulumi for the commands of package release. It uses the Automation API with the installed CLI, for the
// program in this checkout and a stack file anywhere.
//
// Decisions:
//   - No command shows a secret, or changes which stack the user has selected. The SDK's own workspace does both.
//   - What the engine does arrives as events, and its output goes to the terminal at once.
package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/opthistory"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Engine is Pulumi for one stack.
type Engine struct {
	stack auto.Stack
	out   io.Writer // what an update says
}

// Open finds the CLI on PATH, the project in a folder, and the stack in the backend that the user is logged in to. The
// output of an update goes to out.
func Open(ctx context.Context, folder, stack string, out io.Writer) (*Engine, error) {
	if _, err := os.Stat(filepath.Join(folder, "Pulumi.yaml")); err != nil {
		return nil, fmt.Errorf("%s is not the project's folder: run this in the root of the repository, where Pulumi.yaml is", folder)
	}
	command, err := find(ctx)
	if err != nil {
		return nil, err
	}
	inner, err := auto.NewLocalWorkspace(ctx, auto.WorkDir(folder), auto.Pulumi(command))
	if err != nil {
		return nil, err
	}
	selected, err := auto.SelectStack(ctx, stack, workspace{inner})
	if err != nil {
		return nil, fmt.Errorf("stack %q: %w", stack, reason(err))
	}
	return &Engine{stack: selected, out: out}, nil
}

// workspace is the workspace of the SDK, without two things that it does behind the back of the user.
type workspace struct{ auto.Workspace }

// SelectStack checks that the stack exists, and does not change which one the user has selected.
func (w workspace) SelectStack(ctx context.Context, stack string) error {
	_, stderr, _, err := w.PulumiCommand().Run(ctx, w.WorkDir(), nil, nil, nil, nil, "stack", "--show-name", "--stack", stack)
	return withCause(stderr, err)
}

// StackOutputs returns nothing: the SDK asks for it after each update, and it would decrypt secrets that nobody here needs.
func (w workspace) StackOutputs(context.Context, string) (auto.OutputMap, error) { return nil, nil }

// History lists every update of the stack, newest first.
func (e *Engine) History(ctx context.Context) ([]release.Update, error) {
	const page = 100 // Pulumi Cloud gives no more at once; without a size there would be ten
	var updates []release.Update
	for n := 1; ; n++ {
		listed, err := e.stack.History(ctx, page, n, opthistory.ShowSecrets(false))
		if err != nil {
			return nil, fmt.Errorf("history: %w", reason(err))
		}
		for _, one := range listed {
			update, err := updateOf(one)
			if err != nil {
				return nil, fmt.Errorf("history: %w", err)
			}
			updates = append(updates, update)
		}
		if len(listed) < page {
			return updates, nil
		}
	}
}

func updateOf(one auto.UpdateSummary) (release.Update, error) {
	update := release.Update{
		Kind: one.Kind, Result: one.Result, Message: strings.Trim(one.Message, `"`), Limited: limited(one.Environment),
		Config: stacks.Source{Values: map[string]string{}, Secrets: map[string]bool{}},
	}
	if one.ResourceChanges != nil {
		update.Changes = *one.ResourceChanges
	}
	for key, value := range one.Config {
		update.Config.Values[key] = value.Value
		if value.Secret {
			update.Config.Values[key], update.Config.Secrets[key] = stacks.Hidden, true
		}
	}
	var err error
	if update.Start, err = time.Parse(time.RFC3339, one.StartTime); err != nil {
		return update, err
	}
	if one.EndTime != nil {
		update.End, err = time.Parse(time.RFC3339, *one.EndTime)
	}
	return update, err
}

// limits are the flags of the CLI that leave resources out of an update.
var limits = []string{"target", "target-dependents", "target-replace", "exclude", "exclude-dependents"}

// limited tells whether an update used one of these flags, or its environment variable, as its history notes it.
func limited(environment map[string]string) bool {
	return slices.ContainsFunc(limits, func(flag string) bool {
		variable := "PULUMI_OPTION_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
		return environment["pulumi.flag."+flag] != "" || environment["pulumi.env."+variable] != ""
	})
}

// Outputs reads the stack's outputs; secret ones are masked.
func (e *Engine) Outputs(ctx context.Context) (outputs.Outputs, error) {
	text, err := e.capture(ctx, "stack", "output", "--json")
	if err != nil {
		return outputs.Outputs{}, fmt.Errorf("outputs: %w", err)
	}
	var out outputs.Outputs // not strictly: an older program exported other ones
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return outputs.Outputs{}, fmt.Errorf("outputs: %w; `pulumi stack output` shows them", err)
	}
	return out, nil
}

// State reads the stack's state; secrets in it stay encrypted.
func (e *Engine) State(ctx context.Context) (apitype.UntypedDeployment, error) {
	text, err := e.capture(ctx, "stack", "export")
	if err != nil {
		return apitype.UntypedDeployment{}, fmt.Errorf("state: %w", err)
	}
	var state apitype.UntypedDeployment
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		return apitype.UntypedDeployment{}, fmt.Errorf("state: %w", err)
	}
	return state, nil
}

func (e *Engine) capture(ctx context.Context, args ...string) (string, error) {
	of := e.stack.Workspace()
	out, stderr, _, err := of.PulumiCommand().Run(ctx, of.WorkDir(), nil, nil, nil, nil, append(args, "--stack", e.stack.Name())...)
	return out, withCause(stderr, err)
}

// Preview asks what an update would do. If it fails, the error has the output of the engine.
func (e *Engine) Preview(ctx context.Context, stackFile string) ([]release.Event, error) {
	channel, end := record()
	_, err := e.stack.Preview(ctx, optpreview.ConfigFile(absolute(stackFile)), optpreview.EventStreams(channel),
		optpreview.Color("never"), optpreview.SuppressProgress(), optpreview.SuppressOutputs())
	return end(), reason(err)
}

// Update updates the stack and shows the output of the engine.
func (e *Engine) Update(ctx context.Context, stackFile, message string) ([]release.Event, error) {
	channel, end := record()
	_, err := e.stack.Up(ctx, optup.ConfigFile(absolute(stackFile)), optup.EventStreams(channel), optup.Message(message),
		optup.ProgressStreams(e.out), optup.ErrorProgressStreams(e.out),
		optup.SuppressProgress(), optup.SuppressOutputs(), optup.ShowSecrets(false))
	events := end()
	switch {
	case err == nil:
		return events, nil
	case auto.IsConcurrentUpdateError(err):
		return events, release.ErrLocked
	case ctx.Err() != nil:
		return events, errors.New("the update was interrupted; what it had begun was finished")
	}
	return events, errors.New("the update failed; the cause is above")
}

// absolute is a path for a CLI that runs in another folder.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
