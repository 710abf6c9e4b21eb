package recovery

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Tagged is something that has the stack's tag.
type Tagged struct {
	ARN  string
	Tags map[string]string
}

// is tells what an ARN is of: service and resource, without account and region.
func (t Tagged) is(what string) bool {
	parts := strings.SplitN(t.ARN, ":", 6)
	return what != "" && len(parts) == 6 && strings.HasPrefix(parts[2]+":"+parts[5], what)
}

// untracked lists what has the tag of the stack and is not in the state.
func untracked(state State, tagged []Tagged) []Tagged {
	tracked := map[string]bool{}
	for _, one := range state.Resources() {
		tracked[one.ID()] = true
		if arn, ok := one.Outputs()["arn"].(string); ok {
			tracked[arn] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(tagged), func(t Tagged) bool { return tracked[t.ARN] || tracked[last(t.ARN)] })
}

// untrackedCandidates are the untracked resources to look up, by type and id: those of types whose ids AWS generates, and
// that no operation created. Other types have names, and AWS refuses a second one.
func untrackedCandidates(state State, decisions []Decision, tagged []Tagged) []Candidate {
	taken := map[string]bool{}
	for _, decision := range decisions {
		taken[decision.ID] = decision.Do == Importing
	}
	configured, _ := state.first(awsProvider)
	var candidates []Candidate
	for _, one := range untracked(state, tagged) {
		for _, name := range slices.Sorted(maps.Keys(kinds)) {
			if !one.is(kinds[name].tagged) {
				continue
			}
			candidate := Candidate{name, kinds[name].importID(one.ARN, named(one.ARN)), configured.URN() + "::" + configured.ID()}
			if !taken[candidate.ID] {
				candidates = append(candidates, candidate)
			}
		}
	}
	return candidates
}

// Untracked lists what is in AWS with the stack's tag, and in no state, by types whose ids AWS generates. It changes nothing.
func Untracked(ctx context.Context, engine Engine, connect func(context.Context, Account) (AWS, error)) ([]Candidate, error) {
	state, err := engine.Export(ctx)
	if err != nil {
		return nil, err
	}
	where, known := state.Account()
	if !known || where.Tag == "" {
		return nil, errors.New("the state has no AWS provider with the stack's tag: nothing can be found by it")
	}
	account, err := connect(ctx, where)
	if err != nil {
		return nil, err
	}
	tagged, err := account.Tagged(ctx, StackTag, where.Tag)
	if err != nil {
		return nil, err
	}
	return existing(ctx, engine, state, untrackedCandidates(state, nil, tagged))
}

// existing are the candidates that the providers can read.
func existing(ctx context.Context, engine Engine, state State, candidates []Candidate) ([]Candidate, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	readings, err := engine.Lookup(ctx, state, candidates)
	if err != nil {
		return nil, err
	}
	var found []Candidate
	for i, reading := range readings {
		if len(reading.Outputs) > 0 {
			found = append(found, candidates[i])
		}
	}
	return found, nil
}

// named are the inputs that an id is made of, as far as an ARN has them. Only a firewall needs them.
func named(arn string) request {
	parts := strings.Split(arn, "/")
	return request{inputs: map[string]any{"name": parts[max(0, len(parts)-2)], "scope": "REGIONAL"}}
}

// printUntracked lists untracked resources. Nothing is done about them: another program may use the tag, and deleting is for
// a person.
func (r Recovery) printUntracked(ctx context.Context, state State, decisions []Decision, tagged []Tagged) {
	candidates, err := existing(ctx, r.Engine, state, untrackedCandidates(state, decisions, tagged))
	if err != nil {
		r.printf("not looked for: what has the stack's tag and is not in the state: %v", err)
		return
	}
	var lines []string
	for _, one := range candidates {
		lines = append(lines, one.Type+" "+one.ID)
	}
	if len(lines) == 0 {
		return
	}
	r.printList("in AWS with the stack's tag, and in no state; look what made it, and delete it or `pulumi import` it:", lines)
}
