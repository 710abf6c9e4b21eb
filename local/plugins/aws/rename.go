package aws

import (
	"strings"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// kind is one resource type: its token in the bridge, and the properties whose names or shapes differ.
type kind struct {
	token string
	shape shape
}

// shape says how one type's top-level properties differ.
type shape struct {
	rename map[string]string // the official name → the bridge's
	single []string          // lists of one there, single objects here in the bridge
}

func find(urn string) (kind, error) {
	typ := string(resource.URN(urn).Type())
	name, known := resources[typ]
	if !known {
		return kind{}, unknown(typ, "resources")
	}
	return kind{token: token(name), shape: shapes[typ]}, nil
}

// Terraform names the Terraform resource behind one of the official plugin's types, and its properties whose name is
// not simply Terraform's in camel case, official name first. It does not know every type.
func Terraform(typ string) (name string, renamed map[string]string, known bool) {
	name, known = resources[typ]
	return name, shapes[typ].rename, known
}

// token is the bridge's token of a Terraform resource: aws_db_instance is aws:index/dbInstance:DbInstance.
func token(terraform string) string {
	var camel strings.Builder
	for i, word := range strings.Split(strings.TrimPrefix(terraform, "aws_"), "_") {
		if i > 0 && word != "" {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		camel.WriteString(word)
	}
	name := camel.String()
	return "aws:index/" + name + ":" + strings.ToUpper(name[:1]) + name[1:]
}

// urn is the same resource's URN under the bridge's type. The parents' types stay as they are: the bridge
// reads the last one only.
func (k kind) urn(urn string) string {
	u := resource.URN(urn)
	parents, _, _ := strings.Cut(string(u), "::"+string(u.QualifiedType())+"::")
	qualified := strings.TrimSuffix(string(u.QualifiedType()), string(u.Type())) + k.token
	return parents + "::" + qualified + "::" + u.Name()
}

func (k kind) in(properties *structpb.Struct) *structpb.Struct {
	if properties == nil || (k.shape.rename == nil && k.shape.single == nil) {
		return properties
	}
	out := k.renamed(properties, k.shape.rename)
	for _, name := range k.shape.single {
		name = other(k.shape.rename, name)
		if list := out.Fields[name].GetListValue(); list != nil {
			delete(out.Fields, name)
			if len(list.GetValues()) > 0 {
				out.Fields[name] = list.GetValues()[0]
			}
		}
	}
	return out
}

func (k kind) out(properties *structpb.Struct) *structpb.Struct {
	if properties == nil || (k.shape.rename == nil && k.shape.single == nil) {
		return properties
	}
	out := k.renamed(properties, inverse(k.shape.rename))
	for _, name := range k.shape.single {
		value := out.Fields[name]
		if value.GetStructValue() != nil && !isSpecial(value) {
			out.Fields[name] = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{value}})
		}
	}
	return out
}

// renamed is a copy with other keys, in the bridge's own list of defaulted properties too.
func (k kind) renamed(properties *structpb.Struct, names map[string]string) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for key, value := range properties.GetFields() {
		if key == "__defaults" && value.GetListValue() != nil {
			list, _ := proto.Clone(value.GetListValue()).(*structpb.ListValue)
			for i, name := range list.GetValues() {
				list.Values[i] = structpb.NewStringValue(other(names, name.GetStringValue()))
			}
			value = structpb.NewListValue(list)
		}
		out.Fields[other(names, key)] = value
	}
	return out
}

// isSpecial tells a secret, output or asset, which the wire writes as an object, from an object.
func isSpecial(value *structpb.Value) bool {
	_, special := value.GetStructValue().GetFields()[string(resource.SigKey)]
	return special
}

func (k kind) pathsIn(paths []string) []string {
	out := make([]string, len(paths))
	for i, path := range paths {
		out[i] = renamePath(k.shape.rename, path)
	}
	return out
}

func (k kind) pathOut(path string) string { return renamePath(inverse(k.shape.rename), path) }

func (k kind) pathsOut(paths []string) []string {
	out := make([]string, len(paths))
	for i, path := range paths {
		out[i] = k.pathOut(path)
	}
	return out
}

func renamePath(names map[string]string, path string) string {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	return other(names, path[:end]) + path[end:]
}

// failure renames the state that travels with an error: a resource that was created but not finished.
func (k kind) failure(err error) error {
	if err == nil || (k.shape.rename == nil && k.shape.single == nil) {
		return err
	}
	st, ok := status.FromError(err)
	if !ok {
		return err
	}
	plain := status.New(st.Code(), st.Message())
	for _, detail := range st.Details() {
		partial, ok := detail.(*pulumirpc.ErrorResourceInitFailed)
		if !ok {
			continue
		}
		partial.Properties, partial.Inputs = k.out(partial.GetProperties()), k.out(partial.GetInputs())
		if with, err := plain.WithDetails(partial); err == nil {
			return with.Err()
		}
	}
	return err
}

func other(names map[string]string, name string) string {
	if renamed, ok := names[name]; ok {
		return renamed
	}
	return name
}

func inverse(names map[string]string) map[string]string {
	out := make(map[string]string, len(names))
	for from, to := range names {
		out[to] = from
	}
	return out
}

func mapKeys[V any](in map[string]V, rename func(string) string) map[string]V {
	out := make(map[string]V, len(in))
	for key, value := range in {
		out[rename(key)] = value
	}
	return out
}

// Token is the bridge's token for an official resource type, where the table has it.
func Token(typ string) (string, bool) {
	name, known := resources[typ]
	if !known {
		return "", false
	}
	return token(name), true
}

// PropertyName is the bridge's name of an official type's property.
func PropertyName(typ, property string) string { return other(shapes[typ].rename, property) }
