// Package component holds what every component does alike.
//
//   - Its arguments are checked before any resource exists, and every problem is named.
//   - Its outputs are its fields with a `pulumi` tag, those that are plain text too.
//   - Its errors read `what "name": part: why`.
//   - Its log groups and security groups are declared in one way.
package component

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Builder declares the parts of one component.
type Builder struct {
	Ctx    *pulumi.Context
	Name   string                        // the component's logical name; those of its parts begin with it
	Parent pulumi.ResourceOrInvokeOption // puts a part under the component

	kind string // begins each error: the package of the type token
	self pulumi.ComponentResource
}

// New checks the arguments (see Missing) and registers the component, with none of its parts yet. The problems are those
// that the component itself has found in what it was given; nil ones count for nothing. Registering empties all outputs
// of the component, so it sets them afterwards.
func New(
	ctx *pulumi.Context, token, name string, self pulumi.ComponentResource, args any, opts []pulumi.ResourceOption, problems ...error,
) (*Builder, error) {
	b := &Builder{Ctx: ctx, Name: name, Parent: pulumi.Parent(self), kind: strings.Split(token, ":")[1], self: self}
	if err := validate.All(append([]error{Missing(args)}, problems...)...); err != nil {
		return nil, b.Errorf("%w", err)
	}
	if err := ctx.RegisterComponentResource(token, name, self, opts...); err != nil {
		return nil, b.Errorf("%w", err)
	}
	return b, nil
}

// Errorf is an error of the component: `what "name": ` and the text.
func (b *Builder) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s %q: "+format, append([]any{b.kind, b.Name}, args...)...)
}

// Done registers the component's outputs.
func (b *Builder) Done() error { return b.Ctx.RegisterResourceOutputs(b.self, b.outputs()) }

func (b *Builder) outputs() pulumi.Map {
	outputs := pulumi.Map{}
	self := reflect.ValueOf(b.self).Elem()
	for i := range self.NumField() {
		key, tagged := self.Type().Field(i).Tag.Lookup("pulumi")
		if !tagged {
			continue
		}
		switch value := self.Field(i).Interface().(type) {
		case string:
			outputs[key] = pulumi.String(value)
		case pulumi.Output:
			outputs[key] = value
		}
	}
	return outputs
}
