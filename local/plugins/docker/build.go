package docker

import (
	"context"
	"os"
	"runtime"
)

// Folder is a folder that an image is built from, by its Dockerfile.
type Folder struct {
	Path string
	Args map[string]string
	// Platform is such as linux/arm64; this machine's when empty.
	Platform string
	// Host is the daemon's DOCKER_HOST; that of this process when empty.
	Host string
	// Show is told of each line; nothing when nil.
	Show func(line string)
}

// Build builds an image as the provider does, with the daemon's BuildKit, and leaves it in the daemon under the name. It is for
// those who make an image without the program: `docker build` would need buildx, or be the classic builder.
func (f Folder) Build(ctx context.Context, name string) error {
	if f.Platform == "" {
		f.Platform = "linux/" + runtime.GOARCH
	}
	show := f.Show
	if show == nil {
		show = func(string) {}
	}
	asked := spec{ImageName: name, Build: build{Context: f.Path, Args: f.Args, Platform: f.Platform}.withDefaults()}
	if err := asked.Build.locate(); err != nil {
		return err
	}
	return asked.build(ctx, &docker{env: os.Environ(), host: f.Host, show: show})
}
