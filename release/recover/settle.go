package recovery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/internal/exit"
)

// connect reaches the account that the stack is in; none is reached where the state has nothing in AWS.
func (r Recovery) connect(ctx context.Context, state State) (AWS, Account, error) {
	account, found := state.Account()
	if !found {
		return nil, account, nil
	}
	aws, err := r.Connect(ctx, account)
	if err != nil {
		return nil, account, fmt.Errorf("AWS account %s: %w", account.ID, err)
	}
	return aws, account, nil
}

// decide decides about pending operations. AWS may take a while to list something new by its tags: until the state is old
// enough, it is asked again for what it does not list.
func (r Recovery) decide(ctx context.Context, state State, account Account, aws AWS) ([]Decision, []Tagged, error) {
	s := search{state: state, account: account, lookup: r.Engine.Lookup}
	for {
		tagged, err := r.tagged(ctx, aws, account)
		if err != nil && len(state.Pending()) > 0 {
			return nil, nil, err
		}
		decisions, err := s.decide(ctx, r.Choices, tagged)
		if err != nil {
			return nil, nil, err
		}
		early := time.Until(state.Written().Add(r.Choices.Settle))
		if early <= 0 || !slices.ContainsFunc(decisions, missing) {
			return decisions, tagged, nil
		}
		r.printf("AWS may still make known what was created last; asking again for %s", early.Round(time.Second))
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(min(early, between)):
		}
	}
}

// missing tells whether a creation was looked for by tags, and not found.
func missing(d Decision) bool {
	return d.Do == Clearing && kinds[d.Operation.Resource.Type()].tagged != "" && d.Operation.Type == "creating"
}

func (r Recovery) tagged(ctx context.Context, aws AWS, account Account) ([]Tagged, error) {
	if aws == nil || account.Tag == "" {
		return nil, nil
	}
	tagged, err := aws.Tagged(ctx, StackTag, account.Tag)
	if err != nil {
		return nil, fmt.Errorf("find what has the tag %s=%s: %w", StackTag, account.Tag, err)
	}
	return tagged, nil
}

// settle shows the plan, asks, and carries it out.
func (r Recovery) settle(ctx context.Context, aws AWS, left leftovers) error {
	r.printLeftovers(left)
	if err := undecided(left.decisions); err != nil {
		return err
	}
	imported, err := importCreated(left.state, left.decisions) // where that cannot be, nothing is begun
	if err != nil {
		return err
	}
	if err := r.ask(ctx, "Do this?"); err != nil {
		return err
	}
	if err := r.unlock(ctx, left.locks); err != nil {
		return err
	}
	if err := r.repair(ctx, left.state, imported, left.decisions); err != nil {
		return err
	}
	if len(left.inFlight.tasks) == 0 {
		return nil
	}
	return r.settleTasks(ctx, aws, left.inFlight.tasks, r.stopping(ctx))
}

func undecided(decisions []Decision) error {
	code, open := exit.Failed, 0
	for _, d := range decisions {
		if d.Do == Undecided {
			open++
			if !d.Retry {
				code = exit.LeftAsItIs
			}
		}
	}
	if open == 0 {
		return nil
	}
	return stop(code, "%d operation(s) could not be decided, so nothing was changed in the state, and the lock stays; the reasons are above", open)
}

// unlock removes the stale locks, if they are still the only ones.
func (r Recovery) unlock(ctx context.Context, seen []staleLock) error {
	if len(seen) == 0 {
		return nil
	}
	now, _, err := r.locks(ctx)
	if err != nil {
		return err
	}
	if len(now) != len(seen) {
		return stop(exit.Refused, "the stack's locks changed meanwhile, so somebody works on it; nothing more was done")
	}
	if err := r.Engine.Unlock(ctx); err != nil {
		return err
	}
	r.printf("removed %d lock(s)", len(seen))
	return nil
}

// repair makes the state match AWS.
func (r Recovery) repair(ctx context.Context, state, imported State, decisions []Decision) error {
	urns := map[string]bool{}
	for _, resource := range state.Unread() {
		urns[resource.URN()] = true
	}
	for _, d := range decisions {
		if d.Do == Importing || d.Do == Rereading {
			urns[d.Operation.Resource.URN()] = true
		}
	}
	if len(decisions) > 0 {
		kept, err := r.Keep(state)
		if err != nil {
			return fmt.Errorf("write down the state before it is changed: %w", err)
		}
		r.printf("the state as it was: %s", kept)
		if err := r.Engine.Import(ctx, imported); err != nil {
			return err
		}
	}
	if len(urns) == 0 {
		return nil
	}
	if err := r.Engine.Refresh(ctx, slices.Sorted(maps.Keys(urns))); err != nil {
		return err
	}
	return r.complete(ctx, decisions)
}

// complete puts the inputs that AWS does not return into what was imported.
func (r Recovery) complete(ctx context.Context, decisions []Decision) error {
	if !slices.ContainsFunc(decisions, func(d Decision) bool { return d.Do == Importing }) {
		return nil
	}
	state, err := r.Engine.Export(ctx)
	if err != nil {
		return err
	}
	complete, read, err := Complete(state, decisions)
	if err != nil {
		return err
	}
	if err := r.Engine.Import(ctx, complete); err != nil {
		return err
	}
	for _, d := range read {
		r.printf("in the state now: %s, %s", d.Operation.Resource, d.ID)
	}
	return nil
}
