// Package alb is the data plane of the emulated AWS's load balancers, and the way to them.
//
// It asks AWS what there is and does what the answer says: for each listener of each application load balancer a port
// on loopback, with the certificate that ACM names (of the run's throwaway CA), the listener's rules, and
// requests passed on to the targets' addresses. What it measures goes to CloudWatch under AWS's names.
//
// Hosts such as app.flowcomply.test are in no real DNS. A forward proxy on loopback resolves them by the records of the
// emulated Route 53, and by nothing else, and connects to the load balancer that they lead to. So any program reaches
// the stack by the usual variables alone, the names in certificates, rules and redirects are the real ones, and a record
// that is missing or wrong shows as it does in DNS. What the proxy knows is a second old at most while AWS answers in time.
package alb

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/ca"
)

const (
	// refreshEvery is how old the server's picture of AWS may be. AWS itself takes seconds.
	refreshEvery = time.Second
	// reportEvery is how often metrics are written. AWS does it each minute; a run should not wait for that.
	reportEvery = 10 * time.Second
)

// Server is every load balancer of one emulated AWS.
type Server struct {
	client     awsclient.Client
	log        *log.Logger
	current    atomic.Pointer[state]
	meter      *meter
	turn       atomic.Int64 // counts requests: targets are used in turn
	transports sync.Map

	refreshing sync.Mutex // one refresh at a time
	refreshed  time.Time  // when the last one began that AWS answered
	source     *source

	opened    sync.Mutex                // of listening, so that no request waits for a refresh to know its listener
	listening map[string]*localListener // by the listener's ARN
}

// New prepares the load balancers of an emulated AWS; nothing is asked yet.
func New(c awsclient.Client, a *ca.CA, logger *log.Logger) *Server {
	s := &Server{client: c, log: logger, meter: newMeter(), listening: map[string]*localListener{}}
	cfg := c.Config()
	s.source = &source{
		client: c, elb: elb.NewFromConfig(cfg), acm: acm.NewFromConfig(cfg),
		issuer: a, log: logger, issued: map[string]tls.Certificate{},
	}
	s.current.Store(&state{})
	return s
}

// Run keeps up with AWS, and reports to CloudWatch, until the context ends; then every listener is closed.
func (s *Server) Run(ctx context.Context) {
	look, report := time.NewTicker(refreshEvery), time.NewTicker(reportEvery)
	defer look.Stop()
	defer report.Stop()
	defer s.close()
	complaint := complaint{s.log, map[string]string{}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			complaint.about("refresh from AWS", s.refresh(ctx, time.Now()))
		case <-report.C:
			complaint.about("report to CloudWatch", s.client.Write(ctx, namespace, s.meter.report(s.current.Load())))
		}
	}
}

// refresh asks AWS, and listens where it says and nowhere else; at once where AWS was asked since the moment given, as
// callers that wait for each other can share an answer.
func (s *Server) refresh(ctx context.Context, since time.Time) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	if s.refreshed.After(since) {
		return nil
	}
	began := time.Now()
	found, err := s.source.state(ctx)
	if err != nil {
		return err
	}
	s.current.Store(found)
	s.refreshed = began
	return s.listenTo(found)
}

func (s *Server) listenTo(found *state) error {
	s.opened.Lock()
	defer s.opened.Unlock()
	var problems []error
	for _, arn := range slices.Sorted(maps.Keys(found.listeners)) {
		l := found.listeners[arn]
		if open := s.listening[arn]; open != nil && open.secure == l.secure {
			continue
		} else if open != nil {
			open.close()
		}
		made, err := s.listen(l)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		s.listening[arn] = made
	}
	for arn, open := range s.listening {
		if _, still := found.listeners[arn]; !still {
			open.close()
			delete(s.listening, arn)
		}
	}
	return errors.Join(problems...)
}

func (s *Server) close() {
	s.opened.Lock()
	defer s.opened.Unlock()
	for arn, open := range s.listening {
		open.close()
		delete(s.listening, arn)
	}
}

// complaint writes an error down once, and not again until it is another one.
type complaint struct {
	log  *log.Logger
	last map[string]string
}

func (c complaint) about(what string, err error) {
	text := ""
	if err != nil && !errors.Is(err, context.Canceled) {
		text = err.Error()
	}
	if text != "" && text != c.last[what] {
		c.log.Printf("%s: %s", what, text)
	}
	c.last[what] = text
}
