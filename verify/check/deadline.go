package check

import (
	"context"
	"sync"
	"time"
)

// deadline is the context of a check. Its end can be moved, as far as the check allows. It is none of package context's, whose
// children take the cause of an end from the context that they know, and that one has no deadline.
type deadline struct {
	context.Context // the parent, for its values
	done            chan struct{}

	mu       sync.Mutex
	at, most time.Time
	timer    *time.Timer
	err      error
}

type deadlineKey struct{}

func withDeadline(parent context.Context, limit, longest time.Duration) (context.Context, context.CancelFunc) {
	now := time.Now()
	d := &deadline{Context: parent, done: make(chan struct{}), at: now.Add(limit), most: now.Add(max(limit, longest))}
	d.mu.Lock() // one that is over at once ends it only after this
	d.timer = time.AfterFunc(limit, func() { d.end(context.DeadlineExceeded) })
	d.mu.Unlock()
	forget := context.AfterFunc(parent, func() { d.end(parent.Err()) })
	return context.WithValue(d, deadlineKey{}, d), func() {
		forget()
		d.end(context.Canceled)
	}
}

func (d *deadline) end(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = why
		d.timer.Stop()
		close(d.done)
	}
}

func (d *deadline) Done() <-chan struct{} { return d.done }

func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// Deadline is the present one, or the parent's where that is earlier.
func (d *deadline) Deadline() (time.Time, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if parent, limited := d.Context.Deadline(); limited && parent.Before(d.at) {
		return parent, true
	}
	return d.at, true
}

// Extend moves the deadline of the check that runs in ctx by so much, for a wait that it was asked for and that is no fault of
// the stack. It tells whether the check may take that long.
func Extend(ctx context.Context, by time.Duration) bool {
	d, _ := ctx.Value(deadlineKey{}).(*deadline)
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	to := d.at.Add(by)
	if to.After(d.most) || d.err != nil || !d.timer.Stop() {
		return false
	}
	d.at = to
	d.timer.Reset(time.Until(to))
	return true
}

// MayExtend tells whether the check that runs in ctx may move its deadline at all.
func MayExtend(ctx context.Context) bool {
	d, _ := ctx.Value(deadlineKey{}).(*deadline)
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.most.After(d.at)
}
