package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/check"
)

// These tests do not open an engine; the engine's own do.

// said is how a run of the program ended.
type said struct {
	code           int
	stdout, stderr string
}

func flowcomply(t *testing.T, args ...string) said {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, nil, &stdout, &stderr, nil)
	return said{code, stdout.String(), stderr.String()}
}

func TestTarget_HasAFileOfItsOwn(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for want, args := range map[string][]string{
		"Pulumi.production.yaml": {"--stack", "production"},
		"Pulumi.staging.yaml":    {"--stack", "acme/flowcomply/staging"},
		"mine.yaml":              {"--stack", "production", "--config-file", "mine.yaml"},
		"/home/me/my files/x":    {"--stack", "production", "--config-file", "~/my files/x"},
		"~other/x":               {"--stack", "production", "--config-file", "~other/x"},
	} {
		var of target
		command := &cobra.Command{}
		of.flags(command)
		require.NoError(t, command.ParseFlags(args))
		assert.Empty(t, of.mistakes(command.Flags().Args()))
		assert.Equal(t, target{Name: args[1], File: want}, of)
	}
}

func TestTarget_SaysEveryMistake(t *testing.T) {
	of := target{}
	assert.EqualError(t, errors.Join(of.mistakes([]string{"a", "b"})...), "unexpected \"a b\": flags only\n--stack: missing; name the stack")
}

func TestCommands_HelpAndRefuse(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, row := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{nil, exit.Done, "Usage:\n  flowcomply", ""},
		{[]string{"--help"}, exit.Done, exit.Table(), ""},
		{[]string{"rollback", "--help"}, exit.Done, "flowcomply rollback [VERSION]", ""},
		{[]string{"up"}, exit.Refused, "", "flowcomply: unknown command \"up\""},
		{[]string{"releases", "--stak", "s"}, exit.Refused, "", "flowcomply releases: unknown flag: --stak\nrun `flowcomply releases --help` for all flags\n"},
		{[]string{"releases", "--stack", "s"}, exit.Refused, "",
			"flowcomply releases: . is not the project's folder: run this in the root of the repository, where Pulumi.yaml is\n"},
	} {
		got := flowcomply(t, row.args...)
		assert.Equal(t, row.code, got.code, row.args)
		assert.Contains(t, got.stdout, row.stdout)
		assert.Contains(t, got.stderr, row.stderr)
		assert.Equal(t, row.code == exit.Done, got.stderr == "")
		assert.Equal(t, row.code != exit.Done, got.stdout == "")
	}
}

// Every way in which a command can fail has a code of the table.
func TestRun_ExitCodes(t *testing.T) {
	for name, row := range map[string]struct {
		err  error
		code int
	}{
		"nothing":                          {nil, exit.Done},
		"said by itself":                   {exit.With(exit.RollbackFailed), exit.RollbackFailed},
		"said and done":                    {exit.With(exit.Done), exit.Done},
		"a mistake":                        {exit.Mistake(errors.New("x")), exit.Refused},
		"a refusal":                        {exit.Refuse(errors.New("x")), exit.Refused},
		"no access":                        {&check.Failure{Cause: "x", Err: check.ErrAccess}, exit.NoAccess},
		"a refusal for the sake of access": {exit.Refuse(&check.Failure{Cause: "x", Err: check.ErrAccess}), exit.NoAccess},
		"anything else":                    {errors.New("x"), exit.Failed},
	} {
		var stderr bytes.Buffer
		assert.Equal(t, row.code, codeOf(&cobra.Command{Use: "flowcomply"}, row.err, &stderr), name)
		assert.Contains(t, exit.Table(), "  "+string(rune('0'+row.code))+"  ")
		assert.Equal(t, strings.Contains(name, "said") || row.err == nil, stderr.Len() == 0, name)
	}
}
