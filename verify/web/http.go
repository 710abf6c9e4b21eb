package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

const (
	// askLimit is how long one request may take with its body; a check tries again while it has time.
	askLimit = 10 * time.Second
	// bodyLimit in bytes is far above any page, script or list of one page.
	bodyLimit = 10 << 20
	// excerptLength is how much of an unexpected body is shown, in characters.
	excerptLength = 160
	// connectLimit is for one TCP connection, and again for its TLS handshake.
	connectLimit = 5 * time.Second
)

// NewHTTPClient makes the client that all checks of a run share, so that they reuse connections. It uses the proxy that
// HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, and trusts the system's authorities, or those of SSL_CERT_FILE. It follows
// no redirect: a check wants to see where a redirect leads.
func NewHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: connectLimit, KeepAlive: 30 * time.Second}).DialContext
	transport.TLSHandshakeTimeout = connectLimit
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 64, 32 // all checks at once; the default keeps 2 a host
	transport.OnProxyConnectResponse = rejectedByProxy
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// httpClient sends requests, and explains what goes wrong.
type httpClient struct {
	client *http.Client
	hide   *check.Redactor // may be nil
}

// request is one request. The zero method is GET.
type request struct {
	method, url string
	token       string // Bearer
	body        []byte // JSON
}

func (r request) what() string { return cmp.Or(r.method, http.MethodGet) + " " + r.url }

// page is an answer, read to its end.
type page struct {
	what   string // method and URL
	url    *url.URL
	status int
	header http.Header
	body   []byte
	tls    *tls.ConnectionState // nil without TLS
}

// failure is one of this answer, with what to do next.
func (p page) failure(next, cause string, args ...any) *check.Failure {
	return &check.Failure{Cause: p.what + ": " + fmt.Sprintf(cause, args...), Next: next}
}

func (p page) statusText() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", p.status, http.StatusText(p.status)))
}

// ask sends one request. An error is a *Failure that names the request and the kind of fault. It is permanent where
// another try cannot help.
func (a httpClient) ask(ctx context.Context, r request) (page, error) {
	limited, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	outgoing, err := http.NewRequestWithContext(limited, r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return page{}, poll.Permanent(fmt.Errorf("%s: %w", r.what(), err))
	}
	outgoing.Header.Set("User-Agent", "flowcomply-verify") // tells its requests apart in the logs
	if r.body != nil {
		outgoing.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		outgoing.Header.Set("Authorization", "Bearer "+r.token)
	}
	answer, err := a.client.Do(outgoing)
	if err != nil {
		return page{}, a.explain(ctx, r, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := insteadOfHost(answer); err != nil {
		return page{}, a.explain(ctx, r, err)
	}
	p := page{what: r.what(), url: outgoing.URL, status: answer.StatusCode, header: answer.Header, tls: answer.TLS}
	p.body, err = io.ReadAll(io.LimitReader(answer.Body, bodyLimit+1))
	switch {
	case err != nil:
		return page{}, a.explain(ctx, r, fmt.Errorf("its body ends early: %w", err))
	case len(p.body) > bodyLimit:
		return page{}, poll.Permanent(fmt.Errorf("%s: the body is larger than %d MiB", r.what(), bodyLimit>>20))
	case p.status == http.StatusTooManyRequests && p.header.Get("Retry-After") != "":
		return page{}, a.limited(ctx, p)
	}
	return p, nil
}

// decode reads a body that has to be one JSON value.
func (a httpClient) decode(p page, target any) error {
	decoder := json.NewDecoder(bytes.NewReader(p.body))
	err := decoder.Decode(target)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more follows the first value")
		}
	}
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		err = fmt.Errorf("%s has another type (%s)", text.OrUnknown(kind.Field), kind.Value)
	case errors.Is(err, io.EOF):
		err = errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it ends in the middle")
	}
	return a.showing(p, p.failure(
		"ask the address by hand: an answer from something in between (proxy, firewall, error page) or a defect of the version deployed",
		"%d, but the body is not the JSON expected: %s", p.status, a.hide.Foreign(err.Error())))
}

// showing is the failure with the beginning of the answer's body.
func (a httpClient) showing(p page, failure *check.Failure) *check.Failure {
	failure.Details = []string{"body: " + a.excerpt(p)}
	return failure
}

// excerpt is the beginning of a body, fit to be shown. It hides credentials before it cuts, as half a credential is not
// recognised.
func (a httpClient) excerpt(p page) string {
	text := strings.Join(strings.Fields(a.hide.Foreign(string(p.body))), " ")
	runes := []rune(strings.ToValidUTF8(text, "?"))
	if len(runes) > excerptLength {
		return string(runes[:excerptLength]) + " …"
	}
	return cmp.Or(string(runes), "(empty)")
}
