package limited

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/plugins/simulated"
)

const (
	budget       = "urn:pulumi:local::flowcomply::flowcomply:budget:Budget$aws:budgets/budget:Budget::budget"
	dashboard    = "urn:pulumi:local::flowcomply::flowcomply:dashboard:Dashboard$aws:cloudwatch/dashboard:Dashboard::overview"
	verification = "urn:pulumi:local::flowcomply::flowcomply:check:Check$command:local:Command::verify"
	migration    = "urn:pulumi:local::flowcomply::flowcomply:migration:Migration$command:local:Command::migration"
	unverified   = "v1.2.0 was not verified"
	left         = "the stack's outputs stay those of v1.1.0"
)

// Each is made while v1.1.0 is what runs and was verified, and v1.2.0 is what the stack file says.
func TestLimitedUpdate_NamesNoReleaseThatItDidNotVerify(t *testing.T) {
	for name, row := range map[string]struct {
		prepare [][]string // that succeed
		fails   string     // a resource that cannot be made
		command []string
		says    []string
		err     bool
	}{
		"a target": {command: []string{"up", "--target", budget}, says: []string{unverified, left, "snapshot was run for", "backend-image is a build of"}},
		"a target and what depends on it": {
			command: []string{"up", "--target", dashboard, "--target-dependents"}, says: []string{unverified, left},
		},
		"the verification as the target":    {command: []string{"up", "--target", verification}, says: []string{"left out parts of it"}, err: true},
		"the services as targets":           {command: []string{"up", "--target", "**backend-task", "--target", "**frontend-task"}, says: []string{left}},
		"a target that is replaced":         {command: []string{"up", "--target-replace", budget}, says: []string{unverified, left}},
		"all but the verification":          {command: []string{"up", "--exclude", verification}, says: []string{unverified, left}},
		"all but the migration":             {command: []string{"up", "--exclude", migration}, says: []string{"left out parts of it", "migration was run for"}, err: true},
		"all but an image":                  {command: []string{"up", "--exclude", "**backend-image"}, says: []string{"left out parts of it", "backend-image is a build of"}, err: true},
		"all but preflight":                 {command: []string{"up", "--exclude", "**preflight"}, says: []string{"left out parts of it", "preflight was run for"}, err: true},
		"all but what needs the migration":  {command: []string{"up", "--exclude", migration, "--exclude-dependents"}, says: []string{unverified, left, "migration was run for"}},
		"a refresh":                         {command: []string{"refresh"}},
		"a refresh that runs the program":   {command: []string{"refresh", "--run-program"}, says: []string{unverified, left}},
		"a destruction that runs it":        {command: []string{"destroy", "--run-program", "--target", dashboard}},
		"a verification in no state":        {prepare: [][]string{{"state", "delete", verification}}, command: []string{"up", "--target", budget}, says: []string{unverified, left}},
		"a migration in no state":           {prepare: [][]string{{"state", "delete", migration, "--target-dependents"}}, command: []string{"up", "--target", budget}, says: []string{unverified, left}},
		"a part that was destroyed":         {prepare: [][]string{{"destroy", "--target", dashboard}}, command: []string{"up", "--target", budget}, says: []string{unverified, left}},
		"errors that are gone on from":      {fails: "aws:ecs/service:Service::frontend", command: []string{"up", "--continue-on-error"}, err: true},
		"verification that fails, likewise": {fails: "command:local:Command::verify", command: []string{"up", "--continue-on-error"}, err: true},
		"a budget that fails, in a target":  {fails: "aws:budgets/budget:Budget::budget", command: []string{"up", "--continue-on-error", "--target-replace", budget}, err: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := open(t)
			for _, command := range row.prepare {
				require.NoError(t, f.step(func() error { return f.pulumi(command...) }), f.said)
			}
			f.configure("v1.2.0")
			var said string
			err := f.step(func() error {
				err := f.pulumiFailing(row.fails, row.command...)
				said = f.said
				return err
			})
			assert.Equal(t, row.err, err != nil, said)
			for _, text := range row.says {
				assert.Contains(t, said, text)
			}
			f.is("v1.1.0", 2)
		})
	}
}

// The next whole update goes on from what a limited one has made, and releases.
func TestWholeUpdate_ReleasesWhatALimitedOneLeft(t *testing.T) {
	f := open(t)
	f.configure("v1.2.0")
	require.NoError(t, f.step(func() error { return f.pulumi("up", "--exclude", verification) }), f.said)
	require.NoError(t, f.step(func() error { return f.pulumi("up") }), f.said)
	f.is("v1.2.0", 3)
	var made []string
	for _, event := range f.events() {
		if event.Phase == simulated.End && (event.Op == simulated.Create || event.Op == simulated.Update) {
			made = append(made, resource.URN(event.URN).Name())
		}
	}
	// The images are in the registry now, so that they are checked there and not built.
	assert.ElementsMatch(t, []string{"preflight", "backend-image", "frontend-image", "verify"}, made, f.said)
}

// What is verified beside a failure of something else was verified.
func TestUpdateThatFailsElsewhere_NamesTheReleaseThatItVerified(t *testing.T) {
	f := open(t)
	f.configure("v1.2.0")
	f.edit("monthlyUsd", "251")
	require.Error(t, f.step(func() error {
		return f.pulumiFailing("aws:budgets/budget:Budget::budget", "up", "--continue-on-error")
	}), f.said)
	f.is("v1.2.0", 3)
}

// A stack that exports nothing yet exports nothing of an update that was limited.
func TestFirstUpdate_ExportsNothingWhereItIsLimited(t *testing.T) {
	f := open(t)
	require.NoError(t, f.step(func() error { return f.pulumi("destroy") }), f.said)
	require.NoError(t, f.step(func() error { return f.pulumi("up", "--exclude", verification) }), f.said)
	assert.Contains(t, f.said, "the stack has no outputs before a release is verified")
	require.NoError(t, f.step(func() error { return f.pulumi("up") }), f.said)
	f.is("v1.1.0", 1)
}

// A version that is refused changes nothing that was verified.
func TestRefusedUpdate_KeepsTheOutputs(t *testing.T) {
	f := open(t)
	f.edit("flowcomply:release.version", "latest")
	require.Error(t, f.step(func() error { return f.pulumi("up") }), f.said)
	f.is("v1.1.0", 2)
}
