package pulumi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	recovery "github.com/flowcomply/infrastructure/release/recover"
)

const providerURN = "urn:pulumi:production::flowcomply::pulumi:providers:aws::aws"

// looking makes a CLI that refreshes a copy: what it imported, it shows again as after says, and it logs events.
func looking(t *testing.T, after, events, exit string) (Stack, func() []string) {
	t.Helper()
	s, calls, _ := stack(t, whoami("s3://state")+`
stack\ import*) cat >"$SEEN/imported"; env >"$SEEN/env"; cp Pulumi.yaml "$SEEN";;
refresh*) while [ $# -gt 0 ]; do [ "$1" = --event-log ] && cp "$SEEN/events" "$2"; shift; done; echo 'error: it failed' >&2; exit `+exit+`;;
stack\ export*) cat "$SEEN/after";;`)
	t.Setenv("SEEN", s.Folder)
	t.Setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/private/passphrase")
	require.NoError(t, os.WriteFile(filepath.Join(s.Folder, "after"), []byte(after), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(s.Folder, "events"), []byte(events), 0o600))
	return s, calls
}

func state(t *testing.T) recovery.State {
	t.Helper()
	state, err := recovery.ParseState([]byte(`{"deployment":{"resources":[{"urn":"` + providerURN + `","id":"p","custom":true,"type":"pulumi:providers:aws",
	  "parent":"urn:stack","inputs":{"region":"r"},"outputs":{"region":"r"}}]}}`))
	require.NoError(t, err)
	return state
}

var candidates = []recovery.Candidate{
	{Type: "aws:s3/bucketV2:BucketV2", ID: "there", Provider: providerURN + "::p"}, {Type: "aws:kms/key:Key", ID: "gone", Provider: providerURN + "::p"},
	{Type: "aws:kms/key:Key", ID: "unknown", Provider: providerURN + "::p"},
}

func TestLookup_LooksInACopyThatIsThrownAway(t *testing.T) {
	s, calls := looking(t, `{"deployment":{"resources":[
	  {"urn":"urn:pulumi:production::flowcomply::aws:s3/bucketV2:BucketV2::candidate-0","id":"there","outputs":{"bucket":"there"}},
	  {"urn":"urn:pulumi:production::flowcomply::aws:kms/key:Key::candidate-2","id":"unknown"}]}}`,
		`{"diagnosticEvent":{"urn":"urn:pulumi:production::flowcomply::aws:kms/key:Key::candidate-2","severity":"error","message":"Throttling\n"}}
{"diagnosticEvent":{"severity":"error","message":"update failed"}}`, "255")
	readings, err := s.Lookup(ctx, state(t), candidates)
	require.NoError(t, err)
	require.Len(t, readings, 3)
	assert.Equal(t, map[string]any{"bucket": "there"}, readings[0].Outputs)
	assert.Equal(t, recovery.Reading{}, readings[1])
	require.EqualError(t, readings[2].Err, "Throttling")

	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(s.Folder, name))
		require.NoError(t, err)
		return string(text)
	}
	assert.JSONEq(t, `{"version":3,"deployment":{"manifest":{"time":"2000-01-01T00:00:00Z","magic":"","version":""},"resources":[
	  {"urn":"`+providerURN+`","id":"p","custom":true,"type":"pulumi:providers:aws","inputs":{"region":"r"},"outputs":{"region":"r"}},
	  {"urn":"urn:pulumi:production::flowcomply::aws:s3/bucketV2:BucketV2::candidate-0","custom":true,"id":"there","type":"aws:s3/bucketV2:BucketV2",
	    "provider":"`+providerURN+`::p"},
	  {"urn":"urn:pulumi:production::flowcomply::aws:kms/key:Key::candidate-1","custom":true,"id":"gone","type":"aws:kms/key:Key","provider":"`+providerURN+`::p"},
	  {"urn":"urn:pulumi:production::flowcomply::aws:kms/key:Key::candidate-2","custom":true,"id":"unknown","type":"aws:kms/key:Key",
	    "provider":"`+providerURN+`::p"}]}}`, read("imported"))
	assert.Equal(t, "name: flowcomply\nruntime: go\n", read("Pulumi.yaml"))
	environment := read("env")
	assert.NotContains(t, environment, "PULUMI_CONFIG_PASSPHRASE_FILE=")
	at := strings.Index(environment, "PULUMI_BACKEND_URL=file://")
	require.GreaterOrEqual(t, at, 0)
	folder, _, _ := strings.Cut(strings.TrimPrefix(environment[at:], "PULUMI_BACKEND_URL=file://"), "\n")
	assert.NoDirExists(t, filepath.Dir(folder))
	for _, call := range calls()[1:] {
		assert.True(t, strings.HasPrefix(call, "stack ") || strings.HasPrefix(call, "refresh "), call)
	}
}

func TestLookup_TellsWhyNothingWasRead(t *testing.T) {
	s, _ := looking(t, `{"deployment":{"resources":[{"urn":"urn:pulumi:production::flowcomply::aws:s3/bucketV2:BucketV2::candidate-0","id":"there"}]}}`, "", "255")
	_, err := s.Lookup(ctx, state(t), candidates)
	require.ErrorContains(t, err, "pulumi refresh --stack: exit status 255\nerror: it failed")

	s, _ = looking(t, `{"deployment":{"resources":[{"urn":"urn:pulumi:production::flowcomply::aws:s3/bucketV2:BucketV2::candidate-0","id":"there"}]}}`, "", "0")
	readings, err := s.Lookup(ctx, state(t), candidates)
	require.NoError(t, err)
	require.EqualError(t, readings[0].Err, "the provider said nothing of it")

	_, err = s.Lookup(ctx, state(t), []recovery.Candidate{{Type: "aws:kms/key:Key", ID: "k", Provider: "urn:other::p"}})
	require.ErrorContains(t, err, `aws:kms/key:Key k: its provider "urn:other::p" is not in the state`)
}
