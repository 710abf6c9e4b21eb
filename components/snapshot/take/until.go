package take

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

// notYet is a state that passes by itself, in words.
type notYet string

func (n notYet) Error() string { return string(n) }

// passes tells whether an error goes away by itself: something is not ready yet, or AWS was too busy, or not reached. The
// client has tried three times by then, which is seconds; an update does not fail for that.
func passes(err error) bool {
	var waiting notYet
	return errors.As(err, &waiting) || retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}

// inWords is an error without what differs each time that it is answered, such as a request's id.
func inWords(err error) string {
	var answered smithy.APIError
	if errors.As(err, &answered) {
		return fmt.Sprintf("RDS answers %s: %s", answered.ErrorCode(), answered.ErrorMessage())
	}
	return err.Error()
}

// cut is a wait that ended before what was waited for, with what was seen last; nil: nothing.
type cut struct{ last error }

func (c cut) Error() string { return fmt.Sprintf("cut short; last seen: %v", c.last) }

// until looks until there is nothing left to wait for, and shows what it sees. An error that does not pass ends it.
func (t *taker) until(ctx context.Context, look func(context.Context) error) error {
	tick := time.NewTicker(t.every)
	defer tick.Stop()
	var last error
	for {
		err := look(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil { // a look that is cut short has seen nothing
			if !passes(err) {
				return err
			}
			last = err
			t.progress(err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if ctx.Err() != nil { // asked again: both may have come at once
			return cut{last}
		}
	}
}

// quiet is how long nothing is shown while nothing changes: less than what CI systems take for a hang.
const quiet = time.Minute

// progress shows what is waited for: when it changes, and now and then.
func (t *taker) progress(seen error) {
	if text := inWords(seen); text != t.said || time.Since(t.saidAt) >= quiet {
		t.said, t.saidAt = text, time.Now()
		t.line("%s: %s", t.ID, text)
	}
}

// line shows something, with the time that this run has taken.
func (t *taker) line(format string, values ...any) {
	fmt.Fprintf(t.show, "snapshot: %s, %s\n", fmt.Sprintf(format, values...), time.Since(t.began).Round(time.Second))
}

// advised is an error with what to do about it.
type advised struct {
	error
	next string
}

func (a advised) Error() string { return a.error.Error() + "\nnext: " + a.next }

func (a advised) Unwrap() error { return a.error }

func next(err error, what string) error { return advised{err, what} }

// explain says what a wait that was cut short leaves behind, and what to do about an error that nobody foresaw.
func (t *taker) explain(ctx context.Context, begun bool, err error) error {
	var told advised
	var short cut
	switch {
	case errors.As(err, &told):
		return err
	case !errors.As(err, &short):
		return next(err, "correct what AWS says, and run the update again; nothing that runs has changed")
	}
	state := "not begun, as far as RDS has said"
	if begun {
		state = "begun, and goes on in AWS"
	}
	if short.last != nil {
		state += "; last seen: " + inWords(short.last)
	}
	switch {
	case ctx.Err() != nil:
		return next(fmt.Errorf("interrupted: %s", state), "run the update again; it takes up the snapshot that is there")
	case begun:
		return next(fmt.Errorf("not whole after %s: %s", t.Timeout, state),
			"run the update again, which takes it up, with a longer snapshot.timeoutMinutes if the database is large")
	}
	return next(fmt.Errorf("not whole after %s: %s", t.Timeout, state), fmt.Sprintf("look what keeps the database from it "+
		"(aws rds describe-db-instances --region %s --db-instance-identifier %s); then run the update again", t.Region, t.Database))
}
