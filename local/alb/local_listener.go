package alb

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
)

// localListener is where a listener of a load balancer listens on this machine.
type localListener struct {
	alb     *Server
	arn     string
	secure  bool
	address string // on loopback
	server  *http.Server
}

func (s *Server) listen(l listener) (*localListener, error) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listener %s: %w", l.arn, err)
	}
	ll := &localListener{alb: s, arn: l.arn, secure: l.secure, address: socket.Addr().String()}
	ll.server = &http.Server{
		Handler: ll, ReadHeaderTimeout: l.balancer.idleTimeout, IdleTimeout: l.balancer.idleTimeout,
		ErrorLog: log.New(io.Discard, "", 0), // every refused handshake would be a line
	}
	if l.secure {
		ll.server.TLSConfig = &tls.Config{
			MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetConfigForClient: ll.handshake,
		}
		go func() { _ = ll.server.ServeTLS(socket, "", "") }()
	} else {
		go func() { _ = ll.server.Serve(socket) }()
	}
	return ll, nil
}

func (ll *localListener) close() { _ = ll.server.Close() }

// handshake is the listener's TLS as AWS describes it at this moment.
func (ll *localListener) handshake(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	l, known := ll.alb.current.Load().listeners[ll.arn]
	if !known || len(l.certificates) == 0 {
		return nil, errors.New("the listener has no certificate that is issued")
	}
	return &tls.Config{
		MinVersion: oldest(l.policy), NextProtos: []string{"h2", "http/1.1"},
		Certificates: []tls.Certificate{choice(l.certificates, hello)},
	}, nil
}

// choice is the first certificate that fits what the client names, or the default one: a load balancer shows that
// rather than none (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html).
func choice(certificates []tls.Certificate, hello *tls.ClientHelloInfo) tls.Certificate {
	for _, certificate := range certificates {
		if hello.ServerName != "" && certificate.Leaf.VerifyHostname(hello.ServerName) == nil {
			return certificate
		}
	}
	return certificates[0]
}

// oldest is the lowest version of TLS that a security policy allows; its name tells
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
func oldest(policy string) uint16 {
	switch {
	case strings.Contains(policy, "TLS13-1-3"):
		return tls.VersionTLS13
	case strings.Contains(policy, "-1-2"):
		return tls.VersionTLS12
	case strings.Contains(policy, "-1-1"):
		return tls.VersionTLS11
	default:
		return tls.VersionTLS10
	}
}
