// Package simulated is a provider that makes nothing. It answers as AWS, Docker and the command provider would, each
// operation after a latency of its plan, and writes down when each began and ended: for looking at the order in which
// the real engine runs the real program. Which type it is asked for is all the same to it.
//
// It does not know what AWS refuses, and a preview is not simulated.
package simulated

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/flowcomply/infrastructure/components/record"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

// Place is what a plugin of one update is: whose place it takes, and how it behaves there.
type Place struct {
	name, version string
	plan          Plan
	journal       *journal
}

// Take finds the place of an executable: the plugin that its path names, …/resource-<name>-v<version>/pulumi-resource-<name>,
// as the engine lays plugins out.
func Take(executable string, plan Plan) (Place, error) {
	name := strings.TrimPrefix(filepath.Base(executable), "pulumi-resource-")
	version, found := strings.CutPrefix(filepath.Base(filepath.Dir(executable)), "resource-"+name+"-v")
	if !found {
		return Place{}, fmt.Errorf("simulated provider: %s is not where a plugin lies; a schedule puts it there", executable)
	}
	opened, err := openJournal(plan.Journal)
	return Place{name: name, version: version, plan: plan, journal: opened}, err
}

// Provider serves resources of any type.
type Provider struct {
	*provider.Base
	Place
}

// New returns a provider in that place.
func New(engine provider.Engine, in Place) *Provider {
	schema := fmt.Sprintf(`{"name":%q,"version":%q}`, in.name, in.version)
	return &Provider{Base: provider.NewBase(engine, in.version, schema), Place: in}
}

// quick is the part of an operation's latency that a look at inputs takes: the engine looks at every resource in every
// update, one after the other.
const quick = 20

// Check accepts everything.
func (p *Provider) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	urn := resource.URN(req.GetUrn())
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, wait(ctx, p.plan.Delay("check", string(urn), "")/quick)
}

// Diff compares inputs as the real provider of the type does.
func (p *Provider) Diff(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	urn := resource.URN(req.GetUrn())
	olds, err := provider.Read(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	news, err := provider.Read(req.GetNews())
	if err != nil {
		return nil, err
	}
	return difference(string(urn.Type()), olds, news), wait(ctx, p.plan.Delay("diff", string(urn), "")/quick)
}

// Create answers with the inputs and what the real provider would compute.
func (p *Provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	urn := resource.URN(req.GetUrn())
	inputs, err := provider.Read(req.GetProperties())
	if err != nil {
		return nil, err
	}
	if err := p.act(ctx, Create, urn, inputs, req.GetPreview()); err != nil {
		return nil, err
	}
	made, err := p.made(urn, inputs)
	return &pulumirpc.CreateResponse{Id: urn.Name() + "-id", Properties: made}, err
}

// Update does the same again.
func (p *Provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	urn := resource.URN(req.GetUrn())
	inputs, err := provider.Read(req.GetNews())
	if err != nil {
		return nil, err
	}
	if err := p.act(ctx, Update, urn, inputs, req.GetPreview()); err != nil {
		return nil, err
	}
	made, err := p.made(urn, inputs)
	return &pulumirpc.UpdateResponse{Properties: made}, err
}

// made is a resource's state; an image is in the registry from now on.
func (p *Provider) made(urn resource.URN, inputs resource.PropertyMap) (*structpb.Struct, error) {
	outputs := state(urn, inputs)
	report, verified, err := verification(inputs)
	switch {
	case err != nil:
		return nil, err
	case verified:
		outputs["stdout"] = resource.NewStringProperty(report)
	}
	if urn.Type() == image {
		if err := registry(p.plan.Registry).push(text(outputs, "imageName"), text(outputs, "repoDigest")); err != nil {
			return nil, err
		}
	}
	return provider.Write(outputs)
}

// Delete has nothing to remove.
func (p *Provider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, p.act(ctx, Delete, resource.URN(req.GetUrn()), nil, false)
}

// Invoke answers a function with its arguments and what AWS would add, or with AWS's refusal.
func (p *Provider) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	arguments, err := provider.Read(req.GetArgs())
	if err != nil {
		return nil, err
	}
	var answer resource.PropertyMap
	err = p.journaled(Invoke, req.GetTok(), func() error {
		if err := wait(ctx, p.plan.Delay(string(Invoke), req.GetTok(), "")); err != nil {
			return err
		}
		var err error
		answer, err = p.answered(req.GetTok(), arguments)
		return err
	})
	if err != nil {
		return nil, err
	}
	written, err := provider.Write(answer)
	return &pulumirpc.InvokeResponse{Return: written}, err
}

func (p *Provider) answered(token string, arguments resource.PropertyMap) (resource.PropertyMap, error) {
	answer := arguments.Copy()
	for key, value := range record.Answered(token) {
		answer[key] = value
	}
	if token == getImage {
		digest, err := registry(p.plan.Registry).find(text(arguments, "repositoryName"), text(arguments, "imageTag"))
		if err != nil {
			return nil, err
		}
		answer["id"], answer["imageDigest"] = resource.NewStringProperty(digest), resource.NewStringProperty(digest)
	}
	return answer, nil
}

// act is an operation without its result: it takes its time, and fails where the plan wants it to, or verify refuses.
func (p *Provider) act(ctx context.Context, op Op, urn resource.URN, inputs resource.PropertyMap, preview bool) error {
	if preview {
		return errors.New("simulated provider: a preview is not simulated; update with --skip-preview")
	}
	ctx, end := p.Until(ctx, 0)
	defer end()
	return p.journaled(op, string(urn), func() error {
		if err := wait(ctx, p.plan.Delay(string(op), string(urn), string(urn.Type()))); err != nil {
			return err
		}
		if op != Delete && p.plan.fails(string(urn)) {
			return fmt.Errorf("%s: %s fails in this schedule", op, urn.Name())
		}
		_, _, err := verification(inputs)
		return err
	})
}

// journaled does something between the two lines that say so.
func (p *Provider) journaled(op Op, urn string, do func() error) error {
	if err := p.journal.write(Begin, op, urn, nil); err != nil {
		return err
	}
	failure := do()
	return errors.Join(failure, p.journal.write(End, op, urn, failure))
}

func wait(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
