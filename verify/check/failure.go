package check

import "errors"

// ErrAccess marks a failure to look at AWS at all: no answer, credentials that
// are missing, expired or for another account, or a permission that lacks. It
// says nothing about the stack.
var ErrAccess = errors.New("no access to AWS")

// Failure is an error made for a person: the cause in one line, what was seen
// on the way there, and what to do next.
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

// NoData marks an error that means "nothing to judge by": its check ends as not
// enough data instead of as a failure. Only for checks where silence can be
// innocent, such as a latency without traffic. Until goes on waiting for data,
// except where it is Permanent as well.
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
