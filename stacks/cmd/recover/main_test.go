package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/recovery"
	"github.com/flowcomply/infrastructure/release/terminal"
)

// These tests hold the command line, and who is asked. What recovery does is in release/recovery.

func TestParse_ReadsEverything(t *testing.T) {
	asked, err := parse([]string{
		"-stack", "production", "-config-file", "f", "-yes", "-force-host", "ci-8", "-stop-tasks", "-wait", "1m", "-settle", "0s", "-no-preview",
		"-adopt", "urn:a=id=with=signs", "-adopt", "urn:b=id", "-clear", "urn:c",
	}, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, request{"production", "f", recovery.Choices{
		Yes: true, Host: "ci-8", StopTasks: true, Wait: time.Minute, SkipPreview: true,
		Adopt: map[string]string{"urn:a": "id=with=signs", "urn:b": "id"}, Clear: map[string]bool{"urn:c": true},
	}}, asked)
}

func TestParse_SaysWhatIsWrong(t *testing.T) {
	_, err := parse([]string{"-wait", "0s", "-adopt", "urn:a=id", "-clear", "urn:a", "surplus"}, io.Discard)
	for _, want := range []string{"-stack is missing", `"surplus": flags only`, "-wait 0s: want more than nothing", "urn:a: -adopt and -clear: choose one"} {
		require.ErrorContains(t, err, want)
	}
	_, err = parse([]string{"-adopt", "urn:a"}, io.Discard)
	require.ErrorContains(t, err, "want URN=id")

	var said bytes.Buffer
	assert.Equal(t, recovery.Refused, run([]string{"surplus"}, os.Stdin, io.Discard, &said))
	assert.Contains(t, said.String(), "recover: -stack is missing")
	assert.Equal(t, recovery.Recovered, run([]string{"-h"}, os.Stdin, io.Discard, io.Discard))
}

func TestParse_NamesContradictionsInOrder(t *testing.T) {
	var arguments []string
	var want []string
	for _, urn := range []string{"urn:d", "urn:a", "urn:c", "urn:b"} {
		arguments = append(arguments, "-adopt", urn+"=id", "-clear", urn)
	}
	for _, urn := range []string{"urn:a", "urn:b", "urn:c", "urn:d"} {
		want = append(want, urn+": -adopt and -clear: choose one")
	}
	_, err := parse(append(arguments, "-stack", "production"), io.Discard)
	assert.EqualError(t, err, strings.Join(want, "\n"))
}

func TestRun_WantsTheRepositorysRoot(t *testing.T) {
	t.Chdir(t.TempDir())
	var said bytes.Buffer
	assert.Equal(t, recovery.Refused, run([]string{"-stack", "production"}, os.Stdin, io.Discard, &said))
	assert.Contains(t, said.String(), "run this in the repository's root")
}

func TestKeep_WritesWhereOthersCannotRead(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	name, err := keep("organization/flowcomply/production")(recovery.NewState(nil))
	require.NoError(t, err)
	info, err := os.Stat(name)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	_, err = recovery.ParseState(text)
	require.NoError(t, err)
}

func TestPerson_IsNotAPipe(t *testing.T) {
	read, write, err := os.Pipe()
	require.NoError(t, err)
	defer read.Close()
	defer write.Close()
	_, err = person{read, io.Discard}.Ask(context.Background(), "Do this?")
	require.ErrorIs(t, err, terminal.ErrNobody)
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer null.Close()
	_, err = person{null, io.Discard}.Ask(context.Background(), "Do this?")
	require.ErrorIs(t, err, terminal.ErrNobody)
}
