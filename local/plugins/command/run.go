package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

// settings are the inputs of a Command that decide what is run; triggers only decide when.
type settings struct {
	Create                 *string           `json:"create"`
	Update                 *string           `json:"update"`
	Delete                 *string           `json:"delete"`
	Dir                    string            `json:"dir"`         // default: the plugin's working directory, the program's
	Environment            map[string]string `json:"environment"` // on top of the plugin's own
	Interpreter            []string          `json:"interpreter"` // default: /bin/sh -c
	Stdin                  string            `json:"stdin"`
	Logging                string            `json:"logging"` // stdout, stderr, none; default: stdoutAndStderr
	AddPreviousOutputInEnv *bool             `json:"addPreviousOutputInEnv"`
	AssetPaths             []string          `json:"assetPaths"`
	ArchivePaths           []string          `json:"archivePaths"`
}

func (s settings) validate() error {
	var problems []error
	switch s.Logging {
	case "", "stdout", "stderr", "stdoutAndStderr", "none":
	default:
		problems = append(problems, fmt.Errorf("logging: %q is unknown; it is one of stdout, stderr, stdoutAndStderr, none", s.Logging))
	}
	if len(s.AssetPaths)+len(s.ArchivePaths) > 0 {
		problems = append(problems, errors.New("assetPaths, archivePaths: not offered by this stand-in; "+
			"install the official plugin, or write to stdout"))
	}
	return errors.Join(problems...)
}

func (s settings) shows(stream string) bool {
	return s.Logging == "" || s.Logging == "stdoutAndStderr" || s.Logging == stream
}

// occasion is a step in a resource's life, by the name of its input.
type occasion string

const (
	create occasion = "create"
	update occasion = "update"
	remove occasion = "delete"
)

func (s settings) script(on occasion) *string {
	switch {
	case on == remove:
		return s.Delete
	case on == update && s.Update != nil:
		return s.Update
	}
	return s.Create
}

// previous is what the last run left in the state.
type previous struct {
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
}

// run executes the occasion's command and returns the state after it. A step without a command leaves the outputs of
// the last run as they are.
func (p *Provider) run(
	ctx context.Context, urn resource.URN, inputs, olds resource.PropertyMap, on occasion,
) (*structpb.Struct, error) {
	var s settings
	var last previous
	if err := errors.Join(provider.Decode(inputs, &s), provider.Decode(olds, &last)); err != nil {
		return nil, fmt.Errorf("command %q: %s: %w", urn.Name(), on, err)
	}
	script := s.script(on)
	if script == nil {
		return state(inputs, resource.NewStringProperty(last.Stdout), resource.NewStringProperty(last.Stderr))
	}
	stdout, stderr, err := p.execute(ctx, urn, s, last, *script)
	if err != nil {
		return nil, fmt.Errorf("command %q: %s: %w", urn.Name(), on, err)
	}
	return state(inputs, output(stdout), output(stderr))
}

func output(text string) resource.PropertyValue {
	return resource.NewStringProperty(strings.TrimSuffix(text, "\n"))
}

func (p *Provider) execute(
	ctx context.Context, urn resource.URN, s settings, last previous, script string,
) (stdout, stderr string, err error) {
	if stat, err := os.Stat(s.Dir); s.Dir != "" && (err != nil || !stat.IsDir()) {
		return "", "", fmt.Errorf("dir %q: no such folder; the path is relative to the program's folder", s.Dir)
	}
	interpreter := s.Interpreter
	if len(interpreter) == 0 {
		interpreter = []string{"/bin/sh", "-c"}
	}
	// As in the official plugin, the end of the context kills the interpreter alone, and what that started is waited for
	// until it has closed its output: a migration goes on to its end, though the engine is gone.
	cmd := exec.CommandContext(ctx, interpreter[0], append(slices.Clone(interpreter[1:]), script)...)
	cmd.Dir, cmd.Env = s.Dir, s.environment(last)
	if s.Stdin != "" {
		cmd.Stdin = strings.NewReader(s.Stdin)
	}
	var outs, errs, shown bytes.Buffer
	var mu sync.Mutex // the two streams are read side by side
	show := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		shown.WriteString(line + "\n")
		_ = p.Engine.Log(ctx, diag.Info, urn, line) // a line the engine no longer takes is no failure of the command
	}
	outLines, errLines := provider.NewLines(show), provider.NewLines(show)
	cmd.Stdout, cmd.Stderr = tee(&outs, outLines, s.shows("stdout")), tee(&errs, errLines, s.shows("stderr"))
	err = cmd.Run()
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	outLines.Flush()
	errLines.Flush()
	exit := &exec.ExitError{}
	switch {
	case err == nil:
		return outs.String(), errs.String(), nil
	case !errors.As(err, &exit):
		return "", "", err
	case s.Logging == "" || s.Logging == "stdoutAndStderr":
		return "", "", fmt.Errorf("%w\n%s", exit, bytes.TrimSpace(shown.Bytes()))
	}
	return "", "", fmt.Errorf("%w: logging is %q, so the rest of its output is not shown\n%s",
		exit, s.Logging, bytes.TrimSpace(shown.Bytes()))
}

func tee(kept io.Writer, lines io.Writer, shows bool) io.Writer {
	if !shows {
		return kept
	}
	return io.MultiWriter(kept, lines)
}

func (s settings) environment(last previous) []string {
	env := os.Environ()
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		env = append(env, name+"="+s.Environment[name])
	}
	if s.AddPreviousOutputInEnv != nil && !*s.AddPreviousOutputInEnv {
		return env
	}
	if last.Stdout != "" {
		env = append(env, "PULUMI_COMMAND_STDOUT="+last.Stdout)
	}
	if last.Stderr != "" {
		env = append(env, "PULUMI_COMMAND_STDERR="+last.Stderr)
	}
	return env
}
