// Package alb is the data plane of the emulated AWS's load balancers, and the way to them.
//
// It asks AWS what there is and does what the answer says: for each listener of each application load balancer a port
// on loopback, with the certificate that ACM names (of the run's throwaway authority), the listener's rules, and
// requests passed on to the targets' addresses. What it measures goes to CloudWatch under AWS's names.
//
// Hosts such as app.flowcomply.test are in no real DNS. A forward proxy on loopback looks them up in the emulated
// Route 53 and connects to the load balancer that they lead to, so that any program reaches the stack by the usual
// variables alone, and the names in certificates, rules and redirects are the real ones.
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
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/ca"
)

const (
	// lookEvery is how old the edge's picture of AWS may be. AWS itself takes seconds.
	lookEvery = time.Second
	// reportEvery is how often metrics are written. AWS does it each minute; a run should not wait for that.
	reportEvery = 10 * time.Second
)

// Edge is every load balancer of one emulated AWS.
type Edge struct {
	cloud      awsclient.Cloud
	log        *log.Logger
	current    atomic.Pointer[state]
	meter      *meter
	turn       atomic.Int64 // whose turn among the targets it is
	transports sync.Map

	looking sync.Mutex // one look at a time
	source  *source
	fronts  map[string]*front // by the listener's ARN
}

// New prepares the edge of an emulated AWS; nothing is asked yet.
func New(c awsclient.Cloud, a *ca.Authority, logger *log.Logger) *Edge {
	e := &Edge{cloud: c, log: logger, meter: newMeter(), fronts: map[string]*front{}}
	cfg := c.Config()
	e.source = &source{
		elb: elb.NewFromConfig(cfg), acm: acm.NewFromConfig(cfg), route53: route53.NewFromConfig(cfg),
		authority: a, log: logger, issued: map[string]tls.Certificate{},
	}
	e.current.Store(&state{})
	return e
}

// Run keeps up with AWS, and reports to CloudWatch, until the context ends; then every listener is closed.
func (e *Edge) Run(ctx context.Context) {
	look, report := time.NewTicker(lookEvery), time.NewTicker(reportEvery)
	defer look.Stop()
	defer report.Stop()
	defer e.close()
	complaint := complaint{e.log, map[string]string{}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			complaint.about("look at AWS", e.look(ctx))
		case <-report.C:
			complaint.about("report to CloudWatch", e.cloud.Write(ctx, namespace, e.meter.report(e.current.Load())))
		}
	}
}

// look asks AWS once and listens where it says, and nowhere else.
func (e *Edge) look(ctx context.Context) error {
	e.looking.Lock()
	defer e.looking.Unlock()
	found, err := e.source.state(ctx)
	if err != nil {
		return err
	}
	e.current.Store(found)
	var problems []error
	for _, arn := range slices.Sorted(maps.Keys(found.listeners)) {
		l := found.listeners[arn]
		if open := e.fronts[arn]; open != nil && open.secure == l.secure {
			continue
		} else if open != nil {
			open.close()
		}
		made, err := e.listen(l)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		e.fronts[arn] = made
	}
	for arn, open := range e.fronts {
		if _, still := found.listeners[arn]; !still {
			open.close()
			delete(e.fronts, arn)
		}
	}
	return errors.Join(problems...)
}

func (e *Edge) close() {
	e.looking.Lock()
	defer e.looking.Unlock()
	for arn, open := range e.fronts {
		open.close()
		delete(e.fronts, arn)
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
