package dockernet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/flowcomply/infrastructure/local/tcp"
)

// Dial opens a connection to what is behind a proxy.
type Dial func(context.Context) (net.Conn, error)

// To dials an address of this machine.
func To(address string) Dial {
	return func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", address) }
}

// Proxy is a TCP proxy: a name and port on the network, and what is behind it.
type Proxy struct {
	container string
	docker    Docker
	lease     net.Conn
	answers   *bufio.Scanner
	data      net.Listener
	sockets   *os.File // the folder of both sockets
	dial      Dial

	mu    sync.Mutex
	open  bool
	conns map[net.Conn]bool
}

// startWithin is how long a proxy's container may take to begin; half a second is usual.
const startWithin = 30 * time.Second

// Proxy makes a TCP proxy, which is closed at first.
func (n *Network) Proxy(name string, port int, dial Dial) (*Proxy, error) {
	place, err := os.MkdirTemp(folder(n.run), "proxy-")
	if err != nil {
		return nil, err
	}
	sockets, err := os.Open(place)
	if err != nil {
		return nil, err
	}
	p := &Proxy{docker: n.docker, sockets: sockets, dial: dial, conns: map[net.Conn]bool{}}
	if err := p.begin(n, place, name, port); err != nil {
		return nil, errors.Join(fmt.Errorf("network: TCP proxy %s:%d: %w", name, port, err), p.Close())
	}
	go p.serve()
	return p, nil
}

func (p *Proxy) begin(n *Network, place, name string, port int) error {
	leases, err := p.listen("lease")
	if err != nil {
		return err
	}
	defer leases.Close()
	if p.data, err = p.listen("data"); err != nil {
		return err
	}
	// As this user and without a single capability, so that the sockets' folder stays private to the user.
	p.container, err = said(n.docker("run", "--detach", "--rm", "--pull", "never", "--network", n.Name, "--network-alias", name,
		"--label", n.label(), "--mount", "type=bind,readonly,target=/proxy,source="+place, "--user", fmt.Sprintf("%d:%d", os.Geteuid(), os.Getegid()),
		"--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--security-opt", "label=disable",
		"--memory", "64m", n.image, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	if err := leases.SetDeadline(time.Now().Add(startWithin)); err != nil {
		return err
	}
	if p.lease, err = leases.Accept(); err != nil {
		return fmt.Errorf("its container does not call back: %w", err)
	}
	p.answers = bufio.NewScanner(p.lease)
	return nil
}

// listen makes one of the proxy's sockets. Its path goes through the open folder: a socket's may have 107
// characters only, and a run folder's path may be longer.
func (p *Proxy) listen(name string) (*net.UnixListener, error) {
	path := fmt.Sprintf("/proc/self/fd/%d/%s", p.sockets.Fd(), name)
	return net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
}

// Set opens or closes the proxy; it returns when that is so. A closed proxy refuses connections, as a port does where
// nothing listens, and ends those that it had passed on.
func (p *Proxy) Set(open bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == open {
		return nil
	}
	order := "close"
	if open {
		order = "open"
	}
	if _, err := fmt.Fprintln(p.lease, order); err != nil {
		return err
	}
	if !p.answers.Scan() {
		return errors.New("network: a proxy's container has ended")
	}
	if answer := p.answers.Text(); answer != "done" {
		return fmt.Errorf("network: a proxy does not %s: %s", order, answer)
	}
	p.open = open
	if !open {
		for conn := range p.conns {
			_ = conn.Close()
		}
	}
	return nil
}

func (p *Proxy) serve() {
	for {
		conn, err := p.data.Accept()
		if err != nil {
			return
		}
		go p.pass(conn.(*net.UnixConn))
	}
}

// pass joins one connection to what is behind the proxy, until both directions have ended.
func (p *Proxy) pass(client *net.UnixConn) {
	defer client.Close()
	if !p.keep(client) {
		return
	}
	defer p.drop(client)
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	server, err := p.dial(ctx)
	cancel()
	if err != nil {
		return
	}
	defer server.Close()
	_ = tcp.Join(client, client, server)
}

func (p *Proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[conn] = p.open
	return p.open
}

func (p *Proxy) drop(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}

// Close removes the proxy with its container.
func (p *Proxy) Close() error {
	var problems []error
	if p.lease != nil {
		problems = append(problems, p.lease.Close())
	}
	if p.data != nil {
		problems = append(problems, p.data.Close())
	}
	if p.container != "" {
		if _, err := said(p.docker("container", "rm", "--force", p.container)); err != nil && !gone(err) {
			problems = append(problems, err)
		}
	}
	p.mu.Lock()
	for conn := range p.conns {
		_ = conn.Close()
	}
	p.mu.Unlock()
	return errors.Join(append(problems, os.RemoveAll(p.sockets.Name()), p.sockets.Close())...)
}
