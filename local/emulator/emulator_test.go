package emulator

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/toolchain"
)

// These tests look at records, ports and messages. That an emulated AWS starts and answers, the end-to-end tests
// prove.

func TestFree_TellsAboutATakenPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	taken := listener.Addr().(*net.TCPAddr).Port
	err = free(taken)
	require.ErrorContains(t, err, "is taken by another program; end it, or choose other ports: make up AWS_PORT=")
	assert.Regexp(t, `AWS_PORT=[23]\d{4} REGISTRY_PORT=[234]\d{4}$`, err.Error(), "the ports proposed exist")

	_, err = Start(context.Background(), toolchain.Tools{}, "", filepath.Join(t.TempDir(), "run"), Settings{RegistryPort: taken})
	require.ErrorContains(t, err, "is taken by another program")

	require.NoError(t, listener.Close())
	require.NoError(t, free(taken))
	require.NoError(t, free(0))
}

func TestFind_OnlyWhatRuns(t *testing.T) {
	self, err := Identify(os.Getpid())
	require.NoError(t, err)
	for name, row := range map[string]struct {
		text  string
		found bool
	}{
		"a running one":       {`{"Account":"123456789012","AWSPort":4566,"process":{"pid":` + pid(self) + `,"started":"` + self.Started + `"}}`, true},
		"of an ended process": {`{"Account":"123456789012","process":{"pid":` + pid(self) + `,"started":"1"}}`, false},
		"without a process":   {`{"Account":"123456789012"}`, false},
		"half written":        {`{"Account":"1234`, false},
	} {
		t.Run(name, func(t *testing.T) {
			run := t.TempDir()
			require.NoError(t, os.WriteFile(recordFile(run), []byte(row.text), 0o644))
			found, err := Find(run)
			if !row.found {
				require.ErrorIs(t, err, fs.ErrNotExist)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "123456789012", found.Account)
			assert.Equal(t, "http://127.0.0.1:4566", found.Endpoint())
		})
	}
	_, err = Find(t.TempDir())
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestRecord_IsWhatFindReads(t *testing.T) {
	self, err := Identify(os.Getpid())
	require.NoError(t, err)
	want := Host{
		Settings: Settings{Account: "123456789012", Region: "ap-southeast-2", AWSPort: 1, RegistryPort: 2},
		Process:  self, DockerHost: "unix:///x", Run: t.TempDir(),
	}
	require.NoError(t, record(want))
	found, err := Find(want.Run)
	require.NoError(t, err)
	assert.Equal(t, want, found)
	assert.NoFileExists(t, recordFile(want.Run)+".new")
}

func TestStart_ShowsTheEndOfTheLogOfWhatEndedAtOnce(t *testing.T) {
	folder := t.TempDir()
	self := filepath.Join(folder, "self")
	script := "#!/bin/sh\nfor line in one two three four five six; do echo $line; done\necho \"marked $" + Mark + "\" >&2\nexit 1\n"
	require.NoError(t, os.WriteFile(self, []byte(script), 0o755))
	run := filepath.Join(folder, "run")
	require.NoError(t, os.MkdirAll(run, 0o755))
	require.NoError(t, os.WriteFile(recordFile(run), []byte("stale"), 0o644))
	_, err := Start(context.Background(), toolchain.Tools{Root: folder, Python: "python3"}, self, run, Settings{})
	require.EqualError(t, err, "emulated AWS: it ended while starting:\nthree\nfour\nfive\nsix\nmarked "+run)
	assert.NoFileExists(t, recordFile(run))
}

func TestAwait_EndsWithTheContextAndNamesTheLog(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	run := t.TempDir()
	_, err := await(ctx, run, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "its log is "+LogFile(run))
}

func TestEnvironment_LeavesNothingOfARealAccount(t *testing.T) {
	env := Host{Settings: Settings{Region: "ap-southeast-2", AWSPort: 4566}}.Environment()
	for _, variable := range []string{
		"AWS_ENDPOINT_URL=http://127.0.0.1:4566", "AWS_REGION=ap-southeast-2", "AWS_DEFAULT_REGION=ap-southeast-2", "AWS_ACCESS_KEY_ID=emulated",
		"AWS_SECRET_ACCESS_KEY=emulated", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true",
	} {
		assert.Contains(t, env, variable)
	}
	assert.NotContains(t, env, "DOCKER_HOST=")
	assert.Contains(t, Host{DockerHost: "unix:///x"}.Environment(), "DOCKER_HOST=unix:///x")
}

func pid(p Process) string { return strconv.Itoa(p.PID) }

func TestComplaints_AreTheLastLinesThatAreNotTheRegistrys(t *testing.T) {
	run := t.TempDir()
	assert.Empty(t, Complaints(run), "no log, no complaint")
	var log strings.Builder
	for i := range 40 {
		fmt.Fprintf(&log, "registry: GET /v2/%d\ndatabases: line %d\n", i, i)
	}
	require.NoError(t, os.WriteFile(LogFile(run), []byte(log.String()), 0o600))
	said := Complaints(run)
	assert.Equal(t, 30, strings.Count(said, "\n"))
	assert.True(t, strings.HasSuffix(said, "databases: line 39\n"))
	assert.NotContains(t, said, "registry")
}
