package recovery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// State is a stack's state as `pulumi stack export` writes it. What is not known here stays in it as it is.
type State struct {
	document   map[string]any
	deployment map[string]any
}

// ParseState reads an exported state.
func ParseState(text []byte) (State, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a number is written back as it was
	var s State
	if err := decoder.Decode(&s.document); err != nil {
		return State{}, fmt.Errorf("state: %w", err)
	}
	s.deployment, _ = s.document["deployment"].(map[string]any)
	if s.deployment == nil {
		return State{}, errors.New("state: it has no deployment; was it written by `pulumi stack export`?")
	}
	return s, nil
}

// NewState is a state of resources alone.
func NewState(resources []Resource) State {
	list := make([]any, len(resources))
	for i, one := range resources {
		list[i] = map[string]any(one)
	}
	deployment := map[string]any{"manifest": map[string]any{"time": "2000-01-01T00:00:00Z", "magic": "", "version": ""}, "resources": list}
	return State{document: map[string]any{"version": 3, "deployment": deployment}, deployment: deployment}
}

// JSON is the state as `pulumi stack import` reads it.
func (s State) JSON() ([]byte, error) { return json.Marshal(s.document) }

// clone is a copy that shares nothing with the state.
func (s State) clone() (State, error) {
	text, err := s.JSON()
	if err != nil {
		return State{}, err
	}
	return ParseState(text)
}

// Resource is one resource of a state.
type Resource map[string]any

func (r Resource) text(key string) string {
	text, _ := r[key].(string)
	return text
}

func (r Resource) object(key string) map[string]any {
	object, _ := r[key].(map[string]any)
	return object
}

// URN is what the engine calls the resource.
func (r Resource) URN() string { return r.text("urn") }

// Type is the resource's type.
func (r Resource) Type() string { return r.text("type") }

// ID is what the provider calls it; empty for one that does not exist.
func (r Resource) ID() string { return r.text("id") }

// Inputs are what the program asked for, as the provider completed it.
func (r Resource) Inputs() map[string]any { return r.object("inputs") }

// Outputs are what the provider read last.
func (r Resource) Outputs() map[string]any { return r.object("outputs") }

// String is the resource for people.
func (r Resource) String() string { return describe(r.URN()) }

// describe is a URN's type and name.
func describe(urn string) string {
	parts := strings.Split(urn, "::")
	if len(parts) < 4 {
		return urn
	}
	kind := parts[2]
	return kind[strings.LastIndex(kind, "$")+1:] + " " + strings.Join(parts[3:], "::")
}

// Operation is one that was begun, and not ended.
type Operation struct {
	Type     string // creating, updating, deleting, reading or importing
	Resource Resource
}

func (o Operation) String() string { return o.Type + " " + o.Resource.String() }

// Resources lists the resources in the engine's order.
func (s State) Resources() []Resource { return objects(s.deployment["resources"]) }

// Pending lists the operations that an interrupted update left.
func (s State) Pending() []Operation {
	var all []Operation
	for _, one := range objects(s.deployment["pending_operations"]) {
		all = append(all, Operation{one.text("type"), one.object("resource")})
	}
	return all
}

func objects(list any) []Resource {
	entries, _ := list.([]any)
	var all []Resource
	for _, one := range entries {
		if object, ok := one.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}

// Unread are resources that an interrupted recovery imported and did not read yet.
func (s State) Unread() []Resource {
	return slices.DeleteFunc(s.Resources(), func(r Resource) bool {
		return !strings.HasPrefix(r.Type(), prefix) || r.ID() == "" || len(r.Outputs()) > 0
	})
}

// Written is when the state was written last.
func (s State) Written() time.Time {
	text := Resource(Resource(s.deployment).object("manifest")).text("time")
	written, _ := time.Parse(time.RFC3339Nano, text) // the zero time where it is none
	return written
}

// current finds the resource that a URN names now, not one that waits to be deleted.
func (s State) current(urn string) (Resource, bool) {
	return s.find(func(r Resource) bool { return r.URN() == urn && r["delete"] != true })
}

// first finds the first resource of a type.
func (s State) first(kind string) (Resource, bool) {
	return s.find(func(r Resource) bool { return r.Type() == kind })
}

func (s State) find(wanted func(Resource) bool) (Resource, bool) {
	all := s.Resources()
	if i := slices.IndexFunc(all, wanted); i >= 0 {
		return all[i], true
	}
	return nil, false
}
