package program

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

type receipt struct {
	Said string `json:"said"`
}

// greet parses its one argument as what to say, or as how to fail.
func greet(do func(context.Context) error) Program[string, receipt] {
	return Program[string, receipt]{
		Name: "greet",
		Parse: func(args []string, _ io.Writer) (string, error) {
			switch args[0] {
			case "-h":
				return "", flag.ErrHelp
			case "":
				return "", errors.New("nothing to say")
			}
			return args[0], nil
		},
		Do: func(ctx context.Context, asked string, show io.Writer) (receipt, error) {
			fmt.Fprintln(show, "saying", asked)
			return receipt{Said: asked}, do(ctx)
		},
	}
}

func TestRun_EndsAsItWent(t *testing.T) {
	for name, row := range map[string]struct {
		asked          string
		fails          error
		code           int
		stdout, stderr string
	}{
		"done":           {"hello", nil, Done, `{"said":"hello"}` + "\n", "saying hello\n"},
		"failed":         {"hello", errors.New("hoarse"), Failed, "", "saying hello\ngreet: hoarse\n"},
		"called wrongly": {"", nil, Misused, "", "greet: nothing to say\n"},
		"asked for help": {"-h", nil, Done, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := greet(func(context.Context) error { return row.fails }).Run([]string{row.asked}, &stdout, &stderr)
			assert.Equal(t, row.code, code)
			assert.Equal(t, row.stdout, stdout.String())
			assert.Equal(t, row.stderr, stderr.String())
		})
	}
}

func TestRun_HearsOfAnInterrupt(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		var stderr bytes.Buffer
		code := greet(func(ctx context.Context) error {
			if err := syscall.Kill(os.Getpid(), signal); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		}).Run([]string{"hello"}, io.Discard, &stderr)
		assert.Equal(t, Failed, code)
		assert.Contains(t, stderr.String(), "greet: context canceled\n")
	}
}
