// Package awsclient is how the parts of a running stack that stand in for AWS ask the emulated AWS, and tell it what they
// measure.
//
// Their questions carry a header that keeps them out of the journal and away from the scenario's faults: they are
// what goes on inside AWS, not calls of anybody's, and a throttled verify must find the throttling all for itself.
package awsclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// internal is the header that marks a call as AWS's own.
const internal = "X-Awslocal-Internal"

// Client is one emulated AWS.
type Client struct {
	endpoint, region string
	http             *http.Client
}

// answerWithin is how long one answer may take; milliseconds are usual.
const answerWithin = 30 * time.Second

// New is the emulated AWS at an endpoint, such as http://127.0.0.1:4566.
func New(endpoint, region string) Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // whatever the environment says: it is on this machine
	return Client{endpoint: endpoint, region: region, http: &http.Client{Transport: marked{transport}, Timeout: answerWithin}}
}

type marked struct{ next http.RoundTripper }

func (m marked) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(internal, "1")
	return m.next.RoundTrip(r)
}

// Config is for the clients of AWS's services.
func (c Client) Config() aws.Config {
	return aws.Config{
		Region: c.region, BaseEndpoint: aws.String(c.endpoint), HTTPClient: c.http,
		Credentials:      credentials.NewStaticCredentialsProvider("emulated", "emulated", ""),
		RetryMaxAttempts: 1, // whoever asks does so again and again anyway
	}
}

// Metric is one CloudWatch metric's value, or several, at one moment.
type Metric struct {
	Name       string            `json:"name"`
	Dimensions map[string]string `json:"dimensions"`
	Value      *float64          `json:"value,omitempty"`
	Values     []float64         `json:"values,omitempty"`
	Unit       string            `json:"unit"`
}

// Value is a metric with one value.
func Value(name string, dimensions map[string]string, value float64, unit string) Metric {
	return Metric{Name: name, Dimensions: dimensions, Value: &value, Unit: unit}
}

// Write adds metrics of a namespace of AWS's own, which PutMetricData refuses.
func (c Client) Write(ctx context.Context, namespace string, metrics []Metric) error {
	if len(metrics) == 0 {
		return nil
	}
	body, err := json.Marshal(map[string]any{"namespace": namespace, "metrics": metrics})
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, "/_awslocal/metrics", body, nil)
}

// Database is a database or a cache as AWS was told to make it.
type Database struct {
	Kind     string `json:"kind"` // Postgres or Redis
	ID       string `json:"id"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
	User     string `json:"user"`
	Password string `json:"password"`
	Name     string `json:"database"`
	Token    string `json:"token"` // empty: no authentication
	Down     bool   `json:"down"`
	Instance string `json:"instance"` // a database's resource id, which no other ever has
	Origin   Origin `json:"origin"`
}

// Origin is what a restored database's data is made from; empty for one that began empty.
type Origin struct {
	Snapshot string    `json:"snapshot"` // its identifier; or
	Instance string    `json:"instance"` // the resource id of the database it is a copy of
	At       time.Time `json:"at"`       // the moment that the data is of
}

// Snapshot is a database snapshot that is to hold data.
type Snapshot struct {
	ID       string    `json:"id"`
	Instance string    `json:"instance"` // the resource id of the database that it was taken of
	At       time.Time `json:"at"`       // the moment that its data is of
}

// The kinds of Database.
const (
	Postgres = "postgres"
	Redis    = "redis"
)

// Databases are the databases and caches that AWS has now.
func (c Client) Databases(ctx context.Context) ([]Database, error) {
	var databases []Database
	return databases, c.do(ctx, http.MethodGet, "/_awslocal/databases", nil, &databases)
}

// Snapshots are those that AWS has now.
func (c Client) Snapshots(ctx context.Context) ([]Snapshot, error) {
	var snapshots []Snapshot
	return snapshots, c.do(ctx, http.MethodGet, "/_awslocal/snapshots", nil, &snapshots)
}

func (c Client) do(ctx context.Context, method, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("emulated AWS: %s %s: %s: %s", method, path, res.Status, bytes.TrimSpace(text))
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("emulated AWS: %s: %w", path, err)
	}
	return nil
}
