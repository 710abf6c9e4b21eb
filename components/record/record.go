// Package record runs a Pulumi program under mocks that write down every registration. Tests then assert on what was asked
// of the engine, instead of on values inside ApplyT, where a failed assertion can vanish. Only tests and the simulated
// providers of local use it.
//
// It proves what the program asks for. It does not prove that the provider accepts it, nor what the engine makes of
// inherited options: the running stack is tested for that.
package record

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Project and Stack are the names under which recorded programs run.
const (
	Project = "flowcomply"
	Stack   = "test"
)

// Option changes how a program is run.
type Option func(*recorder, *pulumi.RunInfo)

// Preview runs the program as the engine does in a preview of an empty stack: nothing that only a provider
// can compute is known.
func Preview() Option {
	return func(r *recorder, info *pulumi.RunInfo) { info.DryRun, r.preview = true, true }
}

// Config gives the program Pulumi configuration; secret names the keys that are secret.
func Config(values map[string]string, secret ...string) Option {
	return func(_ *recorder, info *pulumi.RunInfo) { info.Config, info.ConfigSecretKeys = values, secret }
}

// On runs the program as that stack instead of Stack.
func On(stack string) Option {
	return func(_ *recorder, info *pulumi.RunInfo) { info.Stack = stack }
}

// Answer overrides or adds computed outputs of one resource, by type token and logical name.
func Answer(typ, name string, outputs map[string]any) Option {
	return AnswerCall(key(typ, name), outputs)
}

// key is a resource's in the recorder's maps, beside those of invokes, which are their tokens.
func key(typ, name string) string { return typ + "\x00" + name }

// AnswerWith is Answer for outputs that depend on the resource's inputs; a preview computes none.
func AnswerWith(typ, name string, answer func(inputs resource.PropertyMap) map[string]any) Option {
	return func(r *recorder, _ *pulumi.RunInfo) { r.computed[key(typ, name)] = answer }
}

// AnswerCall overrides or adds what invokes of a token are answered with.
func AnswerCall(token string, outputs map[string]any) Option {
	return func(r *recorder, _ *pulumi.RunInfo) { r.answers[token] = resource.NewPropertyMapFromMap(outputs) }
}

// Pushed says which digest the registry has of an image, <repository>:<tag>, once it is pushed; Digest when left out.
func Pushed(image, digest string) Option {
	return func(r *recorder, _ *pulumi.RunInfo) { r.pushed[image] = digest }
}

// Fail makes one resource fail with that error when it is made, by type token and logical name; a preview makes none.
func Fail(typ, name string, err error) Option {
	return FailCall(key(typ, name), err)
}

// FailCall makes invokes of a token fail with that error, as a provider's do.
func FailCall(token string, err error) Option {
	return func(r *recorder, _ *pulumi.RunInfo) { r.failures[token] = err }
}

// Run executes the program and returns what it registered; an error of the program fails the test.
func Run(t testing.TB, program pulumi.RunFunc, options ...Option) *Graph {
	t.Helper()
	graph, err := Try(program, options...)
	if err != nil {
		t.Fatalf("program: %v", err)
	}
	return graph
}

// Try executes the program and returns what it registered beside the program's own error.
func Try(program pulumi.RunFunc, options ...Option) (*Graph, error) {
	r := &recorder{
		answers: map[string]resource.PropertyMap{}, failures: map[string]error{}, pushed: map[string]string{},
		computed: map[string]func(resource.PropertyMap) map[string]any{},
	}
	apply := func(info *pulumi.RunInfo) {
		for _, option := range options {
			option(r, info)
		}
	}
	err := pulumi.RunErr(exporting(program), pulumi.WithMocks(Project, Stack, r), apply)
	return &Graph{Exports: r.exports, resources: r.resources, calls: r.calls, Registrations: r.outputs}, err
}

// exportsType is a resource of the recorder's own. Mocks are not told what a stack exports, but they are told a
// resource's inputs, resolved.
const exportsType = "record:index:Exports"

// exporting is the program, and after it the resource that shows its exports.
func exporting(program pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if err := program(ctx); err != nil {
			return err
		}
		var shown pulumi.CustomResourceState
		return ctx.RegisterResource(exportsType, "exports", pulumi.Map(ctx.GetCurrentExportMap()), &shown)
	}
}

type recorder struct {
	mutex     sync.Mutex
	resources []Resource
	calls     []Call
	exports   resource.PropertyMap
	outputs   int
	preview   bool
	answers   map[string]resource.PropertyMap
	failures  map[string]error
	pushed    map[string]string
	computed  map[string]func(inputs resource.PropertyMap) map[string]any
}

// NewResource records one registration and answers as a provider would: the inputs, and what it computes.
func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.TypeToken == exportsType {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		r.exports = args.Inputs
		return "exports", resource.PropertyMap{}, nil
	}
	seen := Resource{Type: args.TypeToken, Name: args.Name, Custom: args.Custom, Provider: args.Provider, Inputs: args.Inputs}
	if rpc := args.RegisterRPC; rpc != nil {
		seen.ParentURN, seen.DependsOn, seen.SecretOutputs = rpc.GetParent(), rpc.GetDependencies(), rpc.GetAdditionalSecretOutputs()
		seen.Protect, seen.RetainOnDelete, seen.DeleteBeforeReplace = rpc.GetProtect(), rpc.GetRetainOnDelete(), rpc.GetDeleteBeforeReplace()
		seen.IgnoreChanges, seen.ReplaceOnChanges = rpc.GetIgnoreChanges(), rpc.GetReplaceOnChanges()
		if timeouts := rpc.GetCustomTimeouts(); timeouts != nil {
			seen.Timeouts = fmt.Sprintf("create=%s update=%s delete=%s", timeouts.Create, timeouts.Update, timeouts.Delete)
		}
	}
	r.mutex.Lock()
	r.resources = append(r.resources, seen)
	r.mutex.Unlock()
	if !args.Custom {
		return "", resource.PropertyMap{}, nil
	}
	of := key(args.TypeToken, args.Name)
	if err := r.failures[of]; err != nil && !r.preview {
		return "", nil, err
	}
	id, state := "", args.Inputs.Copy()
	if !r.preview {
		id, state = args.Name+"-id", Computed(args.TypeToken, args.Name, args.Inputs)
		maps.Copy(state, args.Inputs)
		if answer := r.computed[of]; answer != nil {
			maps.Copy(state, resource.NewPropertyMapFromMap(answer(args.Inputs)))
		}
	}
	maps.Copy(state, r.answers[of])
	return id, state, nil
}

// Call records an invoke and answers it with its arguments and what AWS would add, or as AWS refuses.
func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.calls = append(r.calls, Call{Token: args.Token, Provider: args.Provider, Args: args.Args})
	if err := r.failures[args.Token]; err != nil {
		return nil, err
	}
	out := args.Args.Copy()
	if refusal, refused := refusals[args.Token]; refused && r.answers[args.Token] == nil {
		digest, held := r.holds(text(args.Args, "repositoryName") + ":" + text(args.Args, "imageTag"))
		if !held {
			return nil, errors.New(refusal)
		}
		out["imageDigest"] = resource.NewStringProperty(digest)
	}
	maps.Copy(out, Answered(args.Token))
	maps.Copy(out, r.answers[args.Token])
	return out, nil
}

// holds tells what the registry holds under a name, <repository>:<tag>: what the program has pushed, or is left as pushed.
func (r *recorder) holds(image string) (digest string, held bool) {
	return cmp.Or(r.pushed[image], Digest), !r.preview && slices.ContainsFunc(r.resources, func(made Resource) bool {
		name := cmp.Or(text(r.answers[key(made.Type, made.Name)], "imageName"), text(made.Inputs, "imageName"))
		return made.Type == imageType && strings.HasSuffix(name, "/"+image)
	})
}

// RegisterResourceOutputs counts the output registrations: one for each component and one for the stack.
func (r *recorder) RegisterResourceOutputs() (*emptypb.Empty, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.outputs++
	return &emptypb.Empty{}, nil
}
