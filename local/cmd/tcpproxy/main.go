// Command tcpproxy is all that runs in a proxy's container: it takes connections on one port of the container's own
// network and passes each on through a Unix socket in /proxy, behind which the serving process waits. So containers
// reach what they should, and nothing on the machine itself listens beyond loopback.
//
// It holds a lease: a connection to the serving process, over which it is told to listen ("open") or not ("close").
// When that process ends, however it ends, so does the lease, the proxy, and with it the container.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"

	"github.com/flowcomply/infrastructure/local/tcp"
)

const (
	lease = "/proxy/lease"
	data  = "/proxy/data"
)

func main() {
	if err := forward(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func forward(port string) error {
	held, err := net.Dial("unix", lease)
	if err != nil {
		return err
	}
	var listener net.Listener
	for orders := bufio.NewScanner(held); orders.Scan(); {
		if listener != nil {
			_ = listener.Close()
			listener = nil
		}
		answer := "done"
		if orders.Text() == "open" {
			if listener, err = net.Listen("tcp", ":"+port); err != nil {
				answer = err.Error()
			} else {
				go take(listener)
			}
		}
		if _, err := fmt.Fprintln(held, answer); err != nil {
			return err
		}
	}
	return nil
}

func take(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go pass(client.(*net.TCPConn))
	}
}

// pass joins a client to the serving process until both directions have ended.
func pass(client *net.TCPConn) {
	defer client.Close()
	server, err := net.Dial("unix", data)
	if err != nil {
		_ = client.SetLinger(0) // a reset: nobody is behind this proxy
		return
	}
	defer server.Close()
	if err := tcp.Join(client, client, server); err != nil {
		_ = client.SetLinger(0)
	}
}
