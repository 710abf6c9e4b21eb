package release

import (
	"fmt"
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
	var first, since, last time.Time
	changing := map[string]bool{} // services, by URN
	for _, event := range events {
		urn, begins, ends := rollingAt(event)
		switch {
		case begins:
			if len(changing) == 0 {
				since = event.At
			}
			if first.IsZero() {
				first = event.At
			}
			changing[urn] = true
		case ends && changing[urn]:
			delete(changing, urn)
			if last = event.At; len(changing) == 0 {
				t.Rolling += last.Sub(since)
			}
		}
	}
	if first.IsZero() {
		t.Before = end.Sub(start)
		return t
	}
	if len(changing) > 0 { // a change without an end ended with the update
		t.Rolling, last = t.Rolling+end.Sub(since), end
	}
	t.Before, t.After = first.Sub(start), end.Sub(last)
	return t
}

// rollingAt tells whether a change of a service begins with an event, or the operation on a resource ends with it.
func rollingAt(event Event) (urn string, begins, ends bool) {
	switch {
	case event.ResourcePreEvent != nil:
		m := event.ResourcePreEvent.Metadata
		return m.URN, m.Type == part.ServiceType && works(m.Op) != "" && m.Op != apitype.OpReplace, false // a replacement is its halves
	case event.ResOutputsEvent != nil:
		return event.ResOutputsEvent.Metadata.URN, false, true
	case event.ResOpFailedEvent != nil:
		return event.ResOpFailedEvent.Metadata.URN, false, true
	}
	return "", false, false
}
