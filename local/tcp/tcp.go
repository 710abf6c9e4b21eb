// Package tcp is what the parts of the emulator that pass connections on have in common.
package tcp

import (
	"io"
	"net"
)

// FreePort is a loopback port that nobody has now.
func FreePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return Port(listener), nil
}

// Port is the port that a listener has.
func Port(listener net.Listener) int { return listener.Addr().(*net.TCPAddr).Port }

// Join passes bytes both ways until both directions have ended. What the client sends is read from its own reader, as some
// of it may be buffered there. The error is that of the way to the client.
func Join(client io.Writer, from io.Reader, server io.ReadWriter) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(server, from)
		halfClose(server)
	}()
	_, err := io.Copy(client, server)
	halfClose(client)
	<-ended
	return err
}

func halfClose(conn any) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
