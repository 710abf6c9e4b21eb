package release

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/part"
	"github.com/flowcomply/infrastructure/stacks"
)

// Whatever speaks against it, the stack file is the same to the byte, and nobody was updated.
func TestRollback_RefusedLeavesEverythingAsItIs(t *testing.T) {
	for name, row := range map[string]struct {
		arrange func(*fixture)
		to      string
		yes     bool
		want    []string
	}{
		"a digest is gone": {
			arrange: func(w *fixture) { w.gone = []string{digest("v1.0.0", "frontend")} },
			want: []string{
				"images of v1.0.0 are gone:\n  frontend: registry.test/flowcomply-frontend@" + digest("v1.0.0", "frontend"), "next: choose a later release",
			},
		},
		"the schema has contracted": {
			arrange: func(w *fixture) { w.outputs = outputsWith(record(1, "v1.0.0"), record(2, "v1.1.0", "2_drop")) },
			want:    []string{"the database's schema has contracted since v1.0.0, which may not survive it:\n  2_drop, which was applied\nnext: ", "--force"},
		},
		"a service has no image in the record": {
			arrange: func(w *fixture) {
				old := record(1, "v1.0.0")
				delete(old.Images, "frontend")
				w.outputs = outputsWith(old, record(2, "v1.1.0"))
			},
			want: []string{"v1.0.0 is not a release of all services that there are now:\n  service frontend has no image in it"},
		},
		"it would replace the database": {
			arrange: func(w *fixture) {
				w.previews = [][]Event{append(rolls(), event(apitype.OpReplace, "aws:rds/instance:Instance", "database", true, epoch))}
			},
			want: []string{
				"going back to v1.0.0 would do more than run it again:\n  replace aws:rds/instance:Instance database: must stay, and holds data or is what others stand on",
			},
		},
		"it would build and migrate": {
			arrange: func(w *fixture) {
				w.previews = [][]Event{{
					event(apitype.OpUpdate, part.ImageType, "backend-image", true, epoch), event(apitype.OpReplace, part.CommandType, "migration", true, epoch),
				}}
			},
			want: []string{"migration: would migrate, and going back leaves the schema as it is", "backend-image: would make an image, and going back runs the old ones"},
		},
		"the engine refuses": {
			arrange: func(w *fixture) { w.refuse = errors.New("error: no") },
			want:    []string{"the preview failed, so that nothing was changed:\n  error: no"},
		},
		"another update runs": {
			arrange: func(w *fixture) {
				w.history = append([]Update{{Kind: "update", Result: "in-progress", Start: epoch, Config: w.history[0].Config}}, w.history...)
				w.history[0].Start = epoch.AddDate(0, 0, 1)
			},
			want: []string{"another update of the stack is running, since 2026-11-21 10:00 UTC\nnext: wait for it"},
		},
		"another update holds the lock": {
			arrange: func(w *fixture) {
				w.updates = append(w.updates, func() ([]Event, error) { return nil, ErrLocked })
			},
			yes:  true,
			want: []string{ErrLocked.Error() + ": nothing was changed\nnext: wait for it"},
		},
		"nobody to ask":       {want: []string{"nobody agreed: there is no terminal to ask at\nnext: use --yes"}},
		"somebody says no":    {arrange: func(w *fixture) { w.answers = []bool{false} }, want: []string{"not agreed: nothing was changed"}},
		"an unknown release":  {to: "v0.9.0", want: []string{"v0.9.0 was never proven on this stack\nnext: choose one of v1.1.0, v1.0.0"}},
		"no release is known": {arrange: func(w *fixture) { w.outputs = outputsWith() }, want: []string{"no release of this stack was proven yet"}},
		"the old configuration is none": {
			arrange: func(w *fixture) {
				w.history[1].Config = config(w.t, fileText(w.t, "maxTasks: 10", "maxTasks: 1"))
			},
			want: []string{"the stack file would not be one that the program takes:\n  configuration: flowcomply:services.backend.maxTasks: 1 is out of range"},
		},
		"somebody else edits the stack file": {
			arrange: func(w *fixture) {
				w.refuse, w.previews = nil, nil
				w.answers = []bool{true}
			},
			want: []string{"was changed by somebody else meanwhile"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := twoReleases(t)
			if row.arrange != nil {
				row.arrange(w)
			}
			before := w.text()
			command := w.command()
			if strings.HasPrefix(name, "somebody else") {
				command.Terminal = meddler{w}
				before += "# theirs\n"
			}
			assert.Equal(t, exit.Refused, command.Rollback(t.Context(), row.to, row.yes, false), w.out.String())
			for _, want := range row.want {
				assert.Contains(t, w.out.String(), want)
			}
			assert.Equal(t, before, w.text())
			assert.Empty(t, w.after)
		})
	}
}

// meddler edits the stack file while they are asked.
type meddler struct{ *fixture }

func (m meddler) Ask(ctx context.Context, question string) (bool, error) {
	m.write(m.text() + "# theirs\n")
	return m.fixture.Ask(ctx, question)
}

func TestValidateRollback_RefusesWhatHasNoPlaceInGoingBack(t *testing.T) {
	type row struct {
		step Step
		want string // none: it may be
	}
	rows := []row{
		{Step{Op: "update", Type: part.ServiceType, Name: "backend"}, ""},
		{Step{Op: "replace", Type: taskType, Name: "backend-task"}, ""},
		{Step{Op: "update", Type: "aws:rds/instance:Instance", Name: "database"}, ""},
		{Step{Op: "delete", Type: "aws:sns/topic:Topic", Name: "t", Protected: true}, "delete aws:sns/topic:Topic t: must stay, and is protected"},
		{Step{Op: "replace", Type: part.ServiceType, Name: "backend"}, "replace aws:ecs/service:Service backend: must stay, and holds data or is what others stand on"},
		{Step{Op: "create", Type: part.CommandType, Name: "preflight"}, ""},
		{Step{Op: "replace", Type: part.CommandType, Name: "verify"}, ""},
		{Step{Op: "create", Type: part.ImageType, Name: "backend-image"}, "would make an image"},
		{Step{Op: "update", Type: part.ImageType, Name: "backend-image"}, "would make an image"},
		{Step{Op: "delete", Type: part.ImageType, Name: "backend-image"}, ""},
		{Step{Op: "create", Type: part.CommandType, Name: "backend-image"}, ""}, // publish, which builds nothing
		{Step{Op: "update", Type: part.CommandType, Name: "backend-image"}, ""},
		{Step{Op: "replace", Type: part.CommandType, Name: "snapshot"}, "would take a snapshot"},
		{Step{Op: "update", Type: part.CommandType, Name: "snapshot"}, ""},
		{Step{Op: "create", Type: part.CommandType, Name: "migration"}, "would migrate"},
		{Step{Op: "update", Type: part.CommandType, Name: "migration"}, ""},
		{Step{Op: "replace", Type: part.CommandType, Name: "jwt-secret-value"}, "may make a new secret"},
		{Step{Op: "delete", Type: part.CommandType, Name: "jwt-secret-value"}, ""},
	}
	for _, typ := range stacks.Stateful() {
		rows = append(rows,
			row{Step{Op: "replace", Type: typ, Name: "x"}, "must stay"}, row{Step{Op: "delete", Type: typ, Name: "x"}, "must stay"},
			row{Step{Op: "update", Type: typ, Name: "x"}, ""})
	}
	for _, row := range rows {
		reasons := validateRollback([]Step{row.step})
		if row.want == "" {
			assert.Empty(t, reasons, row.step.String())
			continue
		}
		if assert.Len(t, reasons, 1, row.step.String()) {
			assert.Contains(t, reasons[0], row.want)
		}
	}
}
