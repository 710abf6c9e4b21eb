package check

import (
	"fmt"
	"strings"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// Verdict are what speaks against a service at one look.
type Verdict struct {
	Causes []string
	Final  bool   // no amount of waiting cures one of them
	Next   string // of the first that has a cure
}

func (f *Verdict) OK() bool { return len(f.Causes) == 0 }

func (f *Verdict) Pending(cause string, args ...any) {
	f.Causes = append(f.Causes, fmt.Sprintf(cause, args...))
}

func (f *Verdict) Fail(next, cause string, args ...any) {
	f.Pending(cause, args...)
	f.Final = true
	if f.Next == "" {
		f.Next = next
	}
}

func (f *Verdict) Join(other Verdict) {
	f.Causes = append(f.Causes, other.Causes...)
	f.Final = f.Final || other.Final
	if f.Next == "" {
		f.Next = other.Next
	}
}

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
