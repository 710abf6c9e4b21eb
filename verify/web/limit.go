package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// LimitTime is how long a check of an update may take in all where the application or the firewall asks it to come back later:
// a window of the application's limit, RATE_LIMIT_WINDOW_MS, which is 15 minutes, and a little.
const LimitTime = 17 * time.Minute

// nextLimit is what to do where the limit's window does not end in time.
const nextLimit = "verify again then, or from another address: the application counts the requests of one address (RATE_LIMIT_MAX, RATE_LIMIT_WINDOW_MS), " +
	"those of an earlier verification, of monitoring and of people behind the same address among them"

// limited is an answer that asks to come back later (429 with Retry-After). That is a wait and no fault: the check's deadline
// moves on by as much, where the check allows it. Where it does not, the answer says nothing about the stack.
func (a httpClient) limited(ctx context.Context, p page) error {
	wait := retryAfter(p.header.Get("Retry-After"))
	failure := a.showing(p, p.failure(nextLimit, "%s: come back in %s", p.statusText(), text.Duration(wait)))
	deadline, _ := ctx.Deadline()
	if wait < time.Until(deadline) || check.Extend(ctx, wait) || check.MayExtend(ctx) {
		return poll.Later(failure, wait)
	}
	return poll.Permanent(check.NoData(failure))
}

// retryAfter is how long a Retry-After asks for, in seconds or until a moment; a minute where it is neither.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at)).Round(time.Second)
	}
	return time.Minute
}
