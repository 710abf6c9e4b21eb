package aws

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// translate is one step down an object in one direction: from the parent's official path and a key to the key on
// the other side and the child's official path.
type translate struct {
	name func(parent, key string) (renamed, path string)
	wrap []string // paths of single objects that become lists of one
	open []string // paths of lists that become single objects
}

func (s shape) step(in bool) translate {
	if in {
		return translate{wrap: s.listed, open: s.single, name: func(parent, key string) (string, string) {
			path := join(parent, key)
			return s.bridge(path), path
		}}
	}
	return translate{wrap: s.single, open: s.listed, name: func(parent, key string) (string, string) {
		official := s.official(parent, key)
		return official, join(parent, official)
	}}
}

// bridge is the bridge's name of the last step of an official path.
func (s shape) bridge(path string) string {
	if renamed, ok := s.rename[path]; ok {
		return renamed
	}
	return path[strings.LastIndex(path, ".")+1:]
}

// official is the official name of the bridge's key under an official path.
func (s shape) official(parent, key string) string {
	for _, path := range slices.Sorted(maps.Keys(s.rename)) {
		if s.rename[path] == key && path[:max(0, strings.LastIndex(path, "."))] == parent {
			return path[strings.LastIndex(path, ".")+1:]
		}
	}
	return key
}

// touches tells whether anything at or below the path differs.
func (s shape) touches(path string) bool {
	under := func(p string) bool { return p == path || strings.HasPrefix(p, path+".") }
	for p := range s.rename {
		if under(p) {
			return true
		}
	}
	return slices.ContainsFunc(s.single, under) || slices.ContainsFunc(s.listed, under)
}

// object is a copy in the other side's names. What does not differ is passed on as it is.
func (s shape) object(in *structpb.Struct, parent string, step translate) *structpb.Struct {
	if in == nil || (parent == "" && s.rename == nil && s.single == nil && s.listed == nil) {
		return in
	}
	out := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(in.GetFields()))}
	for key, value := range in.GetFields() {
		if key == "__defaults" {
			out.Fields[key] = defaults(value, parent, step)
			continue
		}
		renamed, path := step.name(parent, key)
		if s.touches(path) {
			value = s.value(value, path, step)
		}
		if value != nil {
			out.Fields[renamed] = value
		}
	}
	return out
}

// value translates what stands at a path; nil leaves it out.
func (s shape) value(in *structpb.Value, path string, step translate) *structpb.Value {
	list, object := in.GetListValue(), in.GetStructValue()
	_, null := in.GetKind().(*structpb.Value_NullValue)
	switch {
	case object != nil && isSpecial(in):
		return s.special(object, path, step)
	case slices.Contains(step.wrap, path) && null:
		return structpb.NewListValue(&structpb.ListValue{}) // an empty list was written so on the way out
	case slices.Contains(step.wrap, path) && object != nil:
		one := structpb.NewStructValue(s.object(object, path, step))
		return structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{one}})
	case slices.Contains(step.open, path) && list != nil && len(list.GetValues()) == 0:
		return structpb.NewNullValue()
	case slices.Contains(step.open, path) && list != nil && len(list.GetValues()) == 1: // of more, the bridge will complain
		return s.value(list.GetValues()[0], path, step)
	case list != nil:
		out := &structpb.ListValue{}
		for _, element := range list.GetValues() {
			out.Values = append(out.Values, s.element(element, path, step))
		}
		return structpb.NewListValue(out)
	case object != nil:
		return structpb.NewStructValue(s.object(object, path, step))
	}
	return in
}

// element is one of a list: what is said of the list itself does not hold for it.
func (s shape) element(in *structpb.Value, path string, step translate) *structpb.Value {
	object := in.GetStructValue()
	if object == nil {
		return in
	}
	if !isSpecial(in) {
		return structpb.NewStructValue(s.object(object, path, step))
	}
	return around(object, func(inner *structpb.Value) *structpb.Value { return s.element(inner, path, step) })
}

// special goes into a secret or output value, which the wire writes as an object around it.
func (s shape) special(in *structpb.Struct, path string, step translate) *structpb.Value {
	return around(in, func(inner *structpb.Value) *structpb.Value { return s.value(inner, path, step) })
}

func around(special *structpb.Struct, translate func(*structpb.Value) *structpb.Value) *structpb.Value {
	out, _ := proto.Clone(special).(*structpb.Struct)
	if inner, ok := out.GetFields()["value"]; ok {
		out.Fields["value"] = translate(inner)
	}
	return structpb.NewStructValue(out)
}

// isSpecial tells a secret, output or asset from an object.
func isSpecial(value *structpb.Value) bool {
	_, special := value.GetStructValue().GetFields()[string(resource.SigKey)]
	return special
}

// defaults is the bridge's own list of the properties it filled in, under their names on the other side.
func defaults(in *structpb.Value, parent string, step translate) *structpb.Value {
	if in.GetListValue() == nil {
		return in
	}
	out := &structpb.ListValue{}
	for _, name := range in.GetListValue().GetValues() {
		renamed, _ := step.name(parent, name.GetStringValue())
		out.Values = append(out.Values, structpb.NewStringValue(renamed))
	}
	return structpb.NewListValue(out)
}

var pathSteps = regexp.MustCompile(`[^.\[\]]+|\[[^\]]*\]`)

// path translates a property path such as rules[0].expirations[0].days, as diffs and failures name them.
func (s shape) path(text string, step translate) string {
	var out strings.Builder
	parent, opened := "", false
	for _, part := range pathSteps.FindAllString(text, -1) {
		if strings.HasPrefix(part, "[") {
			if !opened {
				out.WriteString(part)
			}
			opened = false
			continue
		}
		renamed, path := step.name(parent, part)
		if out.Len() > 0 {
			out.WriteString(".")
		}
		out.WriteString(renamed)
		if opened = slices.Contains(step.open, path); !opened && slices.Contains(step.wrap, path) {
			out.WriteString("[0]")
		}
		parent = path
	}
	return out.String()
}

func (k kind) pathOut(path string) string { return k.shape.path(path, k.shape.step(false)) }

func (k kind) pathsOut(paths []string) []string { return k.paths(paths, k.shape.step(false)) }

func (k kind) pathsIn(paths []string) []string { return k.paths(paths, k.shape.step(true)) }

func (k kind) paths(paths []string, step translate) []string {
	out := make([]string, len(paths))
	for i, path := range paths {
		out[i] = k.shape.path(path, step)
	}
	return out
}

func join(parent, key string) string {
	if parent == "" {
		return key
	}
	return parent + "." + key
}
