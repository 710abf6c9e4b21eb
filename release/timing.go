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
	// Total is from the command's start to the engine's end, without waiting for answers.
	Total time.Duration
	// Rolling is how long services were rolling: ECS's own time, from the first change of one to the last, gaps left out.
	Rolling time.Duration
	// Asking is what came before the update: history, registry and preview. Before is the update's time until the first
	// service changed, and After that from the last one on: verify, mostly.
	Asking, Before, After time.Duration
}

// Overhead is what came on top of ECS's own time.
func (t Timing) Overhead() time.Duration { return t.Total - t.Rolling }

func (t Timing) String() string {
	return fmt.Sprintf("%s: %s of it ECS rolling services, %s on top (%s before the update, %s before services, %s from then on)",
		round(t.Total), round(t.Rolling), round(t.Overhead()), round(t.Asking), round(t.Before), round(t.After))
}

func round(d time.Duration) time.Duration { return d.Round(time.Second) }

// TimingOf reads it off an update's events. Begin is when the command began to ask, start when the update did, end when
// it ended; waited is for how long answers were waited for.
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

// rolling are the times in which each service changed, by their begin. One that never ended did so with the update.
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
