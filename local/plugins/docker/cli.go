package docker

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/flowcomply/infrastructure/local/plugins/process"
	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

// docker runs the docker command.
type docker struct {
	env  []string
	host string // DOCKER_HOST of its builds; this process's own when empty
	show func(line string)
}

// status shows a line beside the resource until the next one comes.
func (p *Provider) status(ctx context.Context, urn resource.URN) func(string) {
	return func(line string) {
		if strings.TrimSpace(line) != "" {
			_ = p.Engine.LogStatus(ctx, diag.Info, urn, line) // progress that is not seen is no failure
		}
	}
}

// run returns what the command wrote to both streams; on failure the end of it is the error.
func (d *docker) run(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	cmd := process.Command(ctx, "docker", args...)
	cmd.Env = slices.Concat(d.env, []string{"DOCKER_BUILDKIT=0"}) // the classic builder is in every daemon, buildx on few machines
	cmd.Stdin = stdin
	var out bytes.Buffer
	lines := provider.NewLines(d.show)
	both := io.MultiWriter(&out, lines)
	cmd.Stdout, cmd.Stderr = both, both // one writer for both is written by one at a time
	err := process.Run(ctx, cmd)
	lines.Flush()
	exit := &exec.ExitError{}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("docker command: %w; install it, or put it on PATH", err)
	case errors.As(err, &exit):
		return "", fmt.Errorf("docker %s: %w: %s", args[0], exit, lastLines(out.String()))
	case err != nil:
		return "", err
	}
	return out.String(), nil
}

// login returns a docker command that is logged in to one registry, and what forgets the login. It uses a
// configuration of its own, because `docker login` would leave the password in the operator's.
func (d *docker) login(ctx context.Context, server, user, password string) (*docker, func(), error) {
	// The operator's configuration also holds which daemon is meant.
	quiet := &docker{env: d.env, show: func(string) {}}
	daemon, err := quiet.run(ctx, nil, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
	if err != nil {
		return nil, nil, err
	}
	if server == "docker.io" {
		server = "https://index.docker.io/v1/" // the name Docker files its own registry's login under
	}
	config, err := json.Marshal(map[string]any{"auths": map[string]any{server: map[string]string{
		"auth": base64.StdEncoding.EncodeToString([]byte(user + ":" + password)),
	}}})
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "pulumi-docker-")
	if err != nil {
		return nil, nil, err
	}
	remove := func() { _ = os.RemoveAll(dir) } // readable by its owner alone if it should stay
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600); err != nil {
		remove()
		return nil, nil, err
	}
	env := append(withoutContext(d.env), "DOCKER_CONFIG="+dir, "DOCKER_HOST="+strings.TrimSpace(daemon))
	return &docker{env: env, show: d.show}, remove, nil
}

// withoutContext: a named context would be looked for in the new configuration, which has none.
func withoutContext(env []string) []string {
	var rest []string
	for _, pair := range env {
		if !strings.HasPrefix(pair, "DOCKER_CONTEXT=") {
			rest = append(rest, pair)
		}
	}
	return rest
}
