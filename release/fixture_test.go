package release

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/terminal"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// fixture is a stack with its engine, its registry and somebody at the terminal.
type fixture struct {
	t        *testing.T
	file     string
	out      bytes.Buffer
	clock    time.Time
	calls    []string
	history  []Update
	outputs  outputs.Outputs
	previews [][]Event // one for each preview; the last for all further ones
	refuse   error     // of a preview
	updates  []func() ([]Event, error)
	gone     []string
	answers  []bool
	drafts   []string // what the previewed stack files said
	updated  []string // what the stack file said in each update
	after    []Outcome
	cancel   context.CancelFunc
}

func newFixture(t *testing.T, text string) *fixture {
	t.Helper()
	w := &fixture{t: t, file: filepath.Join(t.TempDir(), "Pulumi.production.yaml"), clock: epoch.Add(100 * time.Hour)}
	require.NoError(t, os.WriteFile(w.file, []byte(text), 0o600))
	return w
}

func (w *fixture) command() Command {
	return Command{
		Stack: "production", File: w.file, Engine: w, Terminal: w, Out: &w.out, Now: func() time.Time { return w.clock },
		Connect: func(context.Context, outputs.Outputs) (Images, error) { return w, nil },
		Listen: func(ctx context.Context) (context.Context, context.CancelFunc) {
			interruptible, cancel := context.WithCancel(ctx)
			w.cancel = cancel
			return interruptible, cancel
		},
		After: func(_ context.Context, done Outcome) error { w.after = append(w.after, done); return nil },
	}
}

func (w *fixture) text() string {
	w.t.Helper()
	text, err := os.ReadFile(w.file)
	require.NoError(w.t, err)
	entries, err := os.ReadDir(filepath.Dir(w.file))
	require.NoError(w.t, err)
	require.Len(w.t, entries, 1, "nothing is left beside the stack file")
	return string(text)
}

func (w *fixture) write(text string) {
	w.t.Helper()
	require.NoError(w.t, os.WriteFile(w.file, []byte(text), 0o600))
}

func (w *fixture) History(context.Context) ([]Update, error)        { return w.history, nil }
func (w *fixture) Outputs(context.Context) (outputs.Outputs, error) { return w.outputs, nil }

func (w *fixture) Preview(_ context.Context, file string) ([]Event, error) {
	text, err := os.ReadFile(file)
	require.NoError(w.t, err)
	require.NotEqual(w.t, w.file, file, "the stack file itself is left alone")
	w.calls, w.drafts = append(w.calls, "preview"), append(w.drafts, string(text))
	if len(w.previews) == 0 {
		return nil, w.refuse
	}
	events := w.previews[0]
	if len(w.previews) > 1 {
		w.previews = w.previews[1:]
	}
	return events, w.refuse
}

func (w *fixture) Update(_ context.Context, file, message string) ([]Event, error) {
	text, err := os.ReadFile(file)
	require.NoError(w.t, err)
	require.Equal(w.t, w.file, file)
	w.calls, w.updated = append(w.calls, message), append(w.updated, string(text))
	require.NotEmpty(w.t, w.updates, "an update that nobody expected")
	update := w.updates[0]
	w.updates = w.updates[1:]
	return update()
}

func (w *fixture) Missing(_ context.Context, repository string, wanted []string) ([]string, error) {
	w.calls = append(w.calls, "ask for "+repository)
	return slices.DeleteFunc(slices.Clone(wanted), func(d string) bool { return !slices.Contains(w.gone, d) }), nil
}

func (w *fixture) Ask(context.Context, string) (bool, error) {
	w.calls = append(w.calls, "ask")
	if len(w.answers) == 0 {
		return false, terminal.ErrNobody
	}
	answer := w.answers[0]
	w.answers = w.answers[1:]
	w.clock = w.clock.Add(time.Hour) // lunch
	return answer, nil
}

// proves is an update that succeeds after 160 seconds, and after which the stack is at these releases.
func (w *fixture) proves(releases ...outputs.Record) func() ([]Event, error) {
	return func() ([]Event, error) {
		begin := w.clock
		w.clock = begin.Add(160 * time.Second)
		w.outputs = outputsWith(releases...)
		return rolled(begin), nil
	}
}

// fails is an update that fails with these events, and that history has.
func (w *fixture) fails(events ...Event) func() ([]Event, error) {
	return func() ([]Event, error) {
		w.clock = w.clock.Add(time.Minute)
		w.history = append([]Update{{Kind: "update", Result: "failed", Start: w.clock, End: w.clock, Config: config(w.t, w.text())}}, w.history...)
		return events, fmt.Errorf("the update failed")
	}
}
