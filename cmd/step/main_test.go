package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/check"
)

// These tests hold what is the same for every step: how it is asked, and how it ends.

// greet is a program whose one step takes its one argument as what to say, or as how to fail.
func greet(do func(context.Context) error) *cobra.Command {
	return newRoot(&cobra.Command{Use: "greet", RunE: func(command *cobra.Command, args []string) error {
		if args[0] == "" {
			return exit.Mistake(errors.New("nothing to say"))
		}
		fmt.Fprintln(command.ErrOrStderr(), "saying", args[0])
		return finish(command, map[string]string{"said": args[0]}, do(command.Context()))
	}})
}

func TestRun_EndsAsItWent(t *testing.T) {
	for name, row := range map[string]struct {
		asked          string
		fails          error
		code           int
		stdout, stderr string
	}{
		"done":           {"hello", nil, exit.Done, `{"said":"hello"}` + "\n", "saying hello\n"},
		"failed":         {"hello", errors.New("hoarse"), exit.Failed, "", "saying hello\ngreet: hoarse\n"},
		"no access":      {"hello", &check.Failure{Cause: "expired", Next: "renew", Err: check.ErrAccess}, exit.NoAccess, "", "saying hello\ngreet: expired\nnext: renew\n"},
		"called wrongly": {"", nil, exit.Refused, "", "greet: nothing to say\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := runStep(greet(func(context.Context) error { return row.fails }), []string{"greet", row.asked}, nil, &stdout, &stderr)
			assert.Equal(t, row.code, code)
			assert.Equal(t, row.stdout, stdout.String())
			assert.Equal(t, row.stderr, stderr.String())
		})
	}
}

func TestRun_HelpIsNoMistake(t *testing.T) {
	for _, step := range []string{"publish", "snapshot", "mail", "migrate", "preflight", "verify"} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, exit.Done, run([]string{step, "-h"}, nil, &stdout, &stderr))
		assert.Contains(t, stdout.String(), "step "+step)
		assert.Empty(t, stderr.String())
	}
}

func TestRun_WantsOneStep(t *testing.T) {
	for _, args := range [][]string{nil, {"deploy"}, {"--region", "r"}} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, exit.Refused, run(args, nil, &stdout, &stderr))
		assert.Contains(t, stderr.String(), "step: ")
		assert.Empty(t, stdout.String())
	}
}

func TestRun_HearsOfAnInterrupt(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		var stderr bytes.Buffer
		code := runStep(greet(func(ctx context.Context) error {
			if err := syscall.Kill(os.Getpid(), signal); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		}), []string{"greet", "hello"}, nil, io.Discard, &stderr)
		assert.Equal(t, exit.Failed, code)
		assert.Contains(t, stderr.String(), "greet: context canceled\n")
	}
}

func TestHelp_SaysWhatTheDocSays(t *testing.T) {
	var stdout bytes.Buffer
	assert.Equal(t, exit.Done, run([]string{"-h"}, nil, &stdout, io.Discard))
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", nil, parser.ParseComments)
	require.NoError(t, err)
	_, codes, ok := strings.Cut(stdout.String(), "Exit codes of every step:\n")
	require.True(t, ok)
	codes, _, _ = strings.Cut(codes, "\n\n")
	lines := strings.Split(codes, "\n")
	require.Len(t, lines, 4)
	for _, line := range lines {
		assert.Contains(t, file.Doc.Text(), strings.TrimSpace(line))
	}
}
