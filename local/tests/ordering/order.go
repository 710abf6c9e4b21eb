package ordering

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/flowcomply/infrastructure/local/plugins/simulated"
)

// Update is one update as it happened.
type Update struct {
	First    bool              // the stack's first release
	Services []string          // those that the stack has
	Fail     string            // the resource that was not to be made, as <type>::<name>; none when empty
	Failed   bool              // what the engine said of the update
	Before   []simulated.Event // the journal of the failed attempt that this update goes on from; none when empty
	Events   []simulated.Event // its own
}

// Violation is one broken promise, with the lines of the journal that show it.
type Violation struct {
	Rule   string
	Events []simulated.Event
}

func (v Violation) String() string {
	var lines strings.Builder
	fmt.Fprintf(&lines, "%s\n", v.Rule)
	for _, event := range v.Events {
		fmt.Fprintf(&lines, "    %s\n", event)
	}
	return lines.String()
}

// Check returns every promise that the update broke:
//   - no part of a release begins before all that it waits for are done, and well; so after a failure none begins; and
//     beside a first release, nothing else changes before preflight has passed;
//   - an update that succeeds has done every part, together with the attempt before it; one in which a part failed fails;
//   - nothing is done twice, neither in one update nor again in the next attempt;
//   - the journal is whole, as half of one tells nothing.
func Check(update Update) []Violation {
	operations, broken := pair(update.Events)
	before, _ := pair(update.Before) // was checked as an update of its own
	return slices.Concat(broken, early(update.First, operations), twice(before, operations), outcome(update, before, operations))
}

// operation is both ends of what a provider was asked.
type operation struct {
	role
	begin, end simulated.Event
	from, to   int // places in the journal; to is its length while there is no end
}

func (o operation) well() bool { return o.end.Phase == simulated.End && o.end.Error == "" }

// what is the operation's role, or that it has none.
func (o operation) what() string {
	if o.role == "" {
		return "another change"
	}
	return string(o.role)
}

// pair finds both ends of each operation on a resource. The engine waits for what it has begun, also when something else
// fails, so that an operation without an end is a promise broken by the journal itself.
func pair(events []simulated.Event) (operations []operation, broken []Violation) {
	open := map[string]int{} // by operation and resource: its place in operations
	for place, event := range events {
		key := string(event.Op) + " " + event.URN
		at, begun := open[key]
		switch {
		case event.Op == simulated.Invoke: // the same function may be asked twice at a time, and changes nothing
		case event.Phase == simulated.Begin && begun:
			broken = append(broken, Violation{"an operation begins that is under way", []simulated.Event{operations[at].begin, event}})
		case event.Phase == simulated.Begin:
			open[key] = len(operations)
			operations = append(operations, operation{role: roleOf(event), begin: event, from: place, to: len(events)})
		case !begun:
			broken = append(broken, Violation{"an operation ends that did not begin", []simulated.Event{event}})
		default:
			operations[at].end, operations[at].to = event, place
			delete(open, key)
		}
	}
	for _, o := range operations {
		if o.end.Phase == "" {
			broken = append(broken, Violation{"an operation has no end", []simulated.Event{o.begin}})
		}
	}
	return operations, broken
}

// early finds what began before something that it has to wait for was done.
func early(first bool, operations []operation) (broken []Violation) {
	for _, o := range operations {
		for _, needed := range operations {
			if !slices.Contains(waits(o.role, first), needed.role) {
				continue
			}
			switch {
			case needed.to > o.from:
				broken = append(broken, Violation{fmt.Sprintf("%s begins before %s has ended", o.what(), needed.role), journaled(needed, o)})
			case !needed.well():
				broken = append(broken, Violation{fmt.Sprintf("%s begins after %s has failed", o.what(), needed.role), journaled(needed, o)})
			}
		}
	}
	return broken
}

// journaled are both ends of some operations of one journal, in its order.
func journaled(operations ...operation) []simulated.Event {
	places := map[int]simulated.Event{}
	for _, o := range operations {
		places[o.from] = o.begin
		if o.end.Phase != "" {
			places[o.to] = o.end
		}
	}
	var events []simulated.Event
	for _, place := range slices.Sorted(maps.Keys(places)) {
		events = append(events, places[place])
	}
	return events
}

// twice finds parts of a release that were done more than once. Preflight looks anew at each attempt.
func twice(before, operations []operation) (broken []Violation) {
	seen, earlier := map[string]operation{}, map[string]operation{}
	for _, o := range before {
		if o.well() && o.role != preflight {
			earlier[o.begin.URN] = o
		}
	}
	for _, o := range operations {
		if o.role == "" {
			continue
		}
		if done, again := seen[o.begin.URN]; again {
			broken = append(broken, Violation{fmt.Sprintf("%s is done twice in one update", o.role), journaled(done, o)})
		}
		if done, again := earlier[o.begin.URN]; again {
			broken = append(broken, Violation{fmt.Sprintf("%s is done again, and was done in the attempt before", o.role), append(journaled(done), journaled(o)...)})
		}
		seen[o.begin.URN] = o
	}
	return broken
}

// outcome compares what the engine said with what happened.
func outcome(update Update, before, operations []operation) (broken []Violation) {
	done, failed := map[part]bool{}, []simulated.Event{}
	for _, o := range slices.Concat(before, operations) {
		if o.well() {
			done[part{o.role, resource.URN(o.begin.URN).Name()}] = true
		}
	}
	for _, o := range operations {
		if o.end.Error != "" {
			failed = append(failed, o.end)
		}
	}
	switch {
	case update.Failed && len(failed) == 0:
		broken = append(broken, Violation{"the update failed, and no operation did", nil})
	case !update.Failed && len(failed) > 0:
		broken = append(broken, Violation{"the update is called a success, and an operation failed", failed})
	}
	if update.Fail != "" && !slices.ContainsFunc(failed, func(e simulated.Event) bool { return strings.HasSuffix(e.URN, update.Fail) }) {
		broken = append(broken, Violation{update.Fail + " was to fail, and did not", nil})
	}
	if update.Failed {
		return broken
	}
	for _, needed := range release(update.First, update.Services) {
		if !done[needed] {
			broken = append(broken, Violation{fmt.Sprintf("the update succeeded without %s", needed), nil})
		}
	}
	return broken
}
