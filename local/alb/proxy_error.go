package alb

import (
	"errors"
	"net"
	"strings"
)

// Types of errors that a proxy tells, https://www.rfc-editor.org/rfc/rfc9209#section-2.3.
const (
	dnsError      = "dns_error"
	dnsTimeout    = "dns_timeout"
	unroutable    = "destination_ip_unroutable"
	refused       = "connection_refused"
	internalError = "proxy_internal_error"
)

// What a resolver answers, as RFC 9209 has it for DNS errors: no such name; no such record of a name that exists; a way
// that ends at no answer.
const (
	nxdomain = "NXDOMAIN"
	noerror  = "NOERROR"
	servfail = "SERVFAIL"
)

// proxyError is why nothing is reached under a name.
type proxyError struct {
	kind  string
	rcode string // where kind is dnsError
	text  string
}

func (e *proxyError) Error() string { return e.text }

// proxyStatus tells an error in the header Proxy-Status, so that clients can tell a name that does not resolve from a
// load balancer that does not answer.
func proxyStatus(err error) string {
	told := proxyError{kind: internalError}
	var own *proxyError
	var dial *net.OpError
	switch {
	case errors.As(err, &own):
		told = *own
	case errors.As(err, &dial):
		told.kind = refused
	}
	status := "emulated-aws; error=" + told.kind
	if told.rcode != "" {
		status += "; rcode=" + quoted(told.rcode)
	}
	return status + "; details=" + quoted(err.Error())
}

// quoted is a string of structured fields, which has printable ASCII alone (RFC 8941).
func quoted(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
