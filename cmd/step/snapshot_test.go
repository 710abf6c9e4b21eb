package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/snapshot/take"
	"github.com/flowcomply/infrastructure/internal/exit"
)

// These tests hold the command line. What a snapshot takes, components/snapshot/take holds.

func complete(more ...string) []string {
	return append([]string{
		"--region", "r", "--database", "db", "--id", "db-pre-deploy-v1-1-0-7", "--version", "v1.1.0", "--number", "7", "--stack", "production",
	}, more...)
}

// parseSnapshot is what the arguments ask, and what is wrong with them.
func parseSnapshot(t *testing.T, args []string) (take.Request, error) {
	t.Helper()
	var asked take.Request
	command := &cobra.Command{}
	addSnapshotFlags(command, &asked)
	require.NoError(t, command.ParseFlags(args))
	return asked, checkSnapshot(asked, command.Flags().Args())
}

func TestSnapshot_TakesARelease(t *testing.T) {
	asked, err := parseSnapshot(t, complete("--keep", "3", "--timeout", "90m"))
	require.NoError(t, err)
	assert.Equal(t, take.Request{
		Region: "r", Database: "db", ID: "db-pre-deploy-v1-1-0-7", Version: "v1.1.0", Number: 7, Stack: "production", Keep: 3, Timeout: 90 * time.Minute,
	}, asked)
	asked, err = parseSnapshot(t, complete())
	require.NoError(t, err)
	assert.Equal(t, 10, asked.Keep)
	assert.Equal(t, time.Hour, asked.Timeout)
}

func TestSnapshot_NamesEverythingThatIsWrong(t *testing.T) {
	_, err := parseSnapshot(t, []string{"--keep", "1", "--timeout", "0s", "surplus"})
	for _, want := range []string{
		"--region is missing", "--database is missing", "--version is missing", "--stack is missing", `--id "": want at most 255 small letters`,
		"--number 0: want 1 or more", "--keep 1: want 2 or more", "--timeout 0s: want more than nothing", `"surplus": flags only`,
	} {
		require.ErrorContains(t, err, want)
	}
	for _, id := range []string{"Db", "7-db", "db--7", "db-", "db_7", "db.7", strings.Repeat("d", 256)} {
		_, err := parseSnapshot(t, complete("--id", id))
		require.ErrorContains(t, err, "--id ", id)
	}
}

func TestSnapshot_ExplainsItself(t *testing.T) {
	var said bytes.Buffer
	assert.Equal(t, exit.Done, run([]string{"snapshot", "-h"}, nil, &said, &bytes.Buffer{}))
	for _, want := range []string{"removes the ones that are too many", "--database identifier", "default 10", "default 1h0m0s"} {
		assert.Contains(t, said.String(), want)
	}
	assert.Equal(t, exit.Refused, run([]string{"snapshot"}, nil, &bytes.Buffer{}, &said))
	assert.Equal(t, exit.Refused, run(append([]string{"snapshot"}, complete("--number", "seven")...), nil, &bytes.Buffer{}, &said))
}
