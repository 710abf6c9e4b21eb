package deploylog

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Dependencies are, by URN, the URNs of what each resource of a stack waits for. The engine's events do not have them.
type Dependencies map[string][]string

// ReadState reads the dependencies out of a stack's state, as `pulumi stack export` and the Automation API's Export give it.
// A resource that could not be created is not in it.
func ReadState(state apitype.UntypedDeployment) (Dependencies, error) {
	var deployment apitype.DeploymentV3
	if err := json.Unmarshal(state.Deployment, &deployment); err != nil {
		return nil, fmt.Errorf("dependencies: the stack's state: %w", err)
	}
	known := Dependencies{}
	for _, r := range deployment.Resources {
		if r.Delete {
			continue // the old half of a replacement
		}
		urns := slices.Clone(r.Dependencies)
		for _, more := range r.PropertyDependencies {
			urns = append(urns, more...)
		}
		if r.Parent != "" {
			urns = append(urns, r.Parent)
		}
		slices.Sort(urns)
		waits := make([]string, 0, len(urns))
		for _, urn := range slices.Compact(urns) {
			waits = append(waits, string(urn))
		}
		known[string(r.URN)] = waits
	}
	return known, nil
}

// connect sets for each step which steps it waited for. A deletion does not wait for the dependencies in the state, and is
// left to the clock.
func connect(steps []Step, known Dependencies) {
	changedURNs := map[string]bool{}
	for _, step := range steps {
		changedURNs[step.URN] = changedURNs[step.URN] || !step.deletes()
	}
	for i, step := range steps {
		_, found := known[step.URN]
		steps[i].Guessed = !found || step.deletes()
		if !steps[i].Guessed {
			steps[i].After = nearest(step.URN, known, changedURNs)
		}
	}
}

func (s Step) deletes() bool { return s.Op == apitype.OpDelete }

// nearest are the steps that a resource depends on, directly or through resources that were not touched.
func nearest(urn string, known Dependencies, changedURNs map[string]bool) []string {
	var found []string
	seen := map[string]bool{urn: true}
	for waiting := slices.Clone(known[urn]); len(waiting) > 0; {
		next := waiting[0]
		waiting = waiting[1:]
		switch {
		case seen[next]:
		case changedURNs[next]:
			found = append(found, next)
		default:
			waiting = append(waiting, known[next]...)
		}
		seen[next] = true
	}
	slices.Sort(found)
	return found
}

// criticalPath marks the chain of steps that ended last, and returns its indexes. Order is that of the events, so that each
// step back goes to an earlier one.
func criticalPath(steps []Step) []int {
	var path []int
	for at := lastEnded(steps, func(Step) bool { return true }); at >= 0; {
		steps[at].Critical = true
		path = append(path, at)
		current := steps[at]
		at = lastEnded(steps, func(earlier Step) bool {
			if earlier.ended >= current.began {
				return false
			}
			return current.Guessed || !earlier.deletes() && slices.Contains(current.After, earlier.URN)
		})
	}
	slices.Reverse(path)
	return path
}

// lastEnded is the index of the step that ended last among those that are wanted, or -1.
func lastEnded(steps []Step, wanted func(Step) bool) int {
	last := -1
	for i, step := range steps {
		if wanted(step) && (last < 0 || step.ended > steps[last].ended) {
			last = i
		}
	}
	return last
}
