package preflight

import (
	"context"

	"github.com/flowcomply/infrastructure/internal/docker"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// BuilderReader tells what the Docker daemon that images are built with is;
// docker.Command is one.
type BuilderReader interface {
	Ask(ctx context.Context) (docker.Daemon, error)
}

// builderReady checks that there is a Docker daemon that builds with BuildKit. Without this check, a build would fail
// minutes later, beside the snapshot.
func builderReady(builder BuilderReader) check.Check {
	return check.Check{Group: inputs.BuilderGroup, Name: "BuildKit", Run: func(ctx context.Context) (string, error) {
		daemon, err := builder.Ask(ctx)
		if err != nil {
			return "", refused("start Docker on the machine that this command runs on (systemctl start docker), or point DOCKER_HOST at a daemon; "+
				"`docker version` tells whether one answers", "images cannot be built: %v", err)
		}
		if err := daemon.BuildKit(); err != nil {
			return "", refused("install Docker 23 or newer for Linux, take `\"features\": {\"buildkit\": false}` out of its daemon.json, "+
				"or point DOCKER_HOST at one that has BuildKit",
				"images are built with BuildKit, and this daemon does not: %v", err)
		}
		return daemon.Server + " builds with BuildKit", nil
	}}
}
