package faults

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// Port is where a running service is told its faults. It is in no security group and no target group, so only what is
// in the same Docker network, and the machine itself, gets there.
const Port = "9901"

// Set is the faults of one service that are on now. It is safe for concurrent use.
type Set struct {
	service string

	mu      sync.Mutex
	values  map[string]any
	changed chan struct{} // closed at the next change
	errors  float64       // the part of an error that ErrorRate has saved up
}

// New returns a set with the faults that were built in.
func New(service string, builtIn map[string]any) (*Set, error) {
	values, err := Parse(service, builtIn)
	if err != nil {
		return nil, err
	}
	return &Set{service: service, values: values, changed: make(chan struct{})}, nil
}

// On says whether a fault is on.
func (s *Set) On(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[name] != nil
}

// Number is a fault's number, 0 while it is off.
func (s *Set) Number(name string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, _ := s.values[name].(float64)
	return value
}

// Text is a fault's text, empty while it is off.
func (s *Set) Text(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, _ := s.values[name].(string)
	return value
}

// Latency is how much later an answer is to come.
func (s *Set) Latency() time.Duration {
	return time.Duration(s.Number(LatencyMs) * float64(time.Millisecond))
}

// Fails says whether this request is one of those that are to fail. It counts instead of drawing lots, so that the
// fraction holds over any handful of requests.
func (s *Set) Fails() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	rate, _ := s.values[ErrorRate].(float64)
	s.errors += rate
	// A tenth taken ten times is a hair less than one.
	if s.errors < 1-1e-9 {
		return false
	}
	s.errors--
	return true
}

// Replace makes these the faults, or changes nothing and says why.
func (s *Set) Replace(given map[string]any) error {
	values, err := Parse(s.service, given)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range Table {
		if row.BuiltIn && values[row.Name] != nil && s.values[row.Name] == nil {
			return fmt.Errorf("fault %q: it happens at start; build it into the image", row.Name)
		}
	}
	s.values, s.errors = values, 0
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// Changed is closed when the faults are next replaced.
func (s *Set) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// ServeHTTP answers GET /faults with what is on, and takes PUT /faults with what is to be.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/faults" {
		http.NotFound(w, r)
		return
	}
	switch r.Method {
	case http.MethodGet:
	case http.MethodPut:
		given := map[string]any{}
		if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&given); err != nil {
			http.Error(w, fmt.Sprintf("faults: not a JSON object: %v", err), http.StatusBadRequest)
			return
		}
		if err := s.Replace(given); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	default:
		w.Header().Set("Allow", "GET, PUT")
		http.Error(w, "faults: GET or PUT", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.all()) // the only failure is a caller that is gone
}

func (s *Set) all() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.values)
}
