package restore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// The tests of the commands play the engine, AWS and the person. That the program does in each phase what is wanted of it
// infra's tests hold; that the data comes back, the emulated databases' tests.

const (
	first   = "flowcomply-production"
	second  = "flowcomply-production-restored"
	shot    = "flowcomply-production-pre-deploy-v1-1-0-7"
	dataKey = "arn:aws:kms:ap-southeast-2:210987654321:key/data"
)

// secrets are what an operator's copy of a stack file has beside what is in the repository.
const secrets = "  flowcomply:ANTHROPIC_API_KEY:\n    secure: v1:one\n  flowcomply:PAGERDUTY_ENDPOINT:\n    secure: v1:two\n" +
	"  flowcomply:SMOKE_USER:\n    secure: v1:three\n"

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// fixture is a stack in AWS, with its engine and somebody at the terminal.
type fixture struct {
	t         *testing.T
	file      string
	out       bytes.Buffer
	clock     func() time.Time
	history   []release.Update
	outputs   outputs.Outputs
	instances map[string]*Instance
	snapshots []Snapshot
	tasks     []int // left, look by look; then none
	lag       time.Duration
	backup    time.Duration                          // how long RDS backs a copy up first
	steps     map[string][]apitype.StepEventMetadata // of a preview, by the phase and slot it is of
	refuse    error                                  // of a preview
	fail      map[string]error                       // of updates, by the phase and slot
	onUpdate  func()                                 // whenever one is made that works
	answer    error                                  // nil: yes
	calls     []string
}

// again is the command line that goes on, with this stack file.
func (w *fixture) again(what string) string {
	return release.Advice("restore", "production", w.file, what)
}

// newFixture is production with three releases proven, and a configuration with these keys beside production's own.
func newFixture(t *testing.T, keys ...string) *fixture {
	t.Helper()
	text, err := os.ReadFile("../../Pulumi.production.yaml")
	require.NoError(t, err)
	changed := strings.Replace(string(text), "release.version: v1.0.0", "release.version: v1.1.0", 1) + secrets
	for _, key := range keys {
		changed += "  flowcomply:" + key + "\n"
	}
	w := &fixture{
		t: t, file: filepath.Join(t.TempDir(), "Pulumi.production.yaml"), clock: func() time.Time { return now },
		instances: map[string]*Instance{first: {
			ID: first, Status: "available", Created: now.Add(-90 * 24 * time.Hour), KeepsDays: 35, Version: "16.4", StorageGiB: 100, KeyArn: dataKey,
		}},
		snapshots: []Snapshot{
			{ID: "rds:flowcomply-production-2026-11-23-14-10", Of: first, Status: "available", Automated: true, At: now.Add(-22 * time.Hour), Version: "16.4", StorageGiB: 100, KeyArn: dataKey},
			{ID: shot, Of: first, Status: "available", At: now.Add(-47 * time.Minute), Version: "16.4", StorageGiB: 100, KeyArn: dataKey, Release: "v1.1.0", Number: 7},
		},
		steps: map[string][]apitype.StepEventMetadata{}, fail: map[string]error{},
	}
	require.NoError(t, os.WriteFile(w.file, []byte(changed), 0o600))
	w.outputs = outputs.Outputs{
		Stack: "production", Region: "ap-southeast-2", AccountID: "210987654321", Version: "v1.1.0", DatabaseIdentifier: first,
		ClusterName: first, Services: map[string]outputs.Service{"backend": {ServiceName: "backend-service"}, "frontend": {ServiceName: "frontend-service"}},
		Releases: []outputs.Record{
			{Version: "v1.0.0", Number: 6, Schema: outputs.Mark{Hash: "sha256:old"}}, {Version: "v1.1.0", Number: 7, Schema: outputs.Mark{Hash: "sha256:new"}},
		},
	}
	w.history = []release.Update{w.ran(-45*time.Minute, "v1.1.0"), w.ran(-72*time.Hour, "v1.0.0")}
	return w
}

// ran is a proven update that began so long ago, and took ten minutes.
func (w *fixture) ran(ago time.Duration, version string) release.Update {
	return release.Update{Kind: "update", Result: "succeeded", Start: now.Add(ago), End: now.Add(ago + 10*time.Minute), Config: stacks.Source{
		Values: map[string]string{"flowcomply:release.version": version},
	}}
}

func (w *fixture) command() Command {
	return Command{
		Stack: "production", File: w.file, Engine: w, Terminal: w, Out: &w.out, Now: w.clock,
		Connect: func(context.Context, outputs.Outputs) (Account, error) { return w, nil },
	}
}

// do runs a command on synctest's clock, which begins at now: it waits for nothing in earnest.
func (w *fixture) do(command func(context.Context, Command) int) (code int) {
	w.t.Helper()
	synctest.Test(w.t, func(t *testing.T) {
		began := time.Now()
		w.clock = func() time.Time { return now.Add(time.Since(began)) }
		code = command(t.Context(), w.command())
		ended := w.clock()
		w.clock = func() time.Time { return ended }
	})
	return code
}

func (w *fixture) run(request Request, yes bool) int {
	w.t.Helper()
	return w.do(func(ctx context.Context, c Command) int { return c.Run(ctx, request, yes) })
}

func (w *fixture) confirm(yes bool) int {
	w.t.Helper()
	return w.do(func(ctx context.Context, c Command) int { return c.Confirm(ctx, yes) })
}

func (w *fixture) undo(yes bool) int {
	w.t.Helper()
	return w.do(func(ctx context.Context, c Command) int { return c.Undo(ctx, yes) })
}

// spec is what a stack file says.
func (w *fixture) spec(file string) stacks.Spec {
	w.t.Helper()
	source, err := stacks.FromFile(file)
	require.NoError(w.t, err)
	spec, err := stacks.Load(source)
	require.NoError(w.t, err)
	return spec
}

// state is a stack file's slot and restore in a word.
func (w *fixture) state(file string) string {
	spec := w.spec(file).Database
	if spec.Restore == nil {
		return string(spec.ConfiguredSlot())
	}
	return strings.Trim(fmt.Sprintf("%s %s %s%s", spec.ConfiguredSlot(), spec.Restore.Phase, spec.Restore.Snapshot, spec.Restore.Time), " ")
}

// short is a state without the point.
func short(state string) string {
	return strings.Join(strings.Fields(state)[:min(2, len(strings.Fields(state)))], " ")
}

func (w *fixture) call(format string, args ...any) {
	w.calls = append(w.calls, fmt.Sprintf(format, args...))
}

func (w *fixture) History(context.Context) ([]release.Update, error) { return w.history, nil }
func (w *fixture) Outputs(context.Context) (outputs.Outputs, error)  { return w.outputs, nil }
func (w *fixture) Ask(_ context.Context, question string) (bool, error) {
	w.call("ask: %s", question)
	if errors.Is(w.answer, errNo) {
		return false, nil
	}
	return w.answer == nil, w.answer
}

var errNo = errors.New("no")

func (w *fixture) Preview(_ context.Context, file string) ([]release.Event, error) {
	state := w.state(file)
	w.call("preview: %s", state)
	var events []release.Event
	for _, step := range w.steps[short(state)] {
		events = append(events, release.Event{EngineEvent: apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: step, Planning: true}}})
	}
	return events, w.refuse
}

// Update does in AWS what the program would.
func (w *fixture) Update(_ context.Context, file, _ string) ([]release.Event, error) {
	state := w.state(file)
	w.call("update: %s", state)
	if err := w.fail[short(state)]; err != nil {
		return nil, err
	}
	if w.onUpdate != nil {
		w.onUpdate()
	}
	spec := w.spec(file)
	identifiers := spec.Names().Databases()
	for slot, identifier := range identifiers {
		switch there := w.instances[identifier]; {
		case spec.Database.Has(slot) && there == nil:
			w.instances[identifier] = &Instance{ID: identifier, Status: "available", Created: w.clock(), KeepsDays: 35, Version: "16.4", StorageGiB: 100, KeyArn: dataKey}
		case !spec.Database.Has(slot):
			delete(w.instances, identifier)
		}
	}
	w.outputs.DatabaseIdentifier = spec.DatabaseIdentifier()
	return nil, nil
}

// Instance is as RDS has it: its log is behind.
func (w *fixture) Instance(_ context.Context, identifier string) (*Instance, error) {
	found := w.instances[identifier]
	if found == nil {
		return nil, nil
	}
	shown := *found
	shown.Latest = w.clock().Add(-w.lag)
	if w.clock().Before(found.Created.Add(w.backup)) {
		shown.Status = "backing-up"
	}
	return &shown, nil
}

func (w *fixture) Snapshots(_ context.Context, identifiers ...string) ([]Snapshot, error) {
	return slices.DeleteFunc(slices.Clone(w.snapshots), func(s Snapshot) bool { return !slices.Contains(identifiers, s.Of) }), nil
}

func (w *fixture) Tasks(_ context.Context, _, service string) (int, error) {
	if len(w.tasks) == 0 {
		return 0, nil
	}
	n := w.tasks[0]
	w.tasks = w.tasks[1:]
	w.call("tasks of %s: %d", service, n)
	return n, nil
}

func step(op apitype.OpType, typ, name string, protected bool) apitype.StepEventMetadata {
	return apitype.StepEventMetadata{
		Op: op, Type: typ, URN: "urn:pulumi:production::flowcomply::" + typ + "::" + name, Old: &apitype.StepEventStateMetadata{Protect: protected},
	}
}

// under is a restore as the stack file has it.
func under(phase database.Phase) []string {
	return []string{"database.restore.phase: " + string(phase), "database.restore.snapshot: " + shot}
}
