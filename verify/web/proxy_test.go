package web

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
)

// These tests use a proxy of their own on loopback: that a company's says as much, they do not prove.

func TestAsk_GoesThroughTheProxyAndTellsItsFaults(t *testing.T) {
	ca := newAuthority(t)
	server := serve(t, ca.leaf(t, "api.test", -day, day), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	wrong := serve(t, ca.leaf(t, "other.test", -day, day), nil)
	closed := httptest.NewServer(nil)
	closed.Close()
	ask := func(proxy, url string) (page, error) {
		return through(t, ca, proxy).ask(t.Context(), request{url: url})
	}
	good := proxy(t, server.Listener.Addr().String(), 0)
	p, err := ask(good, "https://api.test/")
	require.NoError(t, err)
	assert.NotEmpty(t, p.tls.VerifiedChains, "TLS is the server's, not the proxy's")

	_, err = ask(proxy(t, wrong.Listener.Addr().String(), 0), "https://api.test/")
	require.ErrorContains(t, err, "the certificate is for other.test, not for api.test")
	for _, status := range []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusProxyAuthRequired} {
		_, err = ask(proxy(t, "", status), "https://api.test/")
		require.ErrorContains(t, err, "answers "+page{status: status}.statusText()+" for api.test")
		require.ErrorContains(t, err, "the proxy 127.0.0.1:")
	}
	for _, scheme := range []string{"http", "https"} {
		_, err = ask(closed.URL, scheme+"://api.test/")
		assert.ErrorContains(t, err, "the proxy cannot be reached: ")
	}
}

// A proxy that says in Proxy-Status what it could not do is not the fault itself.
func TestAsk_PassesOnWhatTheProxySays(t *testing.T) {
	for said, want := range map[string]struct {
		cause, next string
		ours        bool // a plain request's answer is the proxy's own for certain
	}{
		`squid; error=dns_error; rcode="NXDOMAIN"`: {"api.test does not resolve: the proxy ", nextDNS, true},
		`"a; \"proxy\", here"; next-hop="10.0.0.1"; error=dns_timeout; details="of \"api.test\"; no answer"`: {
			`502 Bad Gateway: of "api.test"; no answer`, nextDNS, true,
		},
		`before, envoy; error=destination_ip_unroutable`: {"api.test cannot be reached: the proxy ", nextAddress, true},
		`envoy; error=http_request_denied`:               {"502 Bad Gateway for api.test", nextProxy, true},
		`envoy; details="; error=dns_error"`:             {"502 Bad Gateway for api.test", nextProxy, false},
		`envoy; received-status=502`:                     {"502 Bad Gateway for api.test", nextProxy, false},
	} {
		t.Run(said, func(t *testing.T) {
			client := through(t, newAuthority(t), proxy(t, "", http.StatusBadGateway, said))
			_, err := client.ask(t.Context(), request{url: "https://api.test/"})
			tells(t, want.cause, want.next, err)
			plain, err := client.ask(t.Context(), request{url: "http://api.test/"})
			if want.ours {
				tells(t, want.cause, want.next, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, http.StatusBadGateway, plain.status)
		})
	}
}

func tells(t *testing.T, cause, next string, err error) {
	t.Helper()
	var failure *check.Failure
	require.ErrorAs(t, err, &failure)
	assert.Contains(t, failure.Cause, cause)
	assert.Equal(t, next, failure.Next)
}

// through is a client that trusts the authority and uses the proxy at the address.
func through(t *testing.T, ca authority, proxy string) httpClient {
	t.Helper()
	client := reaching(ca, "")
	transport := client.Transport.(*http.Transport)
	transport.DialContext = (&net.Dialer{}).DialContext
	address, err := url.Parse(proxy)
	require.NoError(t, err)
	transport.Proxy = http.ProxyURL(address)
	return httpClient{client: client}
}

// proxy connects every CONNECT to the address, or refuses it, as everything else, with the status and this Proxy-Status.
func proxy(t *testing.T, address string, status int, said ...string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Proxy-Status"] = said
		if status != 0 || r.Method != http.MethodConnect {
			w.WriteHeader(status)
			return
		}
		to, err := net.Dial("tcp", address)
		if !assert.NoError(t, err) {
			return
		}
		from, buffered, err := http.NewResponseController(w).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		_, _ = from.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n"))
		go func() { _, _ = bufio.NewReader(buffered).WriteTo(to); _ = to.Close() }()
		_, _ = bufio.NewReader(to).WriteTo(from)
		_ = from.Close()
	}))
	t.Cleanup(server.Close)
	return server.URL
}
