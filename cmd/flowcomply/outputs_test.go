package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/awstest"
	"github.com/flowcomply/infrastructure/internal/exit"
)

// A copy of this test's own program plays pulumi. That proves how it is called
// and what is made of its answer; its messages were taken from pulumi 3.259's
// source, and a later version may word them otherwise.

// TestMain plays pulumi when it is started under that name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "pulumi" {
		os.Exit(playPulumi())
	}
	os.Exit(m.Run())
}

func playPulumi() int {
	want := "stack output --json --stack production --color never --non-interactive"
	if got := strings.Join(os.Args[1:], " "); got != want {
		fmt.Fprintln(os.Stderr, "error: called with "+got)
		return 255
	}
	if says := os.Getenv("PULUMI_SAYS"); says != "" {
		fmt.Fprintln(os.Stderr, says)
		return 255
	}
	file, err := os.Open(os.Getenv("PULUMI_PRINTS"))
	if err != nil {
		return 1
	}
	_, _ = io.Copy(os.Stdout, file)
	return 0
}

func installPulumi(t *testing.T) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	directory := t.TempDir()
	require.NoError(t, os.Symlink(self, filepath.Join(directory, "pulumi")))
	t.Setenv("PATH", directory)
}

func TestRun_AsksPulumiForTheOutputs(t *testing.T) {
	(&awstest.Stack{Account: "123456789012", Alarm: "OK"}).Start(t)
	installPulumi(t)
	t.Setenv("PULUMI_PRINTS", awstest.Outputs(t))
	got := verifies(t, "", "--stack", "production")
	assert.Equal(t, exit.Done, got.code, got.stderr)
	assert.Contains(t, got.stdout, "all checks passed")
}

func TestRun_PulumiRefuses(t *testing.T) {
	installPulumi(t)
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", awstest.SecretKey)
	for says, want := range map[string]string{
		"error: if you're using the --stack flag, pass the fully qualified name (organization/project/stack)":                                         "run this in the root of the repository",
		"error: no stack named 'production' found":                                                                                                    `stack "production": there is no such stack; ` + "`pulumi stack ls`",
		"error: getting secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables": "passphrase is missing",
		"error: failed to decrypt: incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE to the correct passphrase":                               "passphrase is not the one",
		"error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions":                                                        "not logged in",
		"error: no Pulumi.yaml project file found (searching upwards from /somewhere).":                                                               "not the project's folder",
		"warning: something\nerror: blob bucket: not reachable":                                                                                       "`pulumi stack output` failed: blob bucket: not reachable",
		"no idea": "run it by hand to see more",
	} {
		t.Run(want, func(t *testing.T) {
			t.Setenv("PULUMI_SAYS", says)
			got := verifies(t, "", "--stack", "production")
			assert.Equal(t, exit.Refused, got.code)
			assert.Contains(t, got.stderr, want)
			assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "one message: %s", got.stderr)
		})
	}
}

func TestRun_PulumiHasNothing(t *testing.T) {
	installPulumi(t)
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, []byte("{}\n"), 0o600))
	t.Setenv("PULUMI_PRINTS", empty)
	got := verifies(t, "", "--stack", "production")
	assert.Equal(t, exit.Refused, got.code)
	assert.Contains(t, got.stderr, "has no outputs: deploy it first")
}

func TestRun_PulumiIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	got := verifies(t, "", "--stack", "production")
	assert.Equal(t, exit.Refused, got.code)
	assert.Contains(t, got.stderr, "pulumi is not on PATH; install it, or pass --outputs")
}
