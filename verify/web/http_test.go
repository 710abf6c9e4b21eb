package web

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
)

// These tests use real sockets on loopback: they prove how faults of the network
// are told apart, not how any real resolver, proxy or load balancer fails.

const day = 24 * time.Hour

func TestAsk_TellsFaultsOfTheNetworkApart(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	fine := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	tls := func(signer authority, name string, from, until time.Duration) string {
		return serve(t, signer.leaf(t, name, from, until), fine).Listener.Addr().String()
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	plainHTTP := httptest.NewServer(fine)
	t.Cleanup(plainHTTP.Close)
	hangsUp := serve(t, ca.leaf(t, "api.test", -day, day), http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	cutsOff := serve(t, ca.leaf(t, "api.test", -day, day), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
	}))
	for name, tc := range map[string]struct {
		address string
		want    string
		final   bool
	}{
		"no such host":      {"", "GET https://api.test/x: api.test does not resolve", false},
		"refused":           {closed.Listener.Addr().String(), "GET https://api.test/x: the connection is refused", false},
		"another name":      {tls(ca, "other.test", -day, day), "TLS: the certificate is for other.test, not for api.test", true},
		"unknown authority": {tls(stranger, "api.test", -day, day), "TLS: the certificate's authority is unknown: issued by CN=Test Authority", true},
		"expired":           {tls(ca, "api.test", -2*day, -day), "TLS: the certificate expired on ", true},
		"not valid yet":     {tls(ca, "api.test", day, 2*day), "TLS: the certificate is valid only from ", true},
		"no TLS":            {plainHTTP.Listener.Addr().String(), "TLS: the port answers without TLS", false},
		"hangs up":          {hangsUp.Listener.Addr().String(), "the connection ends before the answer does", false},
		"half a body":       {cutsOff.Listener.Addr().String(), "the connection ends before the answer does", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := httpClient{client: reaching(ca, tc.address)}.ask(t.Context(), request{url: "https://api.test/x"})
			require.ErrorContains(t, err, tc.want)
			assert.Equal(t, tc.final, poll.IsPermanent(err))
			var failure *check.Failure
			require.ErrorAs(t, err, &failure)
			assert.NotEmpty(t, failure.Next)
			assert.NotContains(t, failure.Cause, "\n")
		})
	}
}

func TestAsk_ReusesConnectionsAndFollowsNoRedirect(t *testing.T) {
	ca := newAuthority(t)
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.RedirectHandler("https://elsewhere.test/", http.StatusFound))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	a := httpClient{client: reaching(ca, server.Listener.Addr().String())}
	for range 3 {
		p, err := a.ask(t.Context(), request{url: "http://api.test/x"})
		require.NoError(t, err)
		assert.Equal(t, http.StatusFound, p.status)
	}
	assert.EqualValues(t, 1, connections.Load())
}

func TestAsk_DeadlinesOfItsOwnAndOfTheCheck(t *testing.T) {
	deaf := pretended(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := httpClient{client: deaf}.ask(t.Context(), request{url: apiAddress})
		require.EqualError(t, err, "GET https://api.flowcomply.test: no answer in 10s")
		assert.Equal(t, askLimit, time.Since(began))
		require.NotErrorIs(t, err, context.DeadlineExceeded, "the check still has time")

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = httpClient{client: deaf}.ask(short, request{url: apiAddress})
		require.EqualError(t, err, "GET https://api.flowcomply.test: no answer in time")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestAsk_RefusesEndlessBodies(t *testing.T) {
	endless := pretended(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, bodyLimit+1)) }))
	_, err := httpClient{client: endless}.ask(t.Context(), request{url: apiAddress})
	assert.ErrorContains(t, err, "larger than 10 MiB")
}

func TestUnexpected_SaysWhereToLook(t *testing.T) {
	for status, next := range map[int]string{
		502: awschecks.NextTargets, 503: awschecks.NextTargets, 504: awschecks.NextTargets, 500: nextErrors, 403: nextWAF, 429: nextWAF, 404: nextRoute,
	} {
		err := httpClient{}.unexpected(page{what: "GET x", status: status, body: []byte("why")})
		var failure *check.Failure
		require.ErrorAs(t, err, &failure)
		assert.Equal(t, next, failure.Next, status)
		assert.Equal(t, []string{"body: why"}, failure.Details)
		assert.False(t, poll.IsPermanent(err))
	}
	moved := page{what: "GET x", status: 307, header: http.Header{"Location": {"/login"}}}
	assert.EqualError(t, httpClient{}.unexpected(moved), "GET x: 307 Temporary Redirect, to /login")
}
