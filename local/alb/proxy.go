package alb

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/tcp"
)

// Proxy is an HTTP forward proxy that knows the hosts of the emulated AWS and no others: a name that is missing there
// must not lead to whatever the real DNS has under it.
func (s *Server) Proxy() *http.Server {
	return &http.Server{Handler: http.HandlerFunc(s.proxy), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
}

func (s *Server) proxy(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		s.tunnel(w, r)
	case r.URL.IsAbs() && r.URL.Scheme == "http":
		s.pass(w, r)
	default:
		http.Error(w, "this is a proxy to the hosts of the emulated AWS: name it in HTTPS_PROXY and HTTP_PROXY", http.StatusBadRequest)
	}
}

// find is the loopback address of the listener that a host and port lead to.
func (s *Server) find(ctx context.Context, host string, port int) (string, error) {
	asked := time.Now()
	l, err := s.current.Load().resolve(host, port)
	if err != nil { // perhaps it was made a moment ago
		if lookErr := s.refresh(ctx, asked); lookErr != nil {
			return "", &proxyError{kind: dnsTimeout, text: fmt.Sprintf("%v; and the emulated AWS does not answer: %v", err, lookErr)}
		}
		if l, err = s.current.Load().resolve(host, port); err != nil {
			return "", err
		}
	}
	s.opened.Lock()
	defer s.opened.Unlock()
	open := s.listening[l.arn]
	if open == nil {
		return "", &proxyError{kind: refused, text: fmt.Sprintf("%s leads to the listener %s, which does not listen yet", host, l.arn)}
	}
	return open.address, nil
}

// tunnel joins the client to a listener. Why it cannot is told in the status line: programs show no more of the answer
// to a CONNECT.
func (s *Server) tunnel(w http.ResponseWriter, r *http.Request) {
	server, err := s.connect(r.Context(), r.Host, "443")
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		http.Error(w, "CONNECT needs HTTP/1.1", http.StatusHTTPVersionNotSupported)
		return
	}
	client, buffered, hijackErr := hijacker.Hijack()
	if hijackErr != nil {
		return
	}
	defer client.Close()
	if err != nil {
		_, _ = fmt.Fprintf(client, "HTTP/1.1 502 %s\r\nProxy-Status: %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s\n",
			strings.Join(strings.Fields(err.Error()), " "), proxyStatus(err), len(err.Error())+1, err)
		return
	}
	defer server.Close()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	_ = tcp.Join(client, buffered.Reader, server)
}

func (s *Server) connect(ctx context.Context, hostport, usual string) (net.Conn, error) {
	host, text, err := net.SplitHostPort(hostport)
	if err != nil {
		host, text = hostport, usual
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("%s: the port is not a number", hostport)
	}
	address, err := s.find(ctx, host, port)
	if err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// pass sends a request for an http:// address to the listener behind it.
func (s *Server) pass(w http.ResponseWriter, r *http.Request) {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.Host, p.Out.URL = r.Host, &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
			p.Out.Header.Del("Proxy-Connection")
		},
		Transport: &http.Transport{
			DialContext:       func(ctx context.Context, _, address string) (net.Conn, error) { return s.connect(ctx, address, "80") },
			DisableKeepAlives: true, DisableCompression: true,
		},
		FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			w.Header().Set("Proxy-Status", proxyStatus(err))
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, r)
}
