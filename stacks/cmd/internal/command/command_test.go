package command

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release"
)

// These tests do not open an engine; package engine's do.

func TestStack_HasAFileOfItsOwn(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for want, args := range map[string][]string{
		"Pulumi.production.yaml": {"-stack", "production"},
		"Pulumi.staging.yaml":    {"-stack", "acme/flowcomply/staging"},
		"mine.yaml":              {"-stack", "production", "-config-file", "mine.yaml"},
		"/home/me/my files/x":    {"-stack", "production", "-config-file", "~/my files/x"},
		"~other/x":               {"-stack", "production", "-config-file", "~other/x"},
	} {
		var of Stack
		flags := of.Flags("release")
		require.NoError(t, flags.Parse(args))
		assert.Empty(t, of.Mistakes(flags.Args()))
		assert.Equal(t, Stack{Name: args[1], File: want}, of)
	}
}

func TestStack_SaysEveryMistake(t *testing.T) {
	of := Stack{}
	assert.EqualError(t, errors.Join(of.Mistakes([]string{"a", "b"})...), "unexpected \"a b\": flags only\n-stack: missing; name the stack")
}

func TestOpen_AnswersWhereThereIsNoEngine(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, row := range map[string]struct {
		wrong          error
		exit           int
		stdout, stderr string
	}{
		"asked for help": {fmt.Errorf("x: %w", flag.ErrHelp), release.Proven, "the usage\n", ""},
		"called wrongly": {errors.New("a mistake"), release.Refused, "", "release: a mistake\nrun `release -h` for all flags\n"},
		"elsewhere": {nil, release.Refused, "",
			"release: . is not the project's folder: run this in the root of the repository, where Pulumi.yaml is\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			opened, exit := Command{"release", "the usage\n", &stdout, &stderr}.Open(t.Context(), Stack{Name: "s"}, row.wrong)
			assert.Nil(t, opened)
			assert.Equal(t, row.exit, exit)
			assert.Equal(t, row.stdout, stdout.String())
			assert.Equal(t, row.stderr, stderr.String())
		})
	}
}
