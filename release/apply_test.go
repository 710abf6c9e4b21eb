package release

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/part"
)

// oneRelease is a stack that runs v1.0.0.
func oneRelease(t *testing.T) *fixture {
	t.Helper()
	w := newFixture(t, fileText(t))
	w.history = []Update{ran(1, "succeeded", config(t, fileText(t)))}
	w.outputs = outputsWith(record(1, "v1.0.0"))
	w.previews = [][]Event{rolls()}
	return w
}

func TestApply_ReleasesAndSaysWhatToLookAt(t *testing.T) {
	w := oneRelease(t)
	note := Event{EngineEvent: apitype.EngineEvent{DiagnosticEvent: &apitype.DiagnosticEvent{Severity: "info", Message: "migrations: run; new are [2]\n"}}}
	w.previews = [][]Event{append(rolls(), note,
		event(apitype.OpUpdate, part.ImageType, "backend-image", true, epoch), event(apitype.OpCreate, part.CommandType, "snapshot", true, epoch), event(apitype.OpCreate, part.CommandType, "frontend-image", true, epoch),
		event(apitype.OpReplace, part.CommandType, "migration", true, epoch), event(apitype.OpDelete, "aws:sns/topic:Topic", "old", true, epoch))}
	w.answers = []bool{true}
	w.updates = append(w.updates, w.proves(record(1, "v1.0.0"), record(2, "v1.1.0")))
	require.Equal(t, exit.Done, w.command().Apply(t.Context(), "v1.1.0", "", false), w.out.String())
	assert.Equal(t, versioned(t, "v1.1.0"), w.text())
	for _, line := range []string{
		"production: v1.0.0 is configured; releasing v1.1.0\n", "  migrations: run; new are [2]\n", "\n8 changes\n", "  images taken         frontend-image\n",
		"  builds               backend-image\n", "  snapshot             " + "snapshot\n", "  migrates             migration\n", "  services that roll   backend\n",
		"  replaced             backend-task, migration\n  deleted              old\n",
		"if it fails: goes back to the last proven release by itself, once services have begun to change\n",
		"v1.1.0 runs and is proven, after 2m40s",
	} {
		assert.Contains(t, w.out.String(), line)
	}
	require.Len(t, w.after, 1)
	assert.Equal(t, Released, w.after[0].What)
	assert.Equal(t, exit.Done, w.after[0].Exit)
}

// A key that the file spells without the project's name is edited where it stands.
func TestApply_EditsShortKeysWhereTheyStand(t *testing.T) {
	short := func(text string) string { return strings.ReplaceAll(text, "\n  "+prefix, "\n  ") }
	w := oneRelease(t)
	w.write(short(fileText(t)))
	w.updates = append(w.updates, w.proves(record(2, "v1.1.0")))
	require.Equal(t, exit.Done, w.command().Apply(t.Context(), "v1.1.0", "", true), w.out.String())
	assert.Equal(t, short(versioned(t, "v1.1.0")), w.text())
}

// Pins are a rollback's; a release is built from its source again.
func TestApply_TakesThePinsOut(t *testing.T) {
	w := oneRelease(t)
	const source = "  flowcomply:release.source:"
	w.write(fileText(t, source, "  flowcomply:release.pins:\n    number: 1\n    version: v1.0.0\n    digests:\n      backend: "+digest("v1.0.0", "backend")+"\n"+source))
	w.updates = append(w.updates, w.proves(record(2, "v1.1.0")))
	require.Equal(t, exit.Done, w.command().Apply(t.Context(), "v1.1.0", "", true), w.out.String())
	assert.Equal(t, versioned(t, "v1.1.0"), w.text())
}

func TestApply_OfWhatIsProvenIsNothing(t *testing.T) {
	w := oneRelease(t)
	w.previews = [][]Event{{event(apitype.OpSame, part.ServiceType, "backend", true, epoch)}}
	assert.Equal(t, exit.Done, w.command().Apply(t.Context(), "v1.0.0", "", false))
	assert.Contains(t, w.out.String(), "v1.0.0 is what runs, and it is proven: nothing to do.\n")
	assert.Empty(t, w.after)
}

func TestApply_RefusedLeavesEverythingAsItIs(t *testing.T) {
	for name, row := range map[string]struct {
		version string
		arrange func(*fixture)
		yes     bool
		want    string
	}{
		"no version": {version: "latest", want: "the stack file would not be one that the program takes:\n  configuration: flowcomply:release.version: \"latest\" is malformed"},
		"a preview that fails": {
			version: "v1.1.0", arrange: func(w *fixture) { w.refuse = errors.New("error: migration 2_drop is destructive") },
			want: "the preview failed, so that nothing was changed:\n  error: migration 2_drop is destructive",
		},
		"nobody to ask": {version: "v1.1.0", want: "nobody agreed: there is no terminal to ask at"},
		"the database, agreed beforehand": {
			version: "v1.1.0", yes: true,
			arrange: func(w *fixture) {
				w.previews = [][]Event{{event(apitype.OpReplace, "aws:rds/instance:Instance", "database", true, epoch)}}
			},
			want: "nobody agrees beforehand to that which holds data",
		},
		"another update runs": {
			version: "v1.1.0", yes: true, arrange: func(w *fixture) { w.history[0].Result = "in-progress" }, want: "another update of the stack is running",
		},
		"another update holds the lock": {
			version: "v1.1.0", yes: true,
			arrange: func(w *fixture) { w.updates = append(w.updates, func() ([]Event, error) { return nil, ErrLocked }) },
			want:    ErrLocked.Error() + ": nothing was changed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := oneRelease(t)
			if row.arrange != nil {
				row.arrange(w)
			}
			assert.Equal(t, exit.Refused, w.command().Apply(t.Context(), row.version, "", row.yes), w.out.String())
			assert.Contains(t, w.out.String(), row.want)
			assert.Equal(t, fileText(t), w.text())
			assert.Empty(t, w.after)
		})
	}
}

// The next `up` of anybody would try the release again; the command that makes it knows the version.
func TestApply_ThatFailsBeforeServicesPutsTheStackFileBack(t *testing.T) {
	w := oneRelease(t)
	w.updates = append(w.updates, w.fails(event(apitype.OpCreate, part.CommandType, "migration", false, epoch)))
	assert.Equal(t, exit.Failed, w.command().Apply(t.Context(), "v1.1.0", "", true))
	assert.Equal(t, fileText(t), w.text())
	assert.Contains(t, w.out.String(), "No service had begun to change: what served before serves.")
	require.Len(t, w.after, 1)
	assert.False(t, w.after[0].ServicesStarted)
	assert.Nil(t, w.after[0].Rollback)
}
