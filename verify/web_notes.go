package verify

import (
	"context"
	"maps"
	"sync"
)

// notes are the facts that one check has noted so far.
type notes struct {
	mu    sync.Mutex
	facts map[string]float64
}

type notesKey struct{}

func withNotes(ctx context.Context) (context.Context, *notes) {
	n := &notes{facts: map[string]float64{}}
	return context.WithValue(ctx, notesKey{}, n), n
}

// all copies what was noted: a check that was left behind may note more. It is
// nil without facts.
func (n *notes) all() map[string]float64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.facts) == 0 {
		return nil
	}
	return maps.Clone(n.facts)
}

// Note keeps a number with the result of the check that ctx belongs to, in the
// JSON report; a later note of the same name replaces it. Names are unique in a
// whole report, such as tables.User. Outside of a check it does nothing.
func Note(ctx context.Context, name string, value float64) {
	n, ok := ctx.Value(notesKey{}).(*notes)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.facts[name] = value
}
