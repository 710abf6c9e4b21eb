package aws

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// kind is one resource type: its token in the bridge, and the properties whose names or shapes differ.
type kind struct {
	token string
	shape shape
}

// shape says how one type's properties differ. Paths are the official plugin's, without the indices of lists.
type shape struct {
	rename map[string]string // path → the bridge's name of its last step
	single []string          // paths of lists that are single objects in the bridge
	listed []string          // paths of single objects that are lists in the bridge, which cannot see that one is the most
}

func find(urn string) (kind, error) {
	typ := string(resource.URN(urn).Type())
	name, known := resources[typ]
	if !known {
		return kind{}, unknown(typ, "resources")
	}
	return kind{token: token(name), shape: shapes[typ]}, nil
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

// Token is the bridge's token for an official resource type, where the table has it.
func Token(typ string) (string, bool) {
	name, known := resources[typ]
	if !known {
		return "", false
	}
	return token(name), true
}

// Functions are the official plugin's data sources in the table, and the bridge's tokens for them. Their properties have
// the same names on both sides.
func Functions() map[string]string { return maps.Clone(functions) }

// PropertyName is the bridge's name of an official type's property, by path, and whether the bridge has a list of
// one where the official plugin has a single value, or the other way round.
func PropertyName(typ, path string) (name string, wrapped bool) {
	s := shapes[typ]
	return s.bridge(path), slices.Contains(s.single, path) || slices.Contains(s.listed, path)
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
	return k.shape.object(properties, "", k.shape.step(true))
}

func (k kind) out(properties *structpb.Struct) *structpb.Struct {
	return k.shape.object(properties, "", k.shape.step(false))
}

// failure renames the state that travels with an error: a resource that was created but not finished.
func (k kind) failure(err error) error {
	st, ok := status.FromError(err)
	if err == nil || !ok {
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

func mapKeys[V any](in map[string]V, rename func(string) string) map[string]V {
	out := make(map[string]V, len(in))
	for key, value := range in {
		out[rename(key)] = value
	}
	return out
}

// Terraform is the Terraform provider's name of an official resource type, and the properties that have another name
// in the bridge, where the table has the type.
func Terraform(typ string) (name string, renamed map[string]string, known bool) {
	name, known = resources[typ]
	return name, shapes[typ].rename, known
}
