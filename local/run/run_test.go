package run

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/engine"
)

// These tests decide over changes, stack files and locks. That an update makes the changes that are expected here, the
// end-to-end test and the rehearsals prove.

const (
	task    = "aws:ecs/taskDefinition:TaskDefinition"
	service = "aws:ecs/service:Service"
	picture = "docker:index/image:Image"
)

func least() []engine.Change {
	return []engine.Change{
		{Op: "update", Type: picture, Name: "backend-image"},
		{Op: "update", Type: picture, Name: "frontend-image", Diff: []string{"imageName"}},
		{Op: "replace", Type: task, Name: "backend-task"},
		{Op: "update", Type: service, Name: "backend"},
	}
}

func TestOnlyTheImage_NoMoreAndNoLess(t *testing.T) {
	frontend := engine.Change{Op: "update", Type: task, Name: "frontend-task", Diff: []string{"tags"}}
	for name, row := range map[string]struct {
		changes []engine.Change
		want    string
	}{
		"what must":         {changes: least()},
		"what must and may": {changes: append(least(), frontend)},
		"the database too": {
			changes: append(least(), engine.Change{Op: "replace", Type: "aws:rds/instance:Instance", Name: "main", Diff: []string{"kmsKeyId"}}),
			want:    "changed without need: replace  aws:rds/instance:Instance main (kmsKeyId)",
		},
		"another service's deployment": {
			changes: append(least(), engine.Change{Op: "update", Type: service, Name: "frontend"}),
			want:    "changed without need: update   aws:ecs/service:Service frontend",
		},
		"a replaced service": {
			changes: append(least()[:3], engine.Change{Op: "replace", Type: service, Name: "backend"}),
			want: "changed without need: replace  aws:ecs/service:Service backend\n" +
				"did not change: update aws:ecs/service:Service backend",
		},
		"no deployment": {changes: least()[:3], want: "did not change: update aws:ecs/service:Service backend"},
		"nothing": {want: "did not change: replace aws:ecs/taskDefinition:TaskDefinition backend-task\n" +
			"did not change: update aws:ecs/service:Service backend\n" +
			"did not change: update docker:index/image:Image backend-image\n" +
			"did not change: update docker:index/image:Image frontend-image"},
	} {
		t.Run(name, func(t *testing.T) {
			err := OnlyTheImage(row.changes)
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, row.want)
		})
	}
}

func TestSettings_AreReadFromTheRealStackFiles(t *testing.T) {
	key, pager := "flowcomply:ANTHROPIC_API_KEY", "flowcomply:PAGERDUTY_ENDPOINT"
	for stack, want := range map[string]struct {
		account, protection, name string
		secrets                   []string
	}{
		"production": {"210987654321", "full", "flowcomply-production", []string{key, pager}},
		"staging":    {"210987654321", "none", "flowcomply-staging", []string{key}},
		"local":      {"000000000000", "none", "flowcomply-local", []string{key}},
	} {
		t.Run(stack, func(t *testing.T) {
			file := filepath.Join("..", "..", "Pulumi."+stack+".yaml")
			settings, err := settingsOf(file)
			require.NoError(t, err)
			assert.Equal(t, want.account, settings.Account)
			assert.Equal(t, "ap-southeast-2", settings.Region)
			protection, name, err := protectionOf(file)
			require.NoError(t, err)
			assert.Equal(t, want.protection, protection)
			assert.Equal(t, want.name, name)
			secrets, err := placeholders(file)
			require.NoError(t, err)
			var keys []string
			for key, value := range secrets {
				keys = append(keys, key)
				assert.GreaterOrEqual(t, len(value), 16, key)
			}
			assert.ElementsMatch(t, want.secrets, keys)
		})
	}
}

func TestSettings_FailWithoutAFileThatCanBeRead(t *testing.T) {
	_, err := settingsOf(filepath.Join(t.TempDir(), "Pulumi.x.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "stack file: ")
	broken := filepath.Join(t.TempDir(), "Pulumi.x.yaml")
	require.NoError(t, os.WriteFile(broken, []byte("config: [\n"), 0o644))
	_, err = placeholders(broken)
	require.ErrorContains(t, err, "stack file "+broken+": yaml: ")
}

func TestLock_RefusesASecondHolderAndNamesTheFirst(t *testing.T) {
	r := Run{Root: t.TempDir(), Name: "up"}
	held, err := r.lock()
	require.NoError(t, err)
	self := strconv.Itoa(os.Getpid())
	_, err = r.lock()
	require.EqualError(t, err, "another command works on .local/up (process "+self+"); wait for it, or end it with `kill "+self+"`")

	other, err := Run{Root: r.Root, Name: "rehearse-production"}.lock()
	require.NoError(t, err, "another run folder is free")
	require.NoError(t, other.Close())

	require.NoError(t, held.Close())
	again, err := r.lock()
	require.NoError(t, err)
	text, err := os.ReadFile(again.Name())
	require.NoError(t, err)
	assert.Equal(t, self, string(text), "once, not once a holder")
	require.NoError(t, again.Close())
}

func TestInPlace_TellsARemovedLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "up.lock")
	open := func() *os.File {
		file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
		require.NoError(t, err)
		t.Cleanup(func() { _ = file.Close() })
		return file
	}
	first := open()
	assert.True(t, inPlace(first))
	require.NoError(t, os.Remove(name))
	assert.False(t, inPlace(first))
	second := open()
	assert.False(t, inPlace(first), "the name is another file's by now")
	assert.True(t, inPlace(second))
}

func TestCommands_RefuseWhileAnotherWorks(t *testing.T) {
	r := Run{Root: t.TempDir(), Name: "up", Stack: "local", Out: &bytes.Buffer{}}
	held, err := r.lock()
	require.NoError(t, err)
	defer held.Close()
	for name, do := range map[string]func(context.Context) error{"up": r.Up, "down": r.Down, "rehearse": r.Rehearse} {
		require.ErrorContains(t, do(context.Background()), "another command works on .local/up", name)
	}
	assert.NoDirExists(t, r.folder(), "nothing was begun")
	assert.FileExists(t, held.Name(), "the lock is still the holder's")
}

func TestDown_WithNothingUpLeavesNothing(t *testing.T) {
	var out bytes.Buffer
	r := Run{Root: t.TempDir(), Name: "up", Stack: "local", Out: &out}
	require.NoError(t, r.Down(context.Background()))
	assert.Equal(t, "nothing is up\n", out.String())
	left, err := os.ReadDir(filepath.Join(r.Root, ".local"))
	require.NoError(t, err)
	assert.Empty(t, left)
	require.EqualError(t, r.Environment(), "nothing is up; `make up` first")
}
