package emulator

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/flowcomply/infrastructure/local/registry"
)

// moto runs the emulator proper; it ends with the context, or with an error when it ends by itself.
func (h Host) moto(ctx context.Context, root, python string) error {
	cmd := exec.CommandContext(ctx, python, "-m", "awslocal", "--host", "127.0.0.1", "--port", strconv.Itoa(h.AWSPort),
		"--account", h.Account, "--region", h.Region, "--registry", fmt.Sprintf("127.0.0.1:%d", h.RegistryPort),
		"--compute", "docker", "--network", h.Network, "--docker-host", h.DockerHost, "--task-endpoint", "http://"+inside,
		"--data", filepath.Join(h.Run, "moto"), "--control", filepath.Join(h.Run, "scenario.json"),
		"--pace", h.Pace, "--seed", strconv.FormatUint(h.PaceSeed, 10))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(root, "local", "emulator"), "PYTHONDONTWRITEBYTECODE=1",
		"S3_IGNORE_SUBDOMAIN_BUCKETNAME=true") // or moto takes "aws" for a bucket in requests to aws.internal
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return context.Canceled
	}
	if err == nil {
		return errors.New("emulated AWS: moto ended, and nobody had asked it to")
	}
	return fmt.Errorf("emulated AWS: moto ended: %w", err)
}

func serveRegistry(listener net.Listener, running Host) error {
	blobs := filepath.Join(running.Run, "registry")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return err
	}
	cfg, err := running.Config(context.Background())
	if err != nil {
		return err
	}
	server := &http.Server{Handler: registry.New(blobs, ecr.NewFromConfig(cfg), log.New(os.Stderr, "registry: ", 0)), ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}
