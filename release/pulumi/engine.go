package pulumi

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

// Engine is Pulumi for the commands of package release: the program in this checkout, and a stack file anywhere.
type Engine struct {
	cli   CLI
	stack auto.Stack
	out   io.Writer // what an update says
}

// Open finds the CLI on PATH, the project in a folder, and the stack in the backend that the user is logged in to. The
// output of an update goes to out.
func Open(ctx context.Context, folder, stack string, out io.Writer) (*Engine, error) {
	if _, err := os.Stat(filepath.Join(folder, "Pulumi.yaml")); err != nil {
		return nil, fmt.Errorf("%s is not the project's folder: run this in the root of the repository, where Pulumi.yaml is", folder)
	}
	cli, err := find(ctx, folder)
	if err != nil {
		return nil, err
	}
	inner, err := auto.NewLocalWorkspace(ctx, auto.WorkDir(folder), auto.Pulumi(cli))
	if err != nil {
		return nil, err
	}
	selected, err := auto.SelectStack(ctx, stack, quietWorkspace{inner, cli.CLI})
	if err != nil {
		return nil, fmt.Errorf("stack %q: %w", stack, reason(err))
	}
	return &Engine{cli.CLI, selected, out}, nil
}

// quietWorkspace is the workspace of the SDK, without two things that it does behind the back of the user.
type quietWorkspace struct {
	auto.Workspace
	cli CLI
}

// SelectStack checks that the stack exists, and does not change which one the user has selected.
func (w quietWorkspace) SelectStack(ctx context.Context, stack string) error {
	_, err := w.cli.Capture(ctx, "stack", "--show-name", "--stack", stack)
	return err
}

// StackOutputs returns nothing: the SDK asks for it after each update, and it would decrypt secrets that nobody here needs.
func (w quietWorkspace) StackOutputs(context.Context, string) (auto.OutputMap, error) {
	return nil, nil
}

// History lists every update of the stack, newest first.
func (e *Engine) History(ctx context.Context) ([]release.Update, error) {
	const page = 100 // Pulumi Cloud gives no more at once; without a size there would be ten
	var updates []release.Update
	for n := 1; ; n++ {
		listed, err := e.stack.History(ctx, page, n, opthistory.ShowSecrets(false))
		if err != nil {
			return nil, fmt.Errorf("history: %w", automationReason(err))
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
	text, err := e.cli.Outputs(ctx, e.stack.Name())
	if err != nil {
		return outputs.Outputs{}, fmt.Errorf("outputs: %w", reason(err))
	}
	var out outputs.Outputs // not strictly: an older program exported other ones
	if err := json.Unmarshal(text, &out); err != nil {
		return outputs.Outputs{}, fmt.Errorf("outputs: %w; `pulumi stack output` shows them", err)
	}
	return out, nil
}

// State reads the stack's state; secrets in it stay encrypted.
func (e *Engine) State(ctx context.Context) (apitype.UntypedDeployment, error) {
	var state apitype.UntypedDeployment
	text, err := e.cli.Export(ctx, e.stack.Name())
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	if err != nil {
		return state, fmt.Errorf("state: %w", reason(err))
	}
	return state, nil
}

// Preview asks what an update would do. If it fails, the error has the output of the engine.
func (e *Engine) Preview(ctx context.Context, stackFile string) ([]release.Event, error) {
	channel, end := record()
	_, err := e.stack.Preview(ctx, optpreview.ConfigFile(absolute(stackFile)), optpreview.EventStreams(channel),
		optpreview.Color("never"), optpreview.SuppressProgress(), optpreview.SuppressOutputs())
	return end(), automationReason(err)
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
