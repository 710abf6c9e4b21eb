package snapshot_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/components/snapshot"
)

// These tests prove what is asked of the engine. They do not prove what the program does with it, which its own tests
// do, nor that the engine runs it only when it should.

const commandType = "command:local:Command"

func wiring() snapshot.Args {
	return snapshot.Args{
		ID: snapshot.ID("flowcomply-production", "v1.1.0", 7), Region: "ap-southeast-2", Database: pulumi.String("flowcomply-production"),
		Version: "v1.1.0", Number: 7, Stack: "production",
	}
}

// declare runs the component after another resource, and before one that waits for it.
func declare(t *testing.T, spec snapshot.Spec, options ...record.Option) *record.Graph {
	t.Helper()
	return record.Run(t, func(ctx *pulumi.Context) error {
		var before, after pulumi.CustomResourceState
		if err := ctx.RegisterResource("test:index:Thing", "before", pulumi.Map{}, &before); err != nil {
			return err
		}
		in := wiring()
		in.After = []pulumi.Resource{&before}
		taken, err := snapshot.New(ctx, "snapshot", spec, in)
		if err != nil {
			return err
		}
		return ctx.RegisterResource("test:index:Thing", "after", pulumi.Map{}, &after, pulumi.DependsOn([]pulumi.Resource{taken.Done}))
	}, options...)
}

func TestNew_Golden(t *testing.T) {
	spec := snapshot.Spec{Keep: 10, TimeoutMinutes: 60}
	graph := declare(t, spec)
	graph.Golden(t, "snapshot")
	assert.Equal(t, graph.String(), declare(t, spec, record.Preview()).String(), "a preview shows the step")
}

func TestNew_RunsTheProgramOnceForEachID(t *testing.T) {
	graph := declare(t, snapshot.Spec{Keep: 3, TimeoutMinutes: 90})
	command := graph.One(t, commandType, "snapshot")
	assert.Equal(t, "go run ./cmd/step snapshot --region ap-southeast-2 --database flowcomply-production "+
		"--id flowcomply-production-pre-deploy-v1-1-0-7 --version v1.1.0 --number 7 --stack production --keep 3 --timeout 90m", command.Get("create"))
	assert.Equal(t, []any{"flowcomply-production-pre-deploy-v1-1-0-7"}, command.Get("triggers"))
	assert.NotContains(t, command.Get("update"), "go run", "another number of snapshots to keep is no reason to take one")
	assert.Nil(t, command.Get("delete"), "destroying the stack deletes no snapshot")
	require.Len(t, command.DependsOn, 1)
	assert.Contains(t, command.DependsOn[0], "before")
	waits := graph.One(t, "test:index:Thing", "after").DependsOn
	require.Len(t, waits, 1)
	assert.Contains(t, waits[0], commandType)
}

func TestNew_RefusesWhatCannotBe(t *testing.T) {
	for want, change := range map[string]func(*snapshot.Spec, *snapshot.Args){
		"keep: 1 is out of range":              func(s *snapshot.Spec, _ *snapshot.Args) { s.Keep = 1 },
		`snapshot "snapshot": its ID is empty`: func(_ *snapshot.Spec, in *snapshot.Args) { in.ID = "" },
	} {
		spec, in := snapshot.Spec{Keep: 10, TimeoutMinutes: 60}, wiring()
		change(&spec, &in)
		_, err := record.Try(func(ctx *pulumi.Context) error {
			_, err := snapshot.New(ctx, "snapshot", spec, in)
			return err
		})
		require.ErrorContains(t, err, want)
	}
}

func TestSpec_Validate(t *testing.T) {
	for _, row := range []struct {
		spec snapshot.Spec
		want string
	}{
		{snapshot.Spec{Keep: 2, TimeoutMinutes: 1}, ""},
		{snapshot.Spec{Keep: 100, TimeoutMinutes: 1440}, ""},
		{snapshot.Spec{}, "keep: 0 is out of range; allowed: 2 to 100\ntimeoutMinutes: 0 is out of range; allowed: 1 to 1440"},
		{snapshot.Spec{Keep: 101, TimeoutMinutes: 1441}, "keep: 101 is out of range; allowed: 2 to 100\ntimeoutMinutes: 1441 is out of range; allowed: 1 to 1440"},
	} {
		if err := row.spec.Validate(); row.want == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, row.want)
		}
	}
}

// RDS refuses two hyphens in a row and one at the end, and writes capitals small.
func TestID_IsWhatRDSTakes(t *testing.T) {
	for version, want := range map[string]string{
		"v1.1.0":                            "flowcomply-production-pre-deploy-v1-1-0-7",
		"v1.1.0-rc.1":                       "flowcomply-production-pre-deploy-v1-1-0-rc-1-7",
		"v1.1.0-RC--1":                      "flowcomply-production-pre-deploy-v1-1-0-rc-1-7",
		"v1.1.0-alpha.-b-":                  "flowcomply-production-pre-deploy-v1-1-0-alpha-b-7",
		"v1.1.0-" + strings.Repeat("x", 57): "flowcomply-production-pre-deploy-v1-1-0-" + strings.Repeat("x", 57) + "-7",
	} {
		got := snapshot.ID("flowcomply-production", version, 7)
		assert.Equal(t, want, got)
		assert.Regexp(t, `^[a-z](-?[a-z0-9])*$`, got)
	}
	assert.NotEqual(t, snapshot.ID("d", "v1.0.0", 1), snapshot.ID("d", "v1.0.0", 2), "the version again is another release")
}
