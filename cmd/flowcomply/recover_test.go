package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
	recovery "github.com/flowcomply/infrastructure/release/recover"
	"github.com/flowcomply/infrastructure/release/terminal"
)

// These tests hold the command line, and who is asked. What recovery does is in release/recover.

func TestRecovering_ReadsEverything(t *testing.T) {
	var asked recovering
	assert.Empty(t, asked.parsed(t,
		"--stack", "production", "--config-file", "f", "--yes", "--force-host", "ci-8", "--stop-tasks", "--wait", "1m", "--settle", "0s", "--no-preview",
		"--import", "urn:a=id=with=signs", "--import", "urn:b=id", "--clear", "urn:c",
	))
	assert.Equal(t, target{"production", "f"}, asked.on)
	assert.Equal(t, recovery.Choices{
		Yes: true, Host: "ci-8", StopTasks: true, Wait: time.Minute, SkipPreview: true,
		Import: map[string]string{"urn:a": "id=with=signs", "urn:b": "id"}, Clear: map[string]bool{"urn:c": true},
	}, asked.choices)
}

// parsed has a command line read, and returns its mistakes.
func (r *recovering) parsed(t *testing.T, args ...string) []error {
	t.Helper()
	command := &cobra.Command{}
	r.flags(command)
	require.NoError(t, command.ParseFlags(args))
	return r.mistakes(command.Flags().Args())
}

func TestRecovering_SaysWhatIsWrong(t *testing.T) {
	var asked recovering
	err := errors.Join(asked.parsed(t, "--wait", "0s", "--import", "urn:a=id", "--clear", "urn:a", "--import", "urn:a", "surplus")...)
	for _, want := range []string{
		"--stack: missing", `"surplus": flags only`, "--wait 0s: want more than nothing", "urn:a: --import and --clear: choose one", `--import "urn:a": want URN=id`,
	} {
		require.ErrorContains(t, err, want)
	}
	got := flowcomply(t, "recover", "surplus")
	assert.Equal(t, exit.Refused, got.code)
	assert.Contains(t, got.stderr, "flowcomply recover: unexpected \"surplus\": flags only\n--stack: missing")
	assert.Equal(t, exit.Done, flowcomply(t, "recover", "-h").code)
}

func TestRecovering_NamesContradictionsInOrder(t *testing.T) {
	var arguments []string
	var want []string
	for _, urn := range []string{"urn:d", "urn:a", "urn:c", "urn:b"} {
		arguments = append(arguments, "--import", urn+"=id", "--clear", urn)
	}
	for _, urn := range []string{"urn:a", "urn:b", "urn:c", "urn:d"} {
		want = append(want, urn+": --import and --clear: choose one")
	}
	var asked recovering
	err := errors.Join(asked.parsed(t, append(arguments, "--stack", "production")...)...)
	assert.EqualError(t, err, strings.Join(want, "\n"))
}

func TestRecover_WantsTheRepositorysRoot(t *testing.T) {
	t.Chdir(t.TempDir())
	got := flowcomply(t, "recover", "--stack", "production")
	assert.Equal(t, exit.Refused, got.code)
	assert.Contains(t, got.stderr, "run this in the repository's root")
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
	_, err = terminal.Person{In: read, Out: io.Discard}.Ask(context.Background(), "Do this?")
	require.ErrorIs(t, err, terminal.ErrNobody)
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer null.Close()
	_, err = terminal.Person{In: null, Out: io.Discard}.Ask(context.Background(), "Do this?")
	require.ErrorIs(t, err, terminal.ErrNobody)
}
