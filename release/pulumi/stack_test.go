package pulumi

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	recovery "github.com/flowcomply/infrastructure/release/recover"
)

// The CLI is a script here that says what the real one was seen to say. That the real one takes these commands, the test
// with a killed engine proves (local/tests/recovery).

// stack is one whose CLI is a script, with the arguments of each call in a file.
func stack(t *testing.T, script string) (Stack, func() []string, *bytes.Buffer) {
	t.Helper()
	folder, out := t.TempDir(), &bytes.Buffer{}
	calls := filepath.Join(folder, "calls")
	program := filepath.Join(folder, "pulumi")
	text := "#!/bin/sh\necho \"$*\" >>" + calls + "\ncase \"$*\" in\n" + script + "\nesac\n"
	require.NoError(t, os.WriteFile(program, []byte(text), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), []byte("name: flowcomply\nruntime: go\n"), 0o644))
	return Stack{CLI{Program: program, Folder: folder}, "production", "/private/Pulumi.production.yaml", out}, func() []string {
		text, err := os.ReadFile(calls)
		require.NoError(t, err)
		return strings.Split(strings.TrimSpace(strings.ReplaceAll(string(text), " --color never --non-interactive", "")), "\n")
	}, out
}

func whoami(url string) string { return `whoami*) echo '{"user":"ana","url":"` + url + `"}';;` }

var ctx = context.Background()

func TestLocks_OfFilesAreRead(t *testing.T) {
	folder := t.TempDir()
	s, calls, _ := stack(t, whoami("file://"+folder+"?no_tmp_dir=true"))
	locks, err := s.Locks(ctx)
	require.NoError(t, err)
	assert.Empty(t, locks)

	of := filepath.Join(folder, ".pulumi", "locks", "organization", "flowcomply")
	for name, text := range map[string]string{
		"production/1.json": `{"pid":4711,"username":"ana","hostname":"ci-7","timestamp":"2026-11-26T01:00:00.5Z"}`,
		"staging/2.json":    `{"pid":1,"username":"bob","hostname":"ci-8","timestamp":"2026-11-26T01:00:00Z"}`,
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(of, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(of, name), []byte(text), 0o600))
	}
	want := []recovery.Lock{{User: "ana", Host: "ci-7", PID: 4711, Since: time.Date(2026, 11, 26, 1, 0, 0, 500e6, time.UTC)}}
	locks, err = s.Locks(ctx)
	require.NoError(t, err)
	assert.Equal(t, want, locks)
	assert.Equal(t, []string{"whoami --json", "whoami --json"}, calls(), "nothing else is asked")

	s.Name = "organization/flowcomply/production"
	locks, err = s.Locks(ctx)
	require.NoError(t, err)
	assert.Equal(t, want, locks)

	require.NoError(t, os.WriteFile(filepath.Join(of, "production/1.json"), []byte(`{`), 0o600))
	_, err = s.Locks(ctx)
	require.ErrorContains(t, err, "production/1.json: unexpected end of JSON input")
}

func TestLocks_OfTheHomeFolder(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	s, _, _ := stack(t, whoami("file://~"))
	of := filepath.Join(home, ".pulumi", "locks", "organization", "flowcomply", "production")
	require.NoError(t, os.MkdirAll(of, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(of, "1.json"), []byte(`{"pid":1}`), 0o600))
	locks, err := s.Locks(ctx)
	require.NoError(t, err)
	assert.Len(t, locks, 1)
}

const saidLocked = "error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with " +
	"`pulumi cancel`.\n" +
	"  s3://state/.pulumi/locks/organization/flowcomply/production/1.json?region=x: created by ana@ci-7 (pid 4711) at 2026-11-26T01:00:00Z\n" +
	"  s3://state/.pulumi/locks/organization/flowcomply/production/2.json: created by ACME\\bob@acme@ci-8 (pid 12) at 2026-11-26T03:00:00+02:00\n"

func TestLocks_OfABucketAreAskedFor(t *testing.T) {
	for name, row := range map[string]struct {
		says string
		want []recovery.Lock
		err  string
	}{
		"locked": {says: saidLocked, want: []recovery.Lock{
			{User: "ana", Host: "ci-7", PID: 4711, Since: time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC)},
			{User: `ACME\bob@acme`, Host: "ci-8", PID: 12, Since: time.Date(2026, 11, 26, 3, 0, 0, 0, time.FixedZone("", 2*60*60))},
		}},
		"free":                {says: "error: a stack named production already exists"},
		"no such stack":       {says: "error: no stack named 'production' found", err: "no stack named 'production' found"},
		"locked by who knows": {says: "error: the stack is currently locked by 1 lock(s).", err: "pulumi does not say by whom"},
	} {
		t.Run(name, func(t *testing.T) {
			s, calls, _ := stack(t, whoami("s3://state?region=x")+"\nstack\\ rename*) cat said >&2; exit 1;;")
			require.NoError(t, os.WriteFile(filepath.Join(s.Folder, "said"), []byte(row.says), 0o600))
			locks, err := s.Locks(ctx)
			if row.err != "" {
				require.ErrorContains(t, err, row.err)
				return
			}
			require.NoError(t, err)
			require.Len(t, locks, len(row.want))
			for i, want := range row.want {
				assert.True(t, want.Since.Equal(locks[i].Since))
				locks[i].Since = want.Since
				assert.Equal(t, want, locks[i])
			}
			assert.Equal(t, "stack rename production --stack production", calls()[1])
		})
	}
	s, _, _ := stack(t, whoami("s3://state"))
	_, err := s.Locks(ctx)
	require.ErrorContains(t, err, "pulumi renamed the stack to its own name")
}

func TestLocks_OfPulumiCloudAreUpdates(t *testing.T) {
	cloud := whoami("https://app.pulumi.com/ana")
	s, calls, _ := stack(t, cloud+`
stack\ --stack*) echo '{"stack":"production","currentOperation":{"kind":"update","author":"ana","started":"2026-11-26T01:00:00.000Z"}}';;`)
	locks, err := s.Locks(ctx)
	require.NoError(t, err)
	assert.Equal(t, []recovery.Lock{{User: "ana", Host: recovery.Cloud, Since: time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC)}}, locks)
	assert.Equal(t, "stack --stack production --output json", calls()[1])

	s, _, _ = stack(t, cloud+`
stack\ --stack*) echo '{"stack":"production"}';;`)
	locks, err = s.Locks(ctx)
	require.NoError(t, err)
	assert.Empty(t, locks)
}

func TestState_GoesOutAndIn(t *testing.T) {
	s, calls, _ := stack(t, `stack\ export*) echo '{"version":3,"deployment":{"resources":[{"urn":"u"}]}}';;
stack\ import*) cat >imported;;`)
	state, err := s.Export(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Import(ctx, state))
	require.NoError(t, s.Unlock(ctx))
	text, err := os.ReadFile(filepath.Join(s.Folder, "imported"))
	require.NoError(t, err)
	assert.JSONEq(t, `{"version":3,"deployment":{"resources":[{"urn":"u"}]}}`, string(text))
	assert.Equal(t, []string{"stack export --stack production", "stack import --stack production", "cancel --yes --stack production"}, calls())

	s, _, _ = stack(t, `*) echo 'error: the stack is currently locked' >&2; exit 255;;`)
	require.EqualError(t, s.Import(ctx, state), "pulumi stack import: exit status 255\nerror: the stack is currently locked")
	s.Program = "pulumi-that-is-not-there"
	_, err = s.Export(ctx)
	require.ErrorContains(t, err, "install the Pulumi CLI")
}

func TestRefresh_ReadsWhatItIsToldTo(t *testing.T) {
	s, calls, out := stack(t, `*) echo refreshing;;`)
	require.NoError(t, s.Refresh(ctx, []string{"urn:a", "urn:b"}))
	assert.Equal(t, []string{"refresh --stack production --yes --skip-preview --suppress-progress --suppress-outputs " +
		"--config-file /private/Pulumi.production.yaml --target urn:a --target urn:b"}, calls())
	assert.Equal(t, "refreshing\n", out.String())
	s, _, _ = stack(t, `*) exit 1;;`)
	require.ErrorContains(t, s.Refresh(ctx, nil), "run `flowcomply recover` again: it goes on from here")
}

func TestPreview_SaysWhatWouldChange(t *testing.T) {
	s, calls, _ := stack(t, `*) echo '{"steps":[{"op":"same","urn":"urn:a"},{"op":"update","urn":"urn:b"},{"op":"create-replacement","urn":"urn:c"},
{"op":"replace","urn":"urn:c"},{"op":"delete-replaced","urn":"urn:c"}],"changeSummary":{"same":1}}';;`)
	changes, err := s.Preview(ctx)
	require.NoError(t, err)
	assert.Equal(t, []recovery.Change{{Op: "update", URN: "urn:b"}, {Op: "replace", URN: "urn:c"}}, changes)
	assert.Equal(t, []string{"preview --json --stack production --config-file /private/Pulumi.production.yaml"}, calls())

	s, _, _ = stack(t, `*) echo '{"steps":[],"diagnostics":[{"message":"configuration: flowcomply:snapshot: is missing","severity":"error"}]}'; exit 255;;`)
	_, err = s.Preview(ctx)
	require.EqualError(t, err, "pulumi preview: exit status 255\nconfiguration: flowcomply:snapshot: is missing")
}

func TestWhere_WantsAProject(t *testing.T) {
	s, _, _ := stack(t, whoami("s3://state"))
	where, err := s.Where(ctx)
	require.NoError(t, err)
	assert.Equal(t, Where{"flowcomply", "s3://state"}, where)
	require.NoError(t, os.Remove(filepath.Join(s.Folder, "Pulumi.yaml")))
	_, err = s.Where(ctx)
	require.ErrorContains(t, err, "run this in the repository's root")
}
