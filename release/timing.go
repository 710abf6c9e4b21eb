package release

import (
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/release/part"
)

// Timing says where the time of an update went.
type Timing struct {
	// Total is from the start of the command to the end of the engine, without waiting for answers.
	Total time.Duration
	// Rolling is how long services were rolling: the time of ECS, from the first change to the last, without gaps.
	Rolling time.Duration
	// Asking is the time before the update: history, registry and preview. Before is the time of the update until the first
	// service changed, and After the time from the last change on, mostly of verify.
	Asking, Before, After time.Duration
}

// Overhead is all time that is not rolling.
func (t Timing) Overhead() time.Duration { return t.Total - t.Rolling }

func (t Timing) String() string {
	return fmt.Sprintf("%s: %s of it ECS rolling services, %s on top (%s before the update, %s before services, %s from then on)",
		round(t.Total), round(t.Rolling), round(t.Overhead()), round(t.Asking), round(t.Before), round(t.After))
}

func round(d time.Duration) time.Duration { return d.Round(time.Second) }

// TimingOf computes it from the events of an update. Begin is the start of the command, start and end are those of the
// update, and waited is the time spent waiting for answers.
func TimingOf(begin, start, end time.Time, waited time.Duration, events []Event) Timing {
	t := Timing{Total: end.Sub(begin) - waited, Asking: start.Sub(begin) - waited}
	spans := rolling(events, end)
	if len(spans) == 0 {
		t.Before = end.Sub(start)
		return t
	}
	last := spans[0][0]
	for _, span := range spans {
		if span[0].After(last) {
			last = span[0]
		}
		if span[1].After(last) {
			t.Rolling += span[1].Sub(last)
			last = span[1]
		}
	}
	t.Before, t.After = spans[0][0].Sub(start), end.Sub(last)
	return t
}

// rolling are the times in which each service changed, sorted by start. A change without an end ended with the update.
func rolling(events []Event, end time.Time) [][2]time.Time {
	begun := map[string]time.Time{}
	var spans [][2]time.Time
	ended := func(urn string, at time.Time) {
		if from, open := begun[urn]; open {
			spans = append(spans, [2]time.Time{from, at})
			delete(begun, urn)
		}
	}
	for _, event := range events {
		switch {
		case event.ResourcePreEvent != nil:
			m := event.ResourcePreEvent.Metadata
			if m.Type == part.ServiceType && works(m.Op) != "" && m.Op != apitype.OpReplace { // which is no work of its own
				begun[m.URN] = event.At
			}
		case event.ResOutputsEvent != nil:
			ended(event.ResOutputsEvent.Metadata.URN, event.At)
		case event.ResOpFailedEvent != nil:
			ended(event.ResOpFailedEvent.Metadata.URN, event.At)
		}
	}
	for urn := range begun {
		ended(urn, end)
	}
	slices.SortFunc(spans, func(a, b [2]time.Time) int { return a[0].Compare(b[0]) })
	return spans
}
