package check

import (
	"errors"
	"slices"
	"time"
)

// Outcome is how a check ended. There is no fifth.
type Outcome string

const (
	// OK means that the promise was seen to hold.
	OK Outcome = "ok"
	// NotEnoughData means that nothing speaks against the promise, and nothing for it.
	NotEnoughData Outcome = "not enough data"
	// TimedOut means that the promise did not come true before the deadline.
	TimedOut Outcome = "timed out"
	// FailedNow means that the promise is broken, and that waiting would not help.
	FailedNow Outcome = "failed now"
)

// Outcomes lists all outcomes from best to worst, the order reports use.
func Outcomes() []Outcome { return []Outcome{OK, NotEnoughData, TimedOut, FailedNow} }

// Bad says whether the outcome fails a run.
func (o Outcome) Bad() bool { return o == FailedNow || o == TimedOut }

// Subject says what was looked at.
type Subject struct {
	Stack     string `json:"stack"`
	Version   string `json:"version"`
	Region    string `json:"region"`
	AccountID string `json:"accountId"`
	Endpoint  string `json:"endpoint,omitempty"` // where AWS was asked, if not at AWS; else empty
}

// Result is how one check ended.
type Result struct {
	Group, Name string
	Outcome     Outcome
	Seen        string   // evidence, for OK
	Cause       string   // for the other outcomes; after a timeout with the last failure
	Details     []string // what was seen on the way, one line each
	Next        string   // what to do about it
	Took        time.Duration
	Err         error              // the check's error; nil for OK
	Facts       map[string]float64 // numbers seen, for programs and for a later run to compare with (Baseline); nil without
}

// Report is the outcome of a run.
type Report struct {
	Subject Subject
	Started time.Time
	Took    time.Duration
	Results []Result // in the order of the checks

	Findings []Finding // what Diagnose found when a check failed; nil if none did

	Verified any // the receipt, where every check was made and none failed
}

// Count is the number of results with the outcome.
func (r Report) Count(outcome Outcome) int {
	n := 0
	for _, result := range r.Results {
		if result.Outcome == outcome {
			n++
		}
	}
	return n
}

// Bad is the number of checks that failed or timed out.
func (r Report) Bad() int { return r.Count(FailedNow) + r.Count(TimedOut) }

// NoAccess says whether all checks that failed did so because AWS was not reached (ErrAccess). Nothing bad is then
// known about the stack itself.
func (r Report) NoAccess() bool {
	return r.Bad() > 0 && !slices.ContainsFunc(r.Results, func(result Result) bool {
		return result.Outcome.Bad() && !errors.Is(result.Err, ErrAccess)
	})
}

// groups are the results of each group, in the order of their first check.
func (r Report) groups() [][]Result {
	var groups [][]Result
	for _, result := range r.Results {
		i := slices.IndexFunc(groups, func(group []Result) bool { return group[0].Group == result.Group })
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], result)
	}
	return groups
}

// Finding is what was seen of one part of the stack after a check failed. It is not a check, but what an engineer would
// look at next.
type Finding struct {
	Topic string   `json:"topic"`          // such as target health
	About string   `json:"about"`          // service or store, such as backend
	Lines []string `json:"lines"`          // what was seen, one fact a line; never empty
	Next  string   `json:"next,omitempty"` // what it asks for; empty where it is as it should be
}

func (f Finding) title() string { return f.Topic + ", " + f.About }
