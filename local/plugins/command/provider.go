// Package command is a stand-in for version 1.2.1 of Pulumi's command provider, for a machine that cannot download it:
// command:local:Command alone, as its documentation describes it. It differs in two things. A failed command's error
// shows only the streams that `logging` shows, so that an output kept off the screen stays off it. And assetPaths and
// archivePaths are refused.
package command

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

// Version is the release of the official plugin whose place this one takes.
const Version = "1.2.1"

const token = "command:local:Command"

//go:embed schema.json
var schema string

// Provider serves command:local:Command.
type Provider struct{ *provider.Base }

// New returns a provider that logs to the engine.
func New(engine provider.Engine) *Provider {
	return &Provider{provider.NewBase(engine, Version, schema)}
}

// Check accepts what a Command can be run with.
func (p *Provider) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if kind := resource.URN(req.GetUrn()).Type(); kind != token {
		return nil, fmt.Errorf("resource %q: type %s: this stand-in has %s only; install the official plugin", req.GetUrn(), kind, token)
	}
	inputs, err := provider.Read(req.GetNews())
	if err != nil {
		return nil, err
	}
	answer := &pulumirpc.CheckResponse{Inputs: req.GetNews()}
	var s settings
	if err := errors.Join(provider.Decode(inputs, &s), s.validate()); err != nil {
		answer.Failures = append(answer.Failures, &pulumirpc.CheckFailure{Reason: err.Error()})
	}
	return answer, nil
}

// Diff tells what a change does: changed triggers replace the resource, any other change updates it.
func (p *Provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := provider.Read(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	news, err := provider.Read(req.GetNews())
	if err != nil {
		return nil, err
	}
	return provider.Diff(olds, news, "triggers"), nil
}

// Create runs the create command; a preview runs nothing.
func (p *Provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	urn := resource.URN(req.GetUrn())
	inputs, err := provider.Read(req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		outputs, err := state(inputs, unknown, unknown)
		return &pulumirpc.CreateResponse{Properties: outputs}, err
	}
	id, err := resource.NewUniqueHex(urn.Name(), 8, 0)
	if err != nil {
		return nil, err
	}
	ctx, end := p.Until(ctx, req.GetTimeout())
	defer end()
	outputs, err := p.run(ctx, urn, inputs, nil, create)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: id, Properties: outputs}, nil
}

// Update runs the update command, or the create command where there is none; a preview runs nothing.
func (p *Provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	inputs, err := provider.Read(req.GetNews())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		outputs, err := state(inputs, unknown, unknown)
		return &pulumirpc.UpdateResponse{Properties: outputs}, err
	}
	olds, err := provider.Read(req.GetOlds())
	if err != nil {
		return nil, err
	}
	ctx, end := p.Until(ctx, req.GetTimeout())
	defer end()
	outputs, err := p.run(ctx, resource.URN(req.GetUrn()), inputs, olds, update)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: outputs}, nil
}

// Delete runs the delete command of the last create or update, if it had one.
func (p *Provider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	olds, err := provider.Read(req.GetProperties())
	if err != nil {
		return nil, err
	}
	ctx, end := p.Until(ctx, req.GetTimeout())
	defer end()
	if _, err := p.run(ctx, resource.URN(req.GetUrn()), olds, olds, remove); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

var unknown = resource.MakeComputed(resource.NewStringProperty(""))

// state is the inputs with what the command wrote. What any secret went into is a secret itself.
func state(inputs resource.PropertyMap, stdout, stderr resource.PropertyValue) (*structpb.Struct, error) {
	outputs := inputs.Copy()
	if inputs.ContainsSecrets() {
		stdout, stderr = resource.MakeSecret(stdout), resource.MakeSecret(stderr)
	}
	outputs["stdout"], outputs["stderr"] = stdout, stderr
	return provider.Write(outputs)
}
