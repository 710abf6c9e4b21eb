// Package web is what the backend's and the frontend's servers have in common: start and end, headers, the access log
// and the faults that concern any request.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/image"
)

const (
	// headerTimeout bounds how long a caller may take over its request's head.
	headerTimeout = 5 * time.Second
	// endTimeout is how long running requests may take after SIGTERM: less than the 30 s after which ECS kills.
	endTimeout = 10 * time.Second
	// checkTimeout bounds a health check from inside: less than ECS's own limit of 5 s.
	checkTimeout = 4 * time.Second
)

// Service is one of the stand-in's services, about to run.
type Service struct {
	Port    string // of PORT
	Faults  *faults.Set
	Log     *slog.Logger
	Handler http.Handler
	// Effects are the faults that happen by themselves.
	Effects map[string]faults.Effect
	// Background runs beside the server and ends with its context; may be nil.
	Background func(context.Context)
	// FaultsAddress is where faults are taken; empty: port 9901 on every address.
	FaultsAddress string
	// Ready is told the addresses once both ports answer; may be nil.
	Ready func(server, faults net.Addr)
}

// Start reads an image's faults, and ends the process if it was built to end at once.
func Start(name string, built image.Image, log *slog.Logger) (*faults.Set, error) {
	set, err := faults.New(name, built.Faults)
	if err != nil {
		return nil, err
	}
	if set.On(faults.ExitAtStart) {
		code := int(set.Number(faults.ExitAtStart))
		log.Error("cannot start", "fault", faults.ExitAtStart, "exitCode", code)
		os.Exit(code)
	}
	return set, nil
}

// Run serves until SIGTERM or SIGINT, lets running requests end, and returns nil; or returns why it could not.
func (s Service) Run(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var rest sync.WaitGroup
	defer rest.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rest.Go(func() { s.Faults.Run(ctx, s.Effects) })

	address := s.FaultsAddress
	if address == "" {
		address = ":" + faults.Port
	}
	control, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("faults: %w", err)
	}
	ended := make(chan error, 2)
	closeControl := serve(control, s.Faults, ended)
	defer closeControl()
	if s.Faults.On(faults.NeverHealthy) {
		s.Log.Warn("waiting for something that does not come", "fault", faults.NeverHealthy)
		<-ctx.Done()
		return nil
	}
	if s.Background != nil {
		rest.Go(func() { s.Background(ctx) })
	}
	listener, err := net.Listen("tcp", ":"+s.Port)
	if err != nil {
		return fmt.Errorf("PORT: %w", err)
	}
	closeServer := serve(listener, s.Handler, ended)
	defer closeServer()
	s.Log.Info("listening", "port", s.Port)
	if s.Ready != nil {
		s.Ready(listener.Addr(), control.Addr())
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		s.Log.Info("ending", "why", context.Cause(ctx).Error())
		return nil
	}
}

// serve starts a server; the function it returns lets running requests end.
func serve(listener net.Listener, handler http.Handler, ended chan<- error) func() {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			ended <- err
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close() // what has not ended by now is cut off, as ECS would do
		}
	}
}

// Healthcheck asks the service in this container for its health, as an image from scratch has no curl. It returns an
// error unless the answer is 200.
func Healthcheck(ctx context.Context, port, path string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", port)+path, nil)
	if err != nil {
		return err
	}
	res, err := (&http.Client{Transport: &http.Transport{Proxy: nil}}).Do(req)
	if err != nil {
		return fmt.Errorf("unhealthy: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("unhealthy: GET %s: %s", path, res.Status)
	}
	return nil
}
