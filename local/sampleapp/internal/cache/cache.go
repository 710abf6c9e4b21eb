// Package cache is the application's Redis: values that are asked for often, and the queue of jobs.
//
// Decisions: a cached value is dropped when what it was made of changes and expires only after an hour, so that a quiet
// application does not look like one whose cache does not work; the queue is a stream with a group, which exists from
// the start, so that asking an empty queue is no miss either, and a job that a dead worker took is found again.
package cache

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
)

// Cache is a pool of connections.
type Cache struct {
	client *redis.Client
	faults *faults.Set
}

// Open prepares the connections of a REDIS_URL and asks nothing of the server yet.
//
// The certificate of a rediss:// server is checked against the authorities in SSL_CERT_FILE. Without that variable the
// connection is encrypted and the certificate not checked, like a Node client with rejectUnauthorized: false: an image
// from scratch knows no authority at all, and refusing every server would only prove that.
func Open(redisURL string, faults *faults.Set) (*Cache, error) {
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		return nil, errors.New("REDIS_URL: not a URL; want rediss://:token@host:6379") // the cause would repeat the token
	}
	if options.TLSConfig != nil {
		if err := trust(options.TLSConfig, os.Getenv("SSL_CERT_FILE")); err != nil {
			return nil, err
		}
	}
	options.ContextTimeoutEnabled = true                       // or a health check of 2 s would wait for the client's own 5 s
	options.DialTimeout, options.MaxRetries = 2*time.Second, 1 // a cache that is away must not make requests wait for long
	options.DisableIdentity = true                             // the library's name tells Redis nothing, and costs a round trip
	return &Cache{client: redis.NewClient(options), faults: faults}, nil
}

// trust says whose certificates are good: those of the authorities in the file, or, without a file, anybody's.
func trust(config *tls.Config, file string) error {
	config.MinVersion = tls.VersionTLS12
	if file == "" {
		config.InsecureSkipVerify = true
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("SSL_CERT_FILE: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return fmt.Errorf("SSL_CERT_FILE: %s: no certificate in it; want PEM", file)
	}
	return nil
}

// Close ends every connection.
func (c *Cache) Close() error { return c.client.Close() }

// Ping fails unless the server answers.
func (c *Cache) Ping(ctx context.Context) error { return c.client.Ping(ctx).Err() }

// Get returns a cached value, and whether there was one. A server that is away counts as a value that is not there:
// the database has it.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, bool) {
	if c.faults.On(faults.CacheMisses) {
		key = missing(key)
	}
	value, err := c.client.Get(ctx, key).Bytes()
	return value, err == nil
}

// keep is how long a value is kept: short enough for one that was changed behind the application's back.
const keep = time.Hour

// Set keeps a value until Drop, or for an hour.
func (c *Cache) Set(ctx context.Context, key string, value []byte) error {
	return c.client.Set(ctx, key, value, keep).Err()
}

// Drop forgets values, because what they were made of has changed.
func (c *Cache) Drop(ctx context.Context, keys ...string) error {
	return c.client.Del(ctx, keys...).Err()
}

// missing is a key that nothing is ever kept under.
func missing(key string) string { return "missing:" + key }

// missInterval is how often keys are looked for in vain: ten times a second is steady enough for any metric.
const missInterval = 100 * time.Millisecond

// Miss looks for so many keys a second that are not there, until the context ends.
func (c *Cache) Miss(ctx context.Context, perSecond float64) {
	tick := time.NewTicker(missInterval)
	defer tick.Stop()
	for owed := 0.0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		owed += perSecond * missInterval.Seconds()
		_, _ = c.client.Pipelined(ctx, func(pipe redis.Pipeliner) error { // each fails: that is what they are for
			for ; owed >= 1; owed-- {
				pipe.Get(ctx, missing(strconv.Itoa(int(owed))))
			}
			return nil
		})
	}
}

// Metrics is what the application says of its Redis: what the server counted since it started.
type Metrics struct {
	Connected bool    `json:"connected"`
	Hits      int64   `json:"hits"`
	Misses    int64   `json:"misses"`
	HitRate   float64 `json:"hitRate"` // 0 to 1; 1 while nothing was looked for
	Clients   int64   `json:"clients"`
}

// Metrics asks the server.
func (c *Cache) Metrics(ctx context.Context) (Metrics, error) {
	text, err := c.client.Info(ctx, "stats", "clients").Result()
	if err != nil {
		return Metrics{}, fmt.Errorf("redis: %w", err)
	}
	metrics := Metrics{Connected: true, HitRate: 1}
	numbers := map[string]*int64{
		"keyspace_hits": &metrics.Hits, "keyspace_misses": &metrics.Misses, "connected_clients": &metrics.Clients,
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if number, wanted := numbers[name]; wanted {
			if *number, err = strconv.ParseInt(value, 10, 64); err != nil {
				return Metrics{}, fmt.Errorf("redis: INFO: %s: %w", name, err)
			}
		}
	}
	if all := metrics.Hits + metrics.Misses; all > 0 {
		metrics.HitRate = float64(metrics.Hits) / float64(all)
	}
	return metrics, nil
}
