package recovery

import (
	"fmt"
	"maps"
	"slices"
)

// importCreated puts what was created into the state, in place of the operations that created it: each resource with its
// inputs and its id, and without outputs until it is read. All other pending operations are dropped, as in every import. A
// resource that it replaces is marked for deletion, as the update would have done.
func importCreated(state State, decisions []Decision) (State, error) {
	imported, err := state.clone()
	if err != nil {
		return State{}, err
	}
	list, _ := imported.deployment["resources"].([]any)
	for _, decision := range decisions {
		if decision.Do != Importing {
			continue
		}
		resource := maps.Clone(decision.Operation.Resource)
		resource["id"] = decision.ID
		delete(resource, "outputs")
		if list, err = put(list, resource); err != nil {
			return State{}, err
		}
	}
	imported.deployment["resources"] = list
	delete(imported.deployment, "pending_operations")
	return imported, nil
}

// put adds a resource after what it needs, and before the one that it replaces, whose dependents come later in the list.
func put(list []any, resource Resource) ([]any, error) {
	at := len(list)
	for i, one := range list {
		old, _ := one.(map[string]any)
		if Resource(old).URN() != resource.URN() || old["delete"] == true {
			continue
		}
		if old["pendingReplacement"] == true { // deleted already, and kept for its dependents alone
			return slices.Concat(list[:i], []any{map[string]any(resource)}, list[i+1:]), nil
		}
		old["delete"] = true
		at = i
	}
	for _, urn := range needs(resource) {
		known := slices.ContainsFunc(list[:at], func(one any) bool {
			before, _ := one.(map[string]any)
			return Resource(before).URN() == urn
		})
		if !known {
			return nil, fmt.Errorf("%s cannot be adopted: it needs %s, which is not before it in the state; adopt it by hand, see docs/recovery.md", resource, urn)
		}
	}
	return slices.Insert(slices.Clone(list), at, any(map[string]any(resource))), nil
}

// needs are the URNs that have to come before a resource.
func needs(resource Resource) []string {
	var urns []string
	if parent := resource.text("parent"); parent != "" {
		urns = append(urns, parent)
	}
	dependencies, _ := resource["dependencies"].([]any)
	for _, one := range dependencies {
		if urn, ok := one.(string); ok {
			urns = append(urns, urn)
		}
	}
	return urns
}

// Complete gives imported resources the inputs that reading them could not: those of the program, and those that AWS never
// returns. It returns the decisions whose resource was read. One that was gone when it was read has left the state.
func Complete(state State, decisions []Decision) (State, []Decision, error) {
	complete, err := state.clone()
	if err != nil {
		return State{}, nil, err
	}
	var read []Decision
	for _, decision := range decisions {
		resource, found := complete.current(decision.Operation.Resource.URN())
		if decision.Do != Importing || !found || len(resource.Outputs()) == 0 {
			continue
		}
		read = append(read, decision)
		inputs := decision.Operation.Resource.Inputs()
		resource["inputs"] = inputs
		for _, name := range kinds[resource.Type()].writeOnly {
			if value, given := inputs[name]; given {
				restoreWriteOnly(resource.Outputs(), name, value)
			}
		}
	}
	return complete, read, nil
}

// rawState is where the Terraform bridge notes what an output was before translation, where the output alone does not tell.
// For what AWS did not return it notes nothing.
const rawState = "__pulumi_raw_state_delta"

// listOfOne is the bridge's note of an object that is a list of one in Terraform.
var listOfOne = map[string]any{"plu": map[string]any{"i": map[string]any{"obj": map[string]any{}}}}

// restoreWriteOnly puts a value into outputs, and removes the note that there was none. The only objects among these values
// are Terraform blocks.
func restoreWriteOnly(outputs map[string]any, name string, value any) {
	outputs[name] = value
	notes := Resource(Resource(Resource(outputs).object(rawState)).object("obj")).object("ps")
	delete(notes, name)
	if object, ok := value.(map[string]any); ok && object[secretMark] == nil && notes != nil {
		notes[name] = listOfOne
	}
}

// secretMark is the key by which the engine knows a secret in a state.
const secretMark = "4dabf18193072939515e22adb298388d"
