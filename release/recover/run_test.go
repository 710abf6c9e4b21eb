package recovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
)

// These tests hold what is done, in which order, and what is not, with everything outside standing in. They do not prove what
// Pulumi, Linux and AWS really do: the tests of release/pulumi, machine_test.go and the test with the real CLI do.

// fixture is everything outside.
type fixture struct {
	t        *testing.T
	locks    []Lock
	procs    []Process
	stubborn bool // processes do not end
	state    State
	aws      cloud
	tagged   [][]Tagged // one answer after the other; the last stays
	tasks    []int      // how many migrations run, one answer after the other
	inFlight inFlightSteps
	changes  []Change
	fails    map[string]error // by what is done
	answer   bool
	did      []string
}

func (w *fixture) do(what string) error {
	w.did = append(w.did, what)
	return w.fails[what]
}

func (w *fixture) Locks(context.Context) ([]Lock, error)     { return w.locks, w.fails["locks"] }
func (w *fixture) Unlock(context.Context) error              { w.locks = nil; return w.do("unlock") }
func (w *fixture) Export(context.Context) (State, error)     { return w.state, w.fails["export"] }
func (w *fixture) Preview(context.Context) ([]Change, error) { return w.changes, w.do("preview") }

func (w *fixture) Import(_ context.Context, state State) error {
	w.state = state
	return w.do("import")
}

func (w *fixture) Lookup(ctx context.Context, state State, candidates []Candidate) ([]Reading, error) {
	if err := w.fails["lookup"]; err != nil {
		return nil, err
	}
	return w.aws.lookup(ctx, state, candidates)
}

// Refresh reads everything that was adopted as AWS has it.
func (w *fixture) Refresh(_ context.Context, urns []string) error {
	for _, resource := range w.state.Resources() {
		if slices.Contains(urns, resource.URN()) {
			outputs, _ := w.aws[resource.Type()+" "+resource.ID()].(map[string]any)
			resource["outputs"] = outputs
		}
	}
	return w.do("refresh " + fmt.Sprint(len(urns)))
}

func (w *fixture) Host() (string, error)         { return "ci-7", nil }
func (w *fixture) Processes() ([]Process, error) { return w.procs, w.fails["processes"] }
func (w *fixture) Answers(string) bool           { return false }

func (w *fixture) End(_ context.Context, process Process, grace time.Duration) bool {
	_ = w.do(fmt.Sprintf("end %d within %s", process.PID, grace))
	return !w.stubborn
}

func (w *fixture) Await(_ context.Context, process Process, within time.Duration) bool {
	_ = w.do(fmt.Sprintf("await %d for %s", process.PID, within))
	return !w.stubborn
}

func (w *fixture) Tagged(context.Context, string, string) ([]Tagged, error) {
	answer := []Tagged{}
	if len(w.tagged) > 0 {
		answer, w.tagged = w.tagged[0], w.tagged[min(1, len(w.tagged)-1):]
	}
	return answer, w.fails["tagged"]
}

func (w *fixture) Migrations(context.Context, string) ([]Task, error) {
	running := 0
	if len(w.tasks) > 0 {
		running, w.tasks = w.tasks[0], w.tasks[min(1, len(w.tasks)-1):]
	}
	return slices.Repeat([]Task{{Cluster: "c", ARN: "arn:aws:ecs:r:1:task/c/t-1", Since: then}}, running), w.fails["migrations"]
}

func (w *fixture) Stop(_ context.Context, task Task, _ string) error {
	return w.do("stop " + last(task.ARN))
}

func (w *fixture) Deployments(context.Context, string, []string) ([]string, error) {
	return w.inFlight.deployments, nil
}

func (w *fixture) Snapshots(context.Context, string) ([]string, error) {
	return w.inFlight.snapshots, nil
}

func (w *fixture) Ask(_ context.Context, question string) (bool, error) {
	_ = w.do("ask " + question)
	return w.answer, w.fails["ask"]
}

func runRecovery(w *fixture, change ...func(*Recovery)) (int, string) {
	var out bytes.Buffer
	r := Recovery{
		Stack: "production", Project: "flowcomply", Backend: bucket, Root: root, Self: 900, Engine: w, Machine: w, Terminal: w, Out: &out,
		Connect: func(context.Context, Account) (AWS, error) { return w, w.fails["connect"] },
		Keep:    func(State) (string, error) { return "/tmp/kept.json", w.do("keep") },
		Choices: Choices{Yes: true, Wait: time.Minute},
	}
	for _, one := range change {
		one(&r)
	}
	code := r.Run(context.Background())
	return code, out.String()
}

// crashedFixture is what a killed update left: a lock, a plugin and a step, and a key that AWS has.
func crashedFixture(t *testing.T) *fixture {
	t.Helper()
	return &fixture{
		t: t, locks: []Lock{ourLock}, state: parsed(t, exported), fails: map[string]error{},
		procs: append(slices.Clone(others),
			Process{PID: 20, Project: "flowcomply"}.of(1, "pulumi-resource-command", dead), Process{PID: 21, Project: "flowcomply"}.of(20, "snapshot")),
		aws:     cloud{"aws:kms/key:Key k-1": map[string]any{"description": "data", "arn": "arn:aws:kms:r:1:key/k-1"}, "aws:sns/topic:Topic x": arbitrary},
		tagged:  [][]Tagged{{arn("kms:r:1:key/k-1", "")}},
		changes: []Change{{"create", "urn:pulumi:production::flowcomply::a$aws:kms/alias:Alias::data"}},
	}
}

func TestRun_SettlesWhatAKilledUpdateLeft(t *testing.T) {
	w := crashedFixture(t)
	code, said := runRecovery(w)
	assert.Equal(t, exit.Done, code, said)
	assert.Equal(t, []string{
		"end 21 within 5m0s", "end 20 within 10s", "unlock", "keep", "import", "refresh 2", "import", "preview",
	}, w.did, "what still works ends first, and the lock stays until all is decided")
	assert.Empty(t, w.state.Pending())
	key := w.state.Resources()[3]
	assert.Equal(t, "k-1", key.ID())
	assert.NotNil(t, key.Outputs()["deletionWindowInDays"])
	for _, want := range []string{
		"found  process 21, a step: snapshot\nwill   tell it to end, and wait 5m0s for what it has to finish\nsafe   its parent, process 20, is one too",
		"found  a lock of ana@ci-7 (process 4711), since 2026-11-26 01:00:00 UTC\nwill   remove it\nsafe   it was made on this machine, and process 4711 is gone",
		"found  an operation that was cut off: creating aws:kms/key:Key data\nwill   take it into the state\nsafe   AWS has it: k-1",
		"the state as it was: /tmp/kept.json", "in the state now: aws:kms/key:Key data, k-1",
		"the next update would make 1 change(s)", "create aws:kms/alias:Alias data", "next: pulumi up --stack production",
	} {
		assert.Contains(t, said, want)
	}
}

func TestRun_TouchesNothingWhereThereIsNothing(t *testing.T) {
	w := crashedFixture(t)
	w.locks, w.procs = nil, others
	delete(w.state.deployment, "pending_operations")
	w.tagged = nil
	code, said := runRecovery(w)
	assert.Equal(t, exit.Done, code)
	assert.Empty(t, w.did)
	assert.Contains(t, said, "nothing is left of an interrupted update")
}

// Each row is a reason to stop, with what was done until then.
func TestRun_StopsWhere(t *testing.T) {
	holder := Process{PID: 4711, Since: then.Add(-time.Minute)}.of(1, "pulumi", "up")
	foreign := ourLock
	foreign.Host = "ci-8"
	ended := []string{"end 21 within 5m0s", "end 20 within 10s"}
	settled := append(slices.Clone(ended), "unlock", "keep", "import", "refresh 2", "import", "preview")
	throttled := cloud{"aws:kms/key:Key k-1": errors.New("api error Throttling: later")}
	for name, row := range map[string]struct {
		change func(*fixture, *Recovery)
		code   int
		did    []string
		says   string
	}{
		"a live update holds the lock": {func(w *fixture, _ *Recovery) { w.procs = append(w.procs, holder) }, exit.Refused, nil, "process 4711 runs"},
		"a live update has lost its lock": {func(w *fixture, _ *Recovery) {
			w.locks = nil
			program := Process{PID: 52, Project: "flowcomply", Stack: "production", Monitor: alive}
			w.procs = append(w.procs, Process{PID: 50}.of(800, "pulumi"), program.of(50, "program"))
		}, exit.Refused, nil, "with its program as process 52"},
		"another machine has it":   {func(w *fixture, _ *Recovery) { w.locks = []Lock{foreign} }, exit.Refused, nil, "--force-host ci-8"},
		"locks cannot be read":     {func(w *fixture, _ *Recovery) { w.fails["locks"] = errors.New("no bucket") }, exit.Failed, nil, "no bucket"},
		"processes cannot be read": {func(w *fixture, _ *Recovery) { w.fails["processes"] = errors.New("no /proc") }, exit.Failed, nil, "no /proc"},
		"nobody agrees":            {func(_ *fixture, r *Recovery) { r.Choices.Yes = false }, exit.Refused, []string{"ask Do this?"}, "nothing more was done"},
		"there is nobody": {func(w *fixture, r *Recovery) {
			r.Choices.Yes = false
			w.fails["ask"] = errors.New("there is no terminal to ask at")
		}, exit.Refused, []string{"ask Do this?"}, "With --yes nothing is asked"},
		"a process does not end": {func(w *fixture, _ *Recovery) { w.stubborn = true }, exit.Failed, ended,
			"processes [21 20] could not be ended"},
		"AWS is not reached": {func(w *fixture, _ *Recovery) { w.fails["connect"] = errors.New("no credentials") }, exit.Failed, ended,
			"AWS account 123456789012: no credentials"},
		"AWS cannot be asked": {func(w *fixture, _ *Recovery) { w.aws = throttled }, exit.Failed, ended,
			"1 operation(s) could not be decided, so nothing was changed in the state, and the lock stays"},
		"nothing is known of a type": {func(w *fixture, _ *Recovery) {
			w.state = pendingState(t, [4]string{"creating", "aws:new/thing:Thing", "t", `{}`})
		}, exit.LeftAsItIs, ended, "run again with --import"},
		"the state's order does not let it in": {func(w *fixture, _ *Recovery) {
			w.state.Pending()[0].Resource["dependencies"] = []any{"urn:unknown"}
		}, exit.Failed, ended, "it needs urn:unknown, which is not before it in the state"},
		"somebody took the lock meanwhile": {func(w *fixture, r *Recovery) {
			r.Connect = func(context.Context, Account) (AWS, error) { w.locks = append(w.locks, ourLock); return w, nil }
		}, exit.Refused, ended, "somebody works on it"},
		"the state cannot be written down": {func(w *fixture, _ *Recovery) { w.fails["keep"] = errors.New("disk full") }, exit.Failed, settled[:4], "disk full"},
		"the state is not taken":           {func(w *fixture, _ *Recovery) { w.fails["import"] = errors.New("locked") }, exit.Failed, settled[:5], "locked"},
		"reading fails": {func(w *fixture, _ *Recovery) { w.fails["refresh 2"] = errors.New("throttled") }, exit.Failed,
			settled[:6], "throttled"},
		"the preview fails": {func(w *fixture, _ *Recovery) { w.fails["preview"] = errors.New("no source") }, exit.Failed,
			settled, "what was left is settled, but the preview failed: no source"},
		"what was adopted would be replaced": {func(w *fixture, _ *Recovery) { w.changes = []Change{{"replace", keyURN}} }, exit.LeftAsItIs,
			settled, "would replace what was adopted"},
	} {
		t.Run(name, func(t *testing.T) {
			w := crashedFixture(t)
			code, said := runRecovery(w, func(r *Recovery) { row.change(w, r) })
			assert.Equal(t, row.code, code, said)
			assert.Equal(t, row.did, w.did)
			assert.Contains(t, said, row.says)
		})
	}
}

// A recovery that was itself cut off, after it had adopted and before it had read.
func TestRun_GoesOnFromWhereItWasCutOff(t *testing.T) {
	w := crashedFixture(t)
	imported, err := importCreated(w.state, []Decision{{Operation: w.state.Pending()[0], Do: Importing, ID: "k-1"}})
	require.NoError(t, err)
	w.state, w.locks, w.procs = imported, nil, others
	code, said := runRecovery(w)
	assert.Equal(t, exit.Done, code)
	assert.Equal(t, []string{"refresh 1", "preview"}, w.did)
	assert.Contains(t, said, "found  adopted by a recovery that was cut off, and not read yet: aws:kms/key:Key data")
}

func TestRun_WaitsUntilAWSKnowsWhatItMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := crashedFixture(t)
		w.state.deployment["manifest"] = map[string]any{"time": time.Now().Add(-time.Minute).Format(time.RFC3339Nano)}
		w.tagged = append([][]Tagged{{}, {}}, w.tagged...)
		begin := time.Now()
		code, said := runRecovery(w, func(r *Recovery) { r.Choices.Settle = 2 * time.Minute })
		assert.Equal(t, exit.Done, code)
		assert.Equal(t, 2*between, time.Since(begin))
		assert.Contains(t, said, "AWS may still make known what was created last; asking again for 1m0s")
		assert.Contains(t, said, "in the state now: aws:kms/key:Key data, k-1")
	})
	synctest.Test(t, func(t *testing.T) {
		w := crashedFixture(t)
		w.state.deployment["manifest"] = map[string]any{"time": time.Now().Format(time.RFC3339Nano)}
		w.tagged = nil
		begin := time.Now()
		code, said := runRecovery(w, func(r *Recovery) { r.Choices.Settle = 2 * time.Minute })
		assert.Equal(t, exit.Done, code)
		assert.Equal(t, 2*time.Minute, time.Since(begin))
		assert.Contains(t, said, "will   forget the operation: the next update does what is to be done\nsafe   AWS has none")
	})
}

func TestRun_ListsWhatNobodyRemembers(t *testing.T) {
	w := crashedFixture(t)
	w.aws["aws:ec2/eip:Eip eipalloc-1"] = arbitrary
	w.tagged = [][]Tagged{{arn("kms:r:1:key/k-1", ""), arn("ec2:r:1:elastic-ip/eipalloc-1", ""), arn("ec2:r:1:natgateway/nat-1", "")}}
	code, said := runRecovery(w)
	assert.Equal(t, exit.Done, code)
	assert.Contains(t, said, "in no state; look what made it, and delete it or `pulumi import` it:\n  aws:ec2/eip:Eip eipalloc-1\n")
	assert.NotContains(t, said, "nat-1", "its tags outlive it")
}

// Without anything pending, an AWS that is not reached is no reason to leave a stale lock.
func TestRun_NeedsNoAWSForALock(t *testing.T) {
	w := crashedFixture(t)
	delete(w.state.deployment, "pending_operations")
	w.fails["connect"] = errors.New("no credentials")
	code, said := runRecovery(w)
	assert.Equal(t, exit.Done, code)
	assert.Equal(t, []string{"end 21 within 5m0s", "end 20 within 10s", "unlock", "preview"}, w.did)
	assert.Contains(t, said, "not looked for: AWS account 123456789012: no credentials")
}

// Drift asks the same question, and nothing is changed by it.
func TestUntracked_ChangesNothing(t *testing.T) {
	w := crashedFixture(t)
	w.aws["aws:ec2/eip:Eip eipalloc-1"] = arbitrary
	w.tagged = [][]Tagged{{arn("ec2:r:1:elastic-ip/eipalloc-1", ""), arn("ec2:r:1:natgateway/nat-1", "")}}
	connect := func(context.Context, Account) (AWS, error) { return w, nil }
	found, err := Untracked(t.Context(), w, connect)
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, "aws:ec2/eip:Eip eipalloc-1", found[0].Type+" "+found[0].ID)
	assert.Empty(t, w.did)
	for what, err := range map[string]error{"export": errors.New("no state"), "tagged": errors.New("no tags"), "lookup": errors.New("no answer")} {
		broken := crashedFixture(t)
		broken.tagged, broken.fails = [][]Tagged{{arn("ec2:r:1:elastic-ip/eipalloc-1", "")}}, map[string]error{what: err}
		_, got := Untracked(t.Context(), broken, func(context.Context, Account) (AWS, error) { return broken, nil })
		require.ErrorIs(t, got, err)
	}
	_, err = Untracked(t.Context(), w, func(context.Context, Account) (AWS, error) { return nil, errors.New("no login") })
	require.EqualError(t, err, "no login")
	w.state = NewState(nil)
	_, err = Untracked(t.Context(), w, connect)
	require.ErrorContains(t, err, "nothing can be found by it")
}
