package recovery

import (
	"context"
	"fmt"
	"slices"

	"github.com/flowcomply/infrastructure/internal/exit"
)

// printUntracked lists untracked resources. Nothing is done about them: another program may use the tag, and deleting is for
// a person.
func (r Recovery) printUntracked(ctx context.Context, state State, decisions []Decision, tagged []Tagged) {
	candidates := untrackedCandidates(state, decisions, tagged)
	if len(candidates) == 0 {
		return
	}
	readings, err := r.Engine.Lookup(ctx, state, candidates)
	if err != nil {
		r.printf("not looked for: what has the stack's tag and is not in the state: %v", err)
		return
	}
	var lines []string
	for i, reading := range readings {
		if len(reading.Outputs) > 0 {
			lines = append(lines, candidates[i].Type+" "+candidates[i].ID)
		}
	}
	r.printList("in AWS with the stack's tag, and in no state; look what made it, and delete it or `pulumi import` it:", lines)
}

// printNext previews the next update, and says what to do next.
func (r Recovery) printNext(ctx context.Context, decisions []Decision) error {
	if !r.Choices.SkipPreview {
		changes, err := r.Engine.Preview(ctx)
		if err != nil {
			return fmt.Errorf("what was left is settled, but the preview failed: %w", err)
		}
		lines := make([]string, len(changes))
		for i, change := range changes {
			lines[i] = change.Op + " " + describe(change.URN)
		}
		if len(changes) == 0 {
			r.printf("\nthe next update would change nothing")
		}
		r.printList(fmt.Sprintf("the next update would make %d change(s):", len(changes)), lines)
		if slices.ContainsFunc(changes, func(c Change) bool { return c.Op == "replace" && isImported(decisions, c.URN) }) {
			return stop(exit.LeftAsItIs, "the next update would replace what was adopted: look at `pulumi preview --diff` before it is run")
		}
	}
	r.printf("\nnext: pulumi up --stack %s, or the command that was interrupted", r.Stack)
	return nil
}

func isImported(decisions []Decision, urn string) bool {
	return slices.ContainsFunc(decisions, func(d Decision) bool { return d.Do == Importing && d.Operation.Resource.URN() == urn })
}
