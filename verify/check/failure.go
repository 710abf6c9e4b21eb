package check

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// ErrAccess marks an error of not reaching AWS: no answer, a missing permission, or credentials that are missing,
// expired or for another account. It says nothing about the stack.
var ErrAccess = errors.New("no access to AWS")

// Failure is an error for a person: the cause in one line, what was seen on the way there, and what to do next.
//
//nolint:errname // it is the failure of a check, and FailureError would say so twice
type Failure struct {
	Cause   string
	Details []string // one line each
	Next    string
	Err     error // kind, such as ErrAccess; may be nil
}

// Error is the cause alone; a report shows the rest.
func (f *Failure) Error() string { return f.Cause }

// Unwrap makes errors.Is see the failure's kind.
func (f *Failure) Unwrap() error { return f.Err }

// NoData marks an error as inconclusive: the check ends as not enough data and not as a failure. It is only for checks
// where silence can be innocent, such as a latency without traffic. Polling goes on after it, unless it is also
// permanent.
func NoData(err error) error {
	if err == nil {
		return nil
	}
	return &noDataError{err}
}

type noDataError struct{ error }

func (n *noDataError) Unwrap() error { return n.error }

// IsNoData tells whether the error was marked with NoData.
func IsNoData(err error) bool {
	var mark *noDataError
	return errors.As(err, &mark)
}

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
	f.Join(Verdict{Causes: []string{fmt.Sprintf(cause, args...)}, Final: true, Next: next})
}

// Join adds all causes of another verdict.
func (f *Verdict) Join(other Verdict) {
	f.Causes = append(f.Causes, other.Causes...)
	f.Final, f.Next = f.Final || other.Final, cmp.Or(f.Next, other.Next)
}

// Err is the verdict as one failure, which is permanent if one of the causes is. It is not for a verdict that is OK.
func (f *Verdict) Err(details []string) error {
	next := cmp.Or(f.Next, "run verify again with a longer --timeout; if nothing moves, follow the events and stopped tasks above")
	err := &Failure{Cause: strings.Join(f.Causes, "; "), Details: details, Next: next}
	if f.Final {
		return poll.Permanent(err)
	}
	return err
}
