package check

import (
	"fmt"
	"strings"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// Verdict is what one look at something found wrong.
type Verdict struct {
	Causes []string
	Final  bool   // waiting does not help against one of them
	Next   string // what to do, of the first cause that says so
}

// OK tells whether nothing is wrong.
func (f *Verdict) OK() bool { return len(f.Causes) == 0 }

// Pending adds a cause that may pass by itself.
func (f *Verdict) Pending(cause string, args ...any) {
	f.Causes = append(f.Causes, fmt.Sprintf(cause, args...))
}

// Fail adds a cause that does not pass by itself, with what to do next.
func (f *Verdict) Fail(next, cause string, args ...any) {
	f.Pending(cause, args...)
	f.Final = true
	if f.Next == "" {
		f.Next = next
	}
}

// Join adds all causes of another verdict.
func (f *Verdict) Join(other Verdict) {
	f.Causes = append(f.Causes, other.Causes...)
	f.Final = f.Final || other.Final
	if f.Next == "" {
		f.Next = other.Next
	}
}

// Err is the verdict as one failure, which is permanent if one of the causes is. It is not for a verdict that is OK.
func (f *Verdict) Err(details []string) error {
	next := f.Next
	if next == "" {
		next = "run verify again with a longer --timeout; if nothing moves, follow the events and stopped tasks above"
	}
	err := &Failure{Cause: strings.Join(f.Causes, "; "), Details: details, Next: next}
	if f.Final {
		return poll.Permanent(err)
	}
	return err
}
