package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/release/deploylog"
)

// command is what `make release` and `make rollback` run.
type command struct {
	stack           *harness.Stack
	program, folder string // the program; the source that the stack file names
	version         string
	log             string // of this run alone
}

// next makes the source of the next version the stack's.
func (c *command) next(ctx context.Context, made *sources) (err error) {
	if c.version, err = made.next(ctx, c.folder); err != nil {
		return err
	}
	return c.logs(ctx)
}

// logs makes an empty folder for the deployment log.
func (c *command) logs(context.Context) (err error) {
	c.log, err = os.MkdirTemp(c.stack.Run, "deployments-")
	return err
}

func (c *command) run(verb string) func(context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd {
		args := []string{verb, "--yes", "--log", c.log}
		if verb == "release" {
			args = append(args, c.version)
		}
		cmd := harness.Command(ctx, c.stack.Stack, c.program, args...)
		cmd.Stdout, cmd.Stderr = nil, nil // whoever measures takes them
		cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(os.Interrupt) }, waitDelay
		return cmd
	}
}

// read keeps the deployment log of the run.
func (c *command) read(into *logged) func(string) error {
	return func(string) error {
		files, err := filepath.Glob(filepath.Join(c.log, "*.json"))
		if err != nil || len(files) != 1 {
			return errors.Join(err, fmt.Errorf("%d deployment logs, and a run writes one", len(files)))
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			return err
		}
		var log deploylog.Deployment
		if err := json.Unmarshal(text, &log); err != nil {
			return fmt.Errorf("deployment log: %w", err)
		}
		if !log.Status.Good() {
			return fmt.Errorf("deployment log: %s", log.Status)
		}
		into.logs = append(into.logs, log)
		return nil
	}
}

// script is the runbook, with what it is told in the environment.
type script struct {
	stack  *harness.Stack
	names  []string // of the stack, for phases 5 and 6
	folder string   // the source that docker builds
	round  []string // what is this round's
}

// next makes the source of the next version and each service's task definition with its image in it, as an operator has
// them before the runbook begins.
func (s *script) next(ctx context.Context, made *sources) error {
	version, err := made.next(ctx, s.folder)
	if err != nil {
		return err
	}
	tasks := filepath.Join(s.stack.Run, "task-definitions")
	if err := os.MkdirAll(tasks, 0o755); err != nil {
		return err
	}
	s.round = []string{"VERSION=" + version, "SOURCE=" + s.folder, "TASKS=" + tasks, "CLUSTER=" + s.stack.Outputs.ClusterArn}
	for _, role := range []string{"backend", "frontend"} {
		variable := strings.ToUpper(role)
		service, err := s.stack.Service(ctx, role)
		if err != nil {
			return err
		}
		repository := s.stack.Outputs.Services[role].ImageRepository
		s.round = append(s.round, variable+"="+repository, variable+"_BEFORE="+aws.ToString(service.TaskDefinition))
		if err := s.define(ctx, aws.ToString(service.TaskDefinition), repository+":"+version, filepath.Join(tasks, role+".json")); err != nil {
			return err
		}
		if role == "backend" {
			network := service.NetworkConfiguration.AwsvpcConfiguration
			text, err := json.Marshal(map[string]any{"awsvpcConfiguration": map[string]any{
				"subnets": network.Subnets, "securityGroups": network.SecurityGroups, "assignPublicIp": network.AssignPublicIp,
			}})
			if err != nil {
				return err
			}
			s.round = append(s.round, "NETWORK="+string(text))
		}
	}
	return nil
}

// given are the parts of a task definition that RegisterTaskDefinition takes; the others are AWS's answer.
var given = []string{
	"family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes", "requiresCompatibilities", "cpu", "memory",
	"runtimePlatform",
}

// define writes a task definition like the one that runs, with another image, in the form that the CLI reads.
func (s *script) define(ctx context.Context, like, image, file string) error {
	cmd := exec.CommandContext(ctx, "aws", "ecs", "describe-task-definition", "--task-definition", like, "--output", "json")
	cmd.Env = s.environment()
	text, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("describe %s: %w", like, err)
	}
	defined, err := withImage(text, image)
	if err != nil {
		return fmt.Errorf("describe %s: %w", like, err)
	}
	return os.WriteFile(file, defined, 0o600)
}

func withImage(described []byte, image string) ([]byte, error) {
	var answer struct{ TaskDefinition map[string]any }
	if err := json.Unmarshal(described, &answer); err != nil {
		return nil, err
	}
	defined := map[string]any{}
	for _, key := range given {
		if value, there := answer.TaskDefinition[key]; there {
			defined[key] = value
		}
	}
	containers, _ := defined["containerDefinitions"].([]any)
	if len(containers) != 1 {
		return nil, fmt.Errorf("%d containers, and the runbook knows of one", len(containers))
	}
	containers[0].(map[string]any)["image"] = image
	return json.Marshal(defined)
}

func (s *script) run(text string) func(context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "sh", "-c", text)
		cmd.Env, cmd.WaitDelay = s.environment(), waitDelay
		return cmd
	}
}

func (s *script) environment() []string {
	return slices.Concat(os.Environ(), s.stack.Emulator.Environment(), s.stack.Emulator.Web(), s.names, s.round, []string{
		"LOCAL=" + filepath.Join(s.stack.Tools.Bin(), "local"),
		"DOCKER_CONFIG=" + filepath.Join(s.stack.Run, "docker-client"), // where a login is kept; nobody's own
	})
}
