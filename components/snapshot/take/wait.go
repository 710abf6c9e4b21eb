package take

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// notYetError is a state that ends by itself, as text.
type notYetError string

func (n notYetError) Error() string { return string(n) }

// isTransient tells whether an error goes away by itself: something is not ready yet, or AWS was too busy or not reached.
// The client has tried three times by then, within seconds; an update does not fail for that.
func isTransient(err error) bool {
	var waiting notYetError
	return errors.As(err, &waiting) || retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}

// withoutRequestID is an error without what differs in each answer, such as a request's id.
func withoutRequestID(err error) string {
	var answered smithy.APIError
	if errors.As(err, &answered) {
		return fmt.Sprintf("RDS answers %s: %s", answered.ErrorCode(), answered.ErrorMessage())
	}
	return err.Error()
}

// until calls look until it returns no error, and shows what it returns. An error that is not transient ends it, and is
// permanent; any other error is a wait that a deadline or a signal has cut short.
func (t *taker) until(ctx context.Context, look func(context.Context) error) error {
	t.lastSeen = nil
	return poll.Until(ctx, t.interval, func(ctx context.Context) error {
		err := look(ctx)
		switch {
		case err == nil || ctx.Err() != nil: // a look that is cut short has seen nothing
		case !isTransient(err):
			return poll.Permanent(err)
		default:
			t.lastSeen = err
			t.progress(err)
		}
		return err
	})
}

// silence is how long nothing is shown while nothing changes: less than what CI systems take for a hang.
const silence = time.Minute

// progress shows what is waited for: when it changes, and now and then.
func (t *taker) progress(seen error) {
	if text := withoutRequestID(seen); text != t.lastLine || time.Since(t.lastLineAt) >= silence {
		t.lastLine, t.lastLineAt = text, time.Now()
		t.printf("%s: %s", t.ID, text)
	}
}

// printf shows a line, with the time that this run has taken.
func (t *taker) printf(format string, values ...any) {
	fmt.Fprintf(t.show, "snapshot: %s, %s\n", fmt.Sprintf(format, values...), time.Since(t.began).Round(time.Second))
}

// nextStepError is an error with what to do about it.
type nextStepError struct {
	error
	next string
}

func (w nextStepError) Error() string { return w.error.Error() + "\nnext: " + w.next }

func (w nextStepError) Unwrap() error { return w.error }

func addNext(err error, what string) error { return nextStepError{err, what} }

// explainWait says what a wait that was cut short leaves behind, and what to do about an error that nobody foresaw.
func (t *taker) explainWait(ctx context.Context, begun bool, err error) error {
	var told nextStepError
	switch {
	case poll.IsPermanent(err) && errors.As(err, &told):
		return err
	case poll.IsPermanent(err):
		return addNext(err, "correct what AWS says, and run the update again; nothing that runs has changed")
	}
	state := "not begun, as far as RDS has said"
	if begun {
		state = "begun, and goes on in AWS"
	}
	if t.lastSeen != nil {
		state += "; last seen: " + withoutRequestID(t.lastSeen)
	}
	switch {
	case ctx.Err() != nil:
		return addNext(fmt.Errorf("interrupted: %s", state), "run the update again; it takes up the snapshot that is there")
	case begun:
		return addNext(fmt.Errorf("not whole after %s: %s", t.Timeout, state),
			"run the update again, which takes it up, with a longer snapshot.timeoutMinutes if the database is large")
	}
	return addNext(fmt.Errorf("not whole after %s: %s", t.Timeout, state), fmt.Sprintf("look what keeps the database from it "+
		"(aws rds describe-db-instances --region %s --db-instance-identifier %s); then run the update again", t.Region, t.Database))
}
