package check

import "errors"

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
