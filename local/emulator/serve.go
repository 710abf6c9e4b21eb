package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/flowcomply/infrastructure/local/alb"
	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/ca"
	"github.com/flowcomply/infrastructure/local/databases"
	"github.com/flowcomply/infrastructure/local/dockernet"
	"github.com/flowcomply/infrastructure/local/tcp"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// inside is the name under which containers reach the emulated AWS.
const inside = "aws.internal"

// Serve runs the emulated AWS of a run folder until the context ends. It records itself there once it answers.
func Serve(ctx context.Context, root, run, python string, want Settings) (err error) {
	docker, err := acquireDocker(ctx, root)
	if err != nil {
		return err
	}
	defer docker.release()
	tools := toolchain.Open(root)
	programs, err := servers()
	if err != nil {
		return err
	}
	made, err := dockernet.Create(docker.command, run, tools.TCPProxy())
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, dockernet.Sweep(docker.command, run))
		docker.forget(fmt.Sprintf("127.0.0.1:%d/", want.RegistryPort)) // after the containers that are made of them
	}()
	registry, proxy, err := listen(&want)
	if err != nil {
		return err
	}
	defer registry.Close()
	defer proxy.Close()
	self, err := Identify(os.Getpid())
	if err != nil {
		return err
	}
	running := Host{Settings: want, Process: self, DockerHost: docker.host, Network: made.Name, ProxyPort: tcp.Port(proxy), Run: run}
	return running.serve(ctx, root, python, made, programs, registry, proxy)
}

// servers finds the programs that stand in for databases and caches.
func servers() (databases.Programs, error) {
	initdb, err := toolchain.DatabaseProgram("initdb")
	if err != nil {
		return databases.Programs{}, err
	}
	redis, err := toolchain.DatabaseProgram("redis-server")
	return databases.Programs{PostgresBin: filepath.Dir(initdb), Redis: redis}, err
}

// listen takes the loopback ports that are asked for, or free ones.
func listen(want *Settings) (registry, proxy net.Listener, err error) {
	if registry, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", want.RegistryPort)); err != nil {
		return nil, nil, fmt.Errorf("registry: %w", err)
	}
	want.RegistryPort = tcp.Port(registry)
	if proxy, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("proxy: %w", err), registry.Close())
	}
	if want.AWSPort == 0 {
		if want.AWSPort, err = tcp.FreePort(); err != nil {
			return nil, nil, errors.Join(err, registry.Close(), proxy.Close())
		}
	}
	return registry, proxy, nil
}

// serve runs every part until the context ends, or one of them does, and returns when all have ended: whoever waits
// for this process may rely on that.
func (h Host) serve(ctx context.Context, root, python string, network *dockernet.Network, programs databases.Programs, registry, proxy net.Listener) error {
	issuer, err := ca.New(caFolder(h.Run))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	var parts sync.WaitGroup
	defer func() { stop(nil); parts.Wait() }()
	parts.Go(func() { stop(h.moto(ctx, root, python)) })
	go func() { stop(serveRegistry(registry, h)) }()
	if err := answers(ctx, h.Endpoint()); err != nil {
		return err
	}
	insideProxy, err := network.Proxy(inside, 80, dockernet.To(fmt.Sprintf("127.0.0.1:%d", h.AWSPort)))
	if err != nil {
		return err
	}
	defer insideProxy.Close()
	if err := insideProxy.Set(true); err != nil {
		return err
	}
	aws := awsclient.New(h.Endpoint(), h.Region)
	balancers := alb.New(aws, issuer, logger("alb"))
	parts.Go(func() { balancers.Run(ctx) })
	go func() { stop(balancers.Proxy().Serve(proxy)) }()
	servers := databases.New(aws, issuer, programs, h.Run, func(name string, port int, to string) (databases.Proxy, error) {
		return network.Proxy(name, port, dockernet.To(to))
	}, logger("databases"))
	parts.Go(func() { servers.Run(ctx) })
	if err := record(h); err != nil {
		return err
	}
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) { // a signal's cause is one
		return cause
	}
	return nil
}

// logger writes for one part of the run's log. The standard logger is no use here: a library that comes with the engine
// takes its output away.
func logger(part string) *log.Logger {
	return log.New(os.Stderr, part+": ", log.LstdFlags|log.Lmsgprefix)
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
func record(running Host) error {
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
