package lab

import (
	"context"
	"encoding/json"
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

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/flowcomply/infrastructure/local/registry"
)

// Serve runs the emulated AWS of a run folder until the context ends. It records itself there once it answers.
func Serve(ctx context.Context, root, run, python string, want Settings) error {
	docker, err := acquireDocker(ctx, root)
	if err != nil {
		return err
	}
	defer docker.release()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", want.RegistryPort))
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	defer listener.Close()
	want.RegistryPort = listener.Addr().(*net.TCPAddr).Port
	if want.AWSPort == 0 {
		if want.AWSPort, err = freePort(); err != nil {
			return err
		}
	}
	self, err := Identify(os.Getpid())
	if err != nil {
		return err
	}
	running := Lab{Settings: want, Process: self, DockerHost: docker.host, Run: run}
	ctx, stop := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	defer func() { stop(nil); <-ended }() // whoever waits for this process may rely on moto's end
	go func() { defer close(ended); stop(moto(ctx, root, run, python, want)) }()
	go func() { stop(serveRegistry(listener, run, running)) }()
	if err := answers(ctx, running.Endpoint()); err != nil {
		return err
	}
	if err := record(running); err != nil {
		return err
	}
	<-ctx.Done()
	docker.forget(fmt.Sprintf("127.0.0.1:%d/", want.RegistryPort))
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) { // a signal's cause is one
		return cause
	}
	return nil
}

// moto runs the emulator proper; it ends with the context, or with an error when it ends by itself.
func moto(ctx context.Context, root, run, python string, want Settings) error {
	cmd := exec.CommandContext(ctx, python, "-m", "awslocal", "--host", "127.0.0.1", "--port", strconv.Itoa(want.AWSPort),
		"--account", want.Account, "--region", want.Region, "--registry", fmt.Sprintf("127.0.0.1:%d", want.RegistryPort),
		"--data", filepath.Join(run, "moto"), "--control", filepath.Join(run, "scenario.json"))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(root, "local", "emulator"), "PYTHONDONTWRITEBYTECODE=1")
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

func serveRegistry(listener net.Listener, run string, running Lab) error {
	blobs := filepath.Join(run, "registry")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion(running.Region), config.WithBaseEndpoint(running.Endpoint()),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("emulated", "emulated", "")))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: registry.New(blobs, ecr.NewFromConfig(cfg), log.New(os.Stderr, "registry: ", 0)), ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}

// answers waits until the emulated AWS takes connections.
func answers(ctx context.Context, url string) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/moto-api/", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			return res.Body.Close()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// record writes the run's record in one step, so that a reader sees all of it or none.
func record(running Lab) error {
	text, err := json.MarshalIndent(running, "", "  ")
	if err != nil {
		return err
	}
	file := recordFile(running.Run)
	if err := os.WriteFile(file+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
