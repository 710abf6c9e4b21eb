package recovery

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// Candidate is something that may exist, by the id that it is imported under.
type Candidate struct {
	Type string
	ID   string
	// Provider is the provider that asks, as the state refers to it.
	Provider string
}

// Reading is what a provider says of a candidate: Outputs of one that exists, Err when it could not be asked, and neither
// when it does not exist.
type Reading struct {
	Outputs map[string]any
	Err     error
}

// Doing is what becomes of a pending operation.
type Doing int

// What becomes of a pending operation.
const (
	Undecided Doing = iota // nobody can tell: nothing is changed
	Importing              // what it created goes into the state
	Clearing               // it is forgotten, and the next update does what is to be done
	Rereading              // the resource is in the state, and is read anew
)

// Decision is what becomes of one pending operation, and why that is right.
type Decision struct {
	Operation Operation
	Do        Doing
	ID        string // of what is adopted
	Why       string
	// Retry says of one that is undecided that another run may know more.
	Retry bool
}

// choose decides what is decided without asking AWS. What is left undecided without a reason is to be looked for.
func choose(state State, op Operation, choices Choices) Decision {
	d := Decision{Operation: op}
	urn, kindOf := op.Resource.URN(), op.Resource.Type()
	id, given := choices.Import[urn]
	switch {
	case given:
		d.Do, d.ID, d.Why = Importing, id, "you say that this is what it made"
	case choices.Clear[urn]:
		d.Do, d.Why = Clearing, "you say that it made nothing"
	case op.Type == "importing" && op.Resource.ID() != "":
		d.Do, d.ID, d.Why = Importing, op.Resource.ID(), "an import of it was cut off"
	case op.Type != "creating":
		d.Do, d.Why = Clearing, "the next update does it again"
		if _, found := state.current(urn); found && strings.HasPrefix(kindOf, prefix) {
			d.Do, d.Why = Rereading, "what AWS says now is what the next update starts from"
		}
	case !strings.HasPrefix(kindOf, prefix):
		for _, place := range nonAWS {
			if strings.HasPrefix(kindOf, place.prefix) {
				d.Do, d.Why = Clearing, place.again
			}
		}
		if d.Do == Undecided {
			d.Why = unknown(op)
		}
	case kinds[kindOf].again != "":
		d.Do, d.Why = Clearing, kinds[kindOf].again
	case kinds[kindOf].id == "" && kinds[kindOf].tagged == "":
		d.Why = unknown(op)
	}
	return d
}

func unknown(op Operation) string {
	return fmt.Sprintf("nothing is known here about %s; look whether it made one, and run again with --import '%s=<id>' or --clear '%s'",
		op.Resource.Type(), op.Resource.URN(), op.Resource.URN())
}

// candidatesOf are what an operation may have made, by id.
func candidatesOf(state State, op Operation, account Account, tagged []Tagged) []Candidate {
	in := request{inputs: op.Resource.Inputs(), account: account}
	known := kinds[op.Resource.Type()]
	var candidates []Candidate
	if id := known.idOf(in); id != "" {
		candidates = append(candidates, Candidate{op.Resource.Type(), id, op.Resource.text("provider")})
	}
	for _, one := range untracked(state, tagged) {
		if !one.is(known.tagged) || in.tag("Name") != "" && in.tag("Name") != one.Tags["Name"] {
			continue
		}
		candidates = append(candidates, Candidate{op.Resource.Type(), known.importID(one.ARN, in), op.Resource.text("provider")})
	}
	return candidates
}

// search is what AWS is asked about pending operations.
type search struct {
	state   State
	account Account
	lookup  func(context.Context, State, []Candidate) ([]Reading, error)
}

// Decide says what becomes of each pending operation. AWS is asked about all of them at once, and once.
func (s search) decide(ctx context.Context, choices Choices, tagged []Tagged) ([]Decision, error) {
	var decisions []Decision
	var all []Candidate
	asked := map[int]int{} // by decision: how many of the candidates are its
	for i, op := range s.state.Pending() {
		decisions = append(decisions, choose(s.state, op, choices))
		if decisions[i].Do == Undecided && decisions[i].Why == "" {
			of := candidatesOf(s.state, op, s.account, tagged)
			all, asked[i] = append(all, of...), len(of)
		}
	}
	var readings []Reading
	if len(all) > 0 {
		var err error
		if readings, err = s.lookup(ctx, s.state, all); err != nil {
			return nil, err
		}
	}
	taken := map[string]bool{}
	for i := range decisions {
		if n, looked := asked[i]; looked {
			s.settle(&decisions[i], all[:n], readings[:n], taken)
			all, readings = all[n:], readings[n:]
		}
	}
	return decisions, nil
}

// absent are the answers of the provider that say that there is no such thing, where it answers with an error.
var absent = regexp.MustCompile(`couldn't find resource|non-existent remote object|api error [\w.]*(NotFound|NoSuch|DoesNotExist)`)

// settle decides by what was read. Of several that fit, which only an earlier accident can have made, one is taken, and the
// others are listed as what nobody remembers.
func (s search) settle(d *Decision, candidates []Candidate, readings []Reading, taken map[string]bool) {
	in := request{inputs: d.Operation.Resource.Inputs(), account: s.account}
	known := kinds[d.Operation.Resource.Type()]
	if known.id != "" && len(candidates) == 0 {
		d.Why = "its inputs do not say what it is called; " + unknown(d.Operation)
		return
	}
	d.Do, d.Why = Clearing, "AWS has none"
	for i, reading := range readings {
		key := candidates[i].Type + " " + candidates[i].ID
		switch {
		case taken[key]:
		case reading.Err != nil && !absent.MatchString(reading.Err.Error()):
			d.Do, d.Why, d.Retry = Undecided, fmt.Sprintf("%s could not be asked for: %v", candidates[i].ID, reading.Err), true
		case len(reading.Outputs) > 0 && in.fits(known, reading.Outputs):
			taken[key] = true
			d.Do, d.ID, d.Why, d.Retry = Importing, candidates[i].ID, "AWS has it: "+candidates[i].ID, false
			return
		}
	}
}
