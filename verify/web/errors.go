package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
)

// What to do next, from the runbook's troubleshooting and docs/alarms.md.
const (
	nextDNS     = "check the record in the zone, and that the registrar names the zone's name servers; a new record may take minutes to be seen"
	nextAddress = "check where the record in the zone leads to: it has to be the stack's load balancer, which has to listen on that port"
	nextRefused = "check that the load balancer listens on that port and that its security group lets this machine in"
	nextTrust   = "check which certificate the listener has (ACM) and what stands in between; SSL_CERT_FILE names an authority of your own"
	nextSlow    = "check target health, CPU, memory and the database's connections (runbook, slow response times)"
	nextProxy   = "check HTTPS_PROXY and NO_PROXY, and that the proxy may reach that host"
	nextErrors  = "look at the service's log, the pool of database connections and Redis (runbook, high error rate); roll back if it began with this release"
	nextWAF     = "look at the firewall's sampled requests: a rule or the rate limit blocks this machine"
	nextRoute   = "check the listener's rule for this host and that the version deployed has this address"
)

// explain says why there is no answer. ctx is the check's: it tells the check's deadline from that of one request.
func (a httpClient) explain(ctx context.Context, r request, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) { // says method and URL once more
		err = wrapped.Err
	}
	kind, next, final := a.kind(ctx, hostOf(r.url), err)
	failure := &check.Failure{Cause: a.hide.Foreign(r.what() + ": " + kind), Next: next}
	if ctx.Err() != nil {
		failure.Err = ctx.Err() // the check has ended; that is no fault of the stack
	}
	if final {
		return poll.Permanent(failure)
	}
	return failure
}

func (a httpClient) kind(ctx context.Context, host string, err error) (kind, next string, final bool) {
	var rejection *proxyRejectionError
	var unknownHost *net.DNSError
	var operation *net.OpError
	var timeout net.Error
	proxied := errors.As(err, &operation) && operation.Op == "proxyconnect"
	switch {
	case errors.As(err, &rejection):
		kind, next = rejection.explain(host)
		return kind, next, false
	case proxied:
		return "the proxy cannot be reached: " + operation.Err.Error(), nextProxy, false
	case errors.As(err, &unknownHost):
		if unknownHost.IsNotFound {
			return host + " does not resolve", nextDNS, false
		}
		return host + " cannot be resolved: " + unknownHost.Err, nextDNS, false
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection is refused", nextRefused, false
	}
	if kind, final := tlsKind(host, err); kind != "" {
		return kind, nextTrust, final
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted", "", false
	case ctx.Err() != nil:
		return "no answer in time", nextSlow, false
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("no answer in %s", askLimit), nextSlow, false
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection ends before the answer does", awschecks.NextTargets, false
	default:
		return err.Error(), nextRefused, false
	}
}

// tlsKind explains faults of TLS; it is empty for others. Those of the certificate are final: no task that starts later
// brings another one.
func tlsKind(host string, err error) (kind string, final bool) {
	var verification *tls.CertificateVerificationError
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	verified := errors.As(err, &verification)
	switch {
	case errors.As(err, &name):
		return fmt.Sprintf("TLS: the certificate is for %s, not for %s", names(name.Certificate), host), true
	case errors.As(err, &authority):
		issuer := "unknown"
		if verified && len(verification.UnverifiedCertificates) > 0 {
			issuer = "issued by " + verification.UnverifiedCertificates[0].Issuer.String()
		}
		return "TLS: the certificate's authority is unknown: " + issuer, true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if from := invalid.Cert.NotBefore; time.Now().Before(from) {
			return "TLS: the certificate is valid only from " + from.UTC().Format(time.RFC3339) + "; is this machine's clock right?", true
		}
		return "TLS: the certificate expired on " + invalid.Cert.NotAfter.UTC().Format(time.RFC3339), true
	case verified:
		return "TLS: the certificate is not valid: " + verification.Err.Error(), true
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "TLS: the port answers without TLS", false
	case errors.As(err, &alert):
		return "TLS: the handshake is refused: " + alert.Error(), false
	}
	return "", false
}

func names(cert *x509.Certificate) string {
	all := append([]string(nil), cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "no name at all"
	}
	return strings.Join(all, ", ")
}

// unexpected explains an answer with another status than wanted. It is not permanent, as new tasks or less load may
// help.
func (a httpClient) unexpected(p page) error {
	next := nextErrors
	switch p.status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		next = awschecks.NextTargets
	case http.StatusForbidden, http.StatusTooManyRequests:
		next = nextWAF
	case http.StatusNotFound:
		next = nextRoute
	}
	led := ""
	if to := p.header.Get("Location"); p.status >= 300 && p.status < 400 && to != "" {
		led, next = ", to "+a.hide.Foreign(to), nextRoute
	}
	return a.showing(p, p.failure(next, "%s%s", p.statusText(), led))
}

func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "unknown"
	}
	return parsed.Hostname()
}
