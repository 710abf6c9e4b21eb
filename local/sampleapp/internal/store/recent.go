package store

import (
	"sync"
	"time"
)

// Window is how long an error counts as a recent one.
const Window = time.Minute

// recent counts what happened within the window.
type recent struct {
	now func() time.Time

	mu    sync.Mutex
	times []time.Time
}

func (r *recent) add() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.times = append(r.kept(), r.now())
}

func (r *recent) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.times = r.kept()
	return len(r.times)
}

// kept is what is still within the window. Times are in order, as they were added under the lock.
func (r *recent) kept() []time.Time {
	first := 0
	for first < len(r.times) && r.now().Sub(r.times[first]) >= Window {
		first++
	}
	return r.times[first:]
}
