package awsclient

import (
	"context"
	"net/http"
)

// Zone is a public zone of Route 53 as its name servers answer. Names end in a dot, as AWS has them.
type Zone struct {
	Name        string   `json:"name"`
	NameServers []string `json:"nameServers"`
	Records     []Record `json:"records"` // those whose changes are in sync
}

// Record is a record of a zone: an alias, or values.
type Record struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Alias  string   `json:"alias"`
	Values []string `json:"values"`
	// SetIdentifier tells the records of one name and type apart that a routing policy chooses from; empty without one.
	SetIdentifier string `json:"setIdentifier"`
}

// Zones are the public zones that answer, in the order in which they were made.
func (c Client) Zones(ctx context.Context) ([]Zone, error) {
	var zones []Zone
	return zones, c.do(ctx, http.MethodGet, "/_awslocal/zones", nil, &zones)
}
