package alb

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// connectWithin is how long a load balancer waits for a target to take a connection
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html, HTTP 504).
const connectWithin = 10 * time.Second

// forward passes the request on to a target, and the target's answer back.
func (ll *localListener) forward(w http.ResponseWriter, r *http.Request, l listener, now *state, action types.Action) {
	chosen, ok := now.groups[pick(action, mathrand.IntN)]
	addresses := chosen.available()
	if !ok || len(addresses) == 0 {
		ll.fail(w, l, http.StatusServiceUnavailable)
		return
	}
	meter, dimension := ll.alb.meter, l.balancer.dimension
	meter.count("RequestCount", dimension, chosen.dimension)
	address := addresses[int(ll.alb.turn.Add(1))%len(addresses)]
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(p *httputil.ProxyRequest) { rewrite(p, l, address) },
		Transport:     timed{ll.alb.transport(l.balancer.idleTimeout), meter, dimension, chosen.dimension},
		FlushInterval: -1, // a target's stream is a stream
		ErrorLog:      log.New(io.Discard, "", 0),
		ModifyResponse: func(res *http.Response) error {
			meter.count(fmt.Sprintf("HTTPCode_Target_%dXX_Count", res.StatusCode/100), dimension, chosen.dimension)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil { // the client has gone: HTTP 460, which nobody reads
				return
			}
			status := http.StatusBadGateway
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				status = http.StatusGatewayTimeout
			}
			var connecting *net.OpError
			if errors.As(err, &connecting) && connecting.Op == "dial" {
				meter.count("TargetConnectionErrorCount", dimension, chosen.dimension)
			}
			ll.alb.log.Printf("%s %s%s: target %s: %d: %v", r.Method, r.Host, r.URL.Path, address, status, err)
			ll.fail(w, l, status)
		},
	}
	proxy.ServeHTTP(w, r)
}

// pick is the target group that a forward action sends this request to, by weight; weights of 0 get nothing.
func pick(action types.Action, random func(int) int) string {
	if action.ForwardConfig == nil || len(action.ForwardConfig.TargetGroups) == 0 {
		return aws.ToString(action.TargetGroupArn)
	}
	groups, total := action.ForwardConfig.TargetGroups, 0
	weight := func(g types.TargetGroupTuple) int {
		if g.Weight == nil {
			return 1
		}
		return int(*g.Weight)
	}
	for _, g := range groups {
		total += weight(g)
	}
	if total == 0 {
		return ""
	}
	at := random(total)
	for _, g := range groups {
		if at -= weight(g); at < 0 {
			return aws.ToString(g.TargetGroupArn)
		}
	}
	return ""
}

// rewrite makes the request that the target gets: with the client's host, and what a load balancer adds
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html).
func rewrite(p *httputil.ProxyRequest, l listener, address string) {
	p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", address, p.In.Host
	client, _, _ := net.SplitHostPort(p.In.RemoteAddr)
	proto := "http"
	if l.secure {
		proto = "https"
	}
	through := append(p.In.Header.Values("X-Forwarded-For"), client)
	p.Out.Header.Set("X-Forwarded-For", strings.Join(through, ", "))
	p.Out.Header.Set("X-Forwarded-Proto", proto)
	p.Out.Header.Set("X-Forwarded-Port", strconv.Itoa(l.port))
	if p.In.Header.Get("X-Amzn-Trace-Id") == "" {
		id := make([]byte, 12)
		_, _ = rand.Read(id)
		p.Out.Header.Set("X-Amzn-Trace-Id", fmt.Sprintf("Root=1-%08x-%x", time.Now().Unix(), id))
	}
}

// timed measures what CloudWatch calls TargetResponseTime: from sending the request to the answer's headers.
type timed struct {
	next            http.RoundTripper
	meter           *meter
	balancer, group string
}

func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	begin := time.Now()
	res, err := t.next.RoundTrip(r)
	if err == nil {
		t.meter.observe("TargetResponseTime", t.balancer, t.group, time.Since(begin).Seconds())
	}
	return res, err
}

// transport is shared by all requests with the same patience, so that connections to targets are used again.
func (s *Server) transport(patience time.Duration) http.RoundTripper {
	if known, ok := s.transports.Load(patience); ok {
		return known.(http.RoundTripper)
	}
	made, _ := s.transports.LoadOrStore(patience, &http.Transport{
		DialContext:           (&net.Dialer{Timeout: connectWithin}).DialContext,
		ResponseHeaderTimeout: patience, IdleConnTimeout: patience, MaxIdleConnsPerHost: 64, DisableCompression: true,
	})
	return made.(http.RoundTripper)
}
