package run

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
	command = "command:local:Command"
)

func least() []engine.Change {
	return []engine.Change{
		{Op: "update", Type: picture, Name: "backend-image"},
		{Op: "update", Type: picture, Name: "frontend-image", Diff: []string{"imageName"}},
		{Op: "replace", Type: command, Name: "preflight"},
		{Op: "create", Type: command, Name: "snapshot"},
		{Op: "create", Type: "flowcomply:snapshot:Snapshot", Name: "snapshot"},
		{Op: "update", Type: command, Name: "verify"},
		{Op: "replace", Type: task, Name: "backend-task"},
		{Op: "update", Type: service, Name: "backend"},
	}
}

func TestRelease_ChangesNoMoreAndNoLess(t *testing.T) {
	frontend := engine.Change{Op: "update", Type: task, Name: "frontend-task", Diff: []string{"tags"}}
	next, err := nextRelease(map[string]string{"frontend": "frontend", "backend": "backend"})
	require.NoError(t, err)
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
			changes: append(least()[:7], engine.Change{Op: "replace", Type: service, Name: "backend"}),
			want: "changed without need: replace  aws:ecs/service:Service backend\n" +
				"did not change: update aws:ecs/service:Service backend",
		},
		"no deployment": {changes: least()[:7], want: "did not change: update aws:ecs/service:Service backend"},
		"nothing": {want: "did not change: create command:local:Command snapshot\n" +
			"did not change: create flowcomply:snapshot:Snapshot snapshot\n" +
			"did not change: replace aws:ecs/taskDefinition:TaskDefinition backend-task\n" +
			"did not change: replace command:local:Command preflight\n" +
			"did not change: update aws:ecs/service:Service backend\n" +
			"did not change: update command:local:Command verify\n" +
			"did not change: update docker:index/image:Image backend-image\n" +
			"did not change: update docker:index/image:Image frontend-image"},
	} {
		t.Run(name, func(t *testing.T) {
			err := next.judge(row.changes)
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, row.want)
		})
	}
}

func TestOnlyTheImage_TakesOneDeploymentWhicheverItIs(t *testing.T) {
	require.NoError(t, OnlyTheImage(least()))
	require.EqualError(t, OnlyTheImage(nil), "0 services are deployed anew, and one image differs: []")
	require.EqualError(t, OnlyTheImage(append(least(), engine.Change{Op: "update", Type: service, Name: "frontend"})),
		"2 services are deployed anew, and one image differs: [backend frontend]")
	require.EqualError(t, OnlyTheImage(least()[1:]),
		"changed without need: replace  aws:ecs/taskDefinition:TaskDefinition backend-task\n"+
			"changed without need: update   aws:ecs/service:Service backend")
}

func TestNextRelease_ChangesTheFirstServiceWithAnImage(t *testing.T) {
	for name, row := range map[string]struct {
		folders map[string]string
		want    release
	}{
		"two": {
			map[string]string{"frontend": "web", "backend": "api"},
			release{services: []string{"backend", "frontend"}, deployed: []string{"backend"}, folder: "api"},
		},
		"a third from the same folder": {
			map[string]string{"frontend": "web", "backend": "api", "worker": "api"},
			release{services: []string{"backend", "frontend", "worker"}, deployed: []string{"backend", "worker"}, folder: "api"},
		},
		"a third that comes first": {
			map[string]string{"frontend": "web", "backend": "api", "admin": "admin"},
			release{services: []string{"admin", "backend", "frontend"}, deployed: []string{"admin"}, folder: "admin"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			next, err := nextRelease(row.folders)
			require.NoError(t, err)
			assert.Equal(t, row.want, next)
			for _, one := range next.services {
				_, needed := next.expected()["update "+service+" "+one]
				assert.Equal(t, slices.Contains(next.deployed, one), needed, one)
				assert.True(t, next.expected()["update "+picture+" "+one+"-image"], one)
			}
		})
	}
	_, err := nextRelease(nil)
	require.EqualError(t, err, "the stack file has no service with an image that could be released")
}

func TestContexts_AreReadFromTheRealStackFiles(t *testing.T) {
	for _, stack := range []string{"production", "staging", "local"} {
		folders, err := contexts(filepath.Join("..", "..", "Pulumi."+stack+".yaml"))
		require.NoError(t, err)
		assert.Subset(t, folders, map[string]string{"backend": "backend", "frontend": "frontend"}, stack)
	}
}

func TestBuildContexts_NamesTheServiceWithoutAStandIn(t *testing.T) {
	r := Run{Root: t.TempDir(), Name: "up", Stack: "x"}
	require.NoError(t, os.MkdirAll(filepath.Join(r.Root, "local", "sampleapp"), 0o755))
	text := "config:\n  flowcomply:services:\n    worker:\n      image: {context: jobs}\n    other:\n      cpu: 256\n"
	require.NoError(t, os.WriteFile(r.file(), []byte(text), 0o600))
	require.EqualError(t, r.buildContexts(context.Background(), engine.Stack{}),
		"service worker: the stand-in application has no jobs; add local/sampleapp/jobs with a Dockerfile and a program")
}

func TestSettings_AreReadFromTheRealStackFiles(t *testing.T) {
	key, pager, smoke := "flowcomply:ANTHROPIC_API_KEY", "flowcomply:PAGERDUTY_ENDPOINT", "flowcomply:SMOKE_USER"
	for stack, want := range map[string]struct {
		account, protection, name string
		secrets                   []string
	}{
		"production": {"210987654321", "full", "flowcomply-production", []string{key, pager, smoke}},
		"staging":    {"210987654321", "none", "flowcomply-staging", []string{key, smoke}},
		"local":      {"000000000000", "none", "flowcomply-local", nil}, // has its own
	} {
		whole := filepath.Join("..", "..", "Pulumi."+stack+".yaml")
		text, err := os.ReadFile(whole)
		require.NoError(t, err)
		short := filepath.Join(t.TempDir(), "Pulumi."+stack+".yaml") // which the engine reads alike
		require.NoError(t, os.WriteFile(short, []byte(strings.ReplaceAll(string(text), "\n  flowcomply:", "\n  ")), 0o600))
		for spelt, file := range map[string]string{"": whole, ", short keys": short} {
			t.Run(stack+spelt, func(t *testing.T) {
				settings, err := settingsOf(file)
				require.NoError(t, err)
				assert.Equal(t, want.account, settings.Account)
				assert.Equal(t, "ap-southeast-2", settings.Region)
				protection, name, err := protectionOf(file)
				require.NoError(t, err)
				assert.Equal(t, want.protection, protection)
				assert.Equal(t, want.name, name)
				parsed, err := read(file)
				require.NoError(t, err)
				secrets, err := parsed.placeholders()
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
}

func TestSettings_FailWithoutAFileThatCanBeRead(t *testing.T) {
	_, err := settingsOf(filepath.Join(t.TempDir(), "Pulumi.x.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "stack file: ")
	broken := filepath.Join(t.TempDir(), "Pulumi.x.yaml")
	require.NoError(t, os.WriteFile(broken, []byte("config: [\n"), 0o644))
	_, err = read(broken)
	require.ErrorContains(t, err, `stack file "`+broken+`": invalid YAML file: `)
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

func TestExported_GivesTheShellTheValueItself(t *testing.T) {
	for _, value := range []string{
		"", "plain", "two words", "it's", `"double"`, "$HOME ${HOME} $(id) `id`", `back\slash\n`, "a=b", "two\nlines", "!x *~#;&|<>", "'", "é",
	} {
		line := exported("NAME_OF_A_TEST=" + value)
		out, err := exec.Command("sh", "-c", line+`; printf %s. "$NAME_OF_A_TEST"`).CombinedOutput()
		require.NoError(t, err, line)
		assert.Equal(t, value+".", string(out), line)
	}
	assert.Equal(t, `export PATH='/a b:$PATH'`, exported("PATH=/a b:$PATH"))
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
