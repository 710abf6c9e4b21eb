package check

import (
	"context"
	"maps"
	"sync"
)

// facts are the facts that one check has noted so far.
type facts struct {
	mu    sync.Mutex
	facts map[string]float64
}

type factsKey struct{}

func withFacts(ctx context.Context) (context.Context, *facts) {
	n := &facts{facts: map[string]float64{}}
	return context.WithValue(ctx, factsKey{}, n), n
}

// all copies what was noted, as an abandoned check may note more. It is nil without facts.
func (n *facts) all() map[string]float64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.facts) == 0 {
		return nil
	}
	return maps.Clone(n.facts)
}

// Fact keeps a number in the JSON report, with the result of the check that ctx belongs to. A later fact of the same
// name replaces it. Names are unique in a whole report, such as tables.User. Outside of a check it does nothing.
func Fact(ctx context.Context, name string, value float64) {
	n, ok := ctx.Value(factsKey{}).(*facts)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.facts[name] = value
}
