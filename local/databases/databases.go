// Package databases runs a real PostgreSQL for each database of the emulated RDS, and a real Redis for each replication
// group of the emulated ElastiCache.
//
// Which there are, and with which user, password, database and token, AWS is asked every second, so that a rotated
// password is the server's at once, and a deleted database is gone. The servers listen on loopback; containers reach
// them through a TCP proxy under the endpoint's own name, with TLS to the server itself and a certificate for that name.
// What CloudWatch would be told of them, they are asked and it is told.
//
// A snapshot holds the data that its database had at its moment, and a restored database begins with that of the snapshot,
// or of the moment of another database.
//
// A database that the scenario takes away ("down") has its proxy closed: connections are refused, open ones end. The server
// behind it goes on, as what is unreachable is not what is lost.
package databases

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/ca"
)

const (
	// refreshEvery is how old a password or a fault may be here.
	refreshEvery = time.Second
	// reportEvery is how often metrics are written. AWS does it each minute; a run should not wait for that.
	reportEvery = 10 * time.Second
)

// Programs are the servers' programs.
type Programs struct {
	PostgresBin string // folder with initdb and postgres
	Redis       string // redis-server
}

// Proxy is how containers reach a server.
type Proxy interface {
	Set(open bool) error
	Close() error
}

// OpenProxy makes a TCP proxy, closed at first, of a name and port to an address of this machine.
type OpenProxy func(name string, port int, to string) (Proxy, error)

// Servers are the databases and caches of one emulated AWS.
type Servers struct {
	client      awsclient.Client
	rds         *rds.Client
	elasticache *elasticache.Client
	issuer      *ca.CA
	programs    Programs
	log         *log.Logger
	run         string
	open        OpenProxy

	running map[string]*instance // by kind and id
	kept    string               // folder of the snapshots' data
	sources map[string]*postgres // what runs now by resource id, to restore from
}

// server is one running PostgreSQL or Redis.
type server interface {
	// apply makes the server what AWS was told, as far as that can change while it runs.
	apply(ctx context.Context, wanted awsclient.Database, d details) error
	// measure asks the server for what CloudWatch is told.
	measure(ctx context.Context, d details) (namespace string, metrics []awsclient.Metric, err error)
	address() string // on loopback
	alive() bool
	stop()
}

type instance struct {
	wanted  awsclient.Database
	details details
	fresh   time.Time // when the details were asked for
	server  server
	proxy   Proxy
}

// New prepares the servers of an emulated AWS; data goes into the run folder.
func New(c awsclient.Client, a *ca.CA, programs Programs, run string, open OpenProxy, logger *log.Logger) *Servers {
	cfg := c.Config()
	return &Servers{
		client: c, rds: rds.NewFromConfig(cfg), elasticache: elasticache.NewFromConfig(cfg), issuer: a,
		programs: programs, log: logger, run: run, open: open, running: map[string]*instance{},
	}
}

// Run keeps the servers what AWS says, and reports to CloudWatch, until the context ends; then every server is ended.
func (s *Servers) Run(ctx context.Context) {
	look, report := time.NewTicker(refreshEvery), time.NewTicker(reportEvery)
	defer look.Stop()
	defer report.Stop()
	defer s.close()
	last := ""
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			err = s.refresh(ctx)
		case <-report.C:
			err = s.report(ctx)
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		if text := err.Error(); text != last { // once, and not each second
			s.log.Print(text)
			last = text
		}
	}
}

// refresh asks AWS once and makes the servers what it says.
func (s *Servers) refresh(ctx context.Context) error {
	wanted, err := s.client.Databases(ctx)
	if err != nil {
		return err
	}
	kept := s.keepSnapshots(ctx) // of databases that are gone too
	named := map[string]bool{}
	errs := make([]error, len(wanted), len(wanted)+1)
	var all sync.WaitGroup
	for i, one := range wanted {
		key := one.Kind + "-" + one.ID
		named[key] = true
		if s.running[key] == nil {
			s.running[key] = &instance{}
		}
		known := s.running[key]
		all.Go(func() { // a server takes seconds to start; the others need not wait for each other
			if err := s.keep(ctx, known, one); err != nil {
				errs[i] = fmt.Errorf("%s %s: %w", one.Kind, one.ID, err)
			}
		})
	}
	all.Wait()
	errs = append(errs, kept)
	for _, key := range slices.Sorted(maps.Keys(s.running)) {
		if !named[key] {
			errs = append(errs, s.running[key].close())
			delete(s.running, key)
		}
	}
	return errors.Join(errs...)
}

// keep makes one server what AWS says.
func (s *Servers) keep(ctx context.Context, i *instance, wanted awsclient.Database) error {
	if i.server != nil && i.wanted.Instance != wanted.Instance { // another of the same name
		if err := i.close(); err != nil {
			return err
		}
	}
	if i.server != nil && !i.server.alive() {
		s.log.Printf("%s %s: the server ended; starting it again", wanted.Kind, wanted.ID)
		if err := i.close(); err != nil {
			return err
		}
	}
	if stale := time.Since(i.fresh) > reportEvery; i.server == nil || stale {
		ask := s.database
		if wanted.Kind == awsclient.Redis {
			ask = s.cache
		}
		d, err := ask(ctx, wanted.ID)
		if err != nil {
			return err
		}
		i.details, i.fresh = d, time.Now()
	}
	if i.server == nil {
		made, err := s.start(ctx, wanted, i.details)
		if err != nil {
			return err
		}
		if i.proxy, err = s.open(wanted.Host, wanted.Port, made.address()); err != nil {
			made.stop()
			return err
		}
		i.server = made
		s.log.Printf("%s %s: %s:%d is answered at %s", wanted.Kind, wanted.ID, wanted.Host, wanted.Port, made.address())
	}
	if err := i.server.apply(ctx, wanted, i.details); err != nil {
		return err
	}
	i.wanted = wanted
	return i.proxy.Set(!wanted.Down)
}

func (s *Servers) start(ctx context.Context, wanted awsclient.Database, d details) (server, error) {
	switch wanted.Kind {
	case awsclient.Postgres:
		return s.startPostgres(ctx, wanted, d)
	case awsclient.Redis:
		return s.startRedis(ctx, wanted, d)
	}
	return nil, errors.New("no server is known for this kind of database")
}

func (s *Servers) report(ctx context.Context) error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(s.running)) {
		i := s.running[key]
		if i.server == nil {
			continue
		}
		namespace, metrics, err := i.server.measure(ctx, i.details)
		if err == nil {
			err = s.client.Write(ctx, namespace, metrics)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: metrics: %w", i.wanted.Kind, i.wanted.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Servers) close() {
	for key, i := range s.running {
		_ = i.close() // what is left in Docker, the network's end removes
		delete(s.running, key)
	}
}

func (s *instance) close() error {
	var err error
	if s.proxy != nil {
		err = s.proxy.Close()
		s.proxy = nil
	}
	if s.server != nil {
		s.server.stop()
		s.server = nil
	}
	return err
}
