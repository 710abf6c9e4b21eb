package dockernet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

// Dial opens a connection to what is behind a door.
type Dial func(context.Context) (net.Conn, error)

// To dials an address of this machine.
func To(address string) Dial {
	return func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", address) }
}

// Door is a name and port on the network, and what is behind it.
type Door struct {
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

// startWithin is how long a door's container may take to begin; half a second is usual.
const startWithin = 30 * time.Second

// Door makes a door, which is shut at first.
func (n *Network) Door(name string, port int, dial Dial) (*Door, error) {
	place, err := os.MkdirTemp(folder(n.run), "door-")
	if err != nil {
		return nil, err
	}
	sockets, err := os.Open(place)
	if err != nil {
		return nil, err
	}
	d := &Door{docker: n.docker, sockets: sockets, dial: dial, conns: map[net.Conn]bool{}}
	if err := d.begin(n, place, name, port); err != nil {
		return nil, errors.Join(fmt.Errorf("network: door %s:%d: %w", name, port, err), d.Close())
	}
	go d.serve()
	return d, nil
}

func (d *Door) begin(n *Network, place, name string, port int) error {
	leases, err := d.listen("lease")
	if err != nil {
		return err
	}
	defer leases.Close()
	if d.data, err = d.listen("data"); err != nil {
		return err
	}
	// As this user and without a single capability, so that the sockets' folder stays private to the user.
	d.container, err = said(n.docker("run", "--detach", "--rm", "--pull", "never", "--network", n.Name, "--network-alias", name,
		"--label", n.label(), "--mount", "type=bind,readonly,target=/door,source="+place, "--user", fmt.Sprintf("%d:%d", os.Geteuid(), os.Getegid()),
		"--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--security-opt", "label=disable",
		"--memory", "64m", n.image, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	if err := leases.SetDeadline(time.Now().Add(startWithin)); err != nil {
		return err
	}
	if d.lease, err = leases.Accept(); err != nil {
		return fmt.Errorf("its container does not call back: %w", err)
	}
	d.answers = bufio.NewScanner(d.lease)
	return nil
}

// listen makes one of the door's sockets. Its path goes through the open folder: a socket's may have 107
// characters only, and a run folder's path may be longer.
func (d *Door) listen(name string) (*net.UnixListener, error) {
	path := fmt.Sprintf("/proc/self/fd/%d/%s", d.sockets.Fd(), name)
	return net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
}

// Set opens or shuts the door; it returns when that is so. A shut door refuses connections, as a port does where
// nothing listens, and ends those that it had passed on.
func (d *Door) Set(open bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == open {
		return nil
	}
	order := "shut"
	if open {
		order = "open"
	}
	if _, err := fmt.Fprintln(d.lease, order); err != nil {
		return err
	}
	if !d.answers.Scan() {
		return errors.New("network: a door's container has ended")
	}
	if answer := d.answers.Text(); answer != "done" {
		return fmt.Errorf("network: a door does not %s: %s", order, answer)
	}
	d.open = open
	if !open {
		for conn := range d.conns {
			_ = conn.Close()
		}
	}
	return nil
}

func (d *Door) serve() {
	for {
		conn, err := d.data.Accept()
		if err != nil {
			return
		}
		go d.pass(conn.(*net.UnixConn))
	}
}

// pass joins one connection to what is behind the door, until both directions have ended.
func (d *Door) pass(client *net.UnixConn) {
	defer client.Close()
	if !d.keep(client) {
		return
	}
	defer d.drop(client)
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	server, err := d.dial(ctx)
	cancel()
	if err != nil {
		return
	}
	defer server.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(server, client)
		halfClose(server)
	}()
	_, _ = io.Copy(client, server)
	halfClose(client)
	<-ended
}

func (d *Door) keep(conn net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conns[conn] = d.open
	return d.open
}

func (d *Door) drop(conn net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, conn)
}

func halfClose(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// Close removes the door with its container.
func (d *Door) Close() error {
	var problems []error
	if d.lease != nil {
		problems = append(problems, d.lease.Close())
	}
	if d.data != nil {
		problems = append(problems, d.data.Close())
	}
	if d.container != "" {
		if _, err := said(d.docker("container", "rm", "--force", d.container)); err != nil && !gone(err) {
			problems = append(problems, err)
		}
	}
	d.mu.Lock()
	for conn := range d.conns {
		_ = conn.Close()
	}
	d.mu.Unlock()
	return errors.Join(append(problems, os.RemoveAll(d.sockets.Name()), d.sockets.Close())...)
}
