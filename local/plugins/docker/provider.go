// Package docker is a stand-in for version 4.10.0 of Pulumi's docker provider, for a machine that cannot download it:
// docker:index/image:Image alone, as its documentation describes it. It builds with the classic builder or with the daemon's
// BuildKit, through the docker command, which therefore must be installed; buildx need not be.
package docker

import (
	"context"
	_ "embed"
	"fmt"
	"runtime"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

// Version is the release of the official plugin whose place this one takes.
const Version = "4.10.0"

const token = "docker:index/image:Image"

//go:embed schema.json
var schema string

// Provider serves docker:index/image:Image.
type Provider struct{ *provider.Base }

// New returns a provider that logs to the engine.
func New(engine provider.Engine) *Provider {
	return &Provider{provider.NewBase(engine, Version, schema)}
}

// Check fills in the defaults and adds build.contextDigest, by which a later preview sees that the image's sources
// have changed. Nothing in it depends on where the checkout lies, as long as the program gives relative paths.
func (p *Provider) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	urn := resource.URN(req.GetUrn())
	if urn.Type() != token {
		return nil, fmt.Errorf("resource %q: type %s: this stand-in has %s only; install the official plugin", urn, urn.Type(), token)
	}
	inputs, err := provider.Read(req.GetNews())
	if err != nil {
		return nil, err
	}
	if failure := p.complete(ctx, urn, inputs); failure != nil {
		return &pulumirpc.CheckResponse{
			Inputs: req.GetNews(), Failures: []*pulumirpc.CheckFailure{{Reason: failure.Error()}},
		}, nil
	}
	checked, err := provider.Write(inputs)
	return &pulumirpc.CheckResponse{Inputs: checked}, err
}

func (p *Provider) complete(ctx context.Context, urn resource.URN, inputs resource.PropertyMap) error {
	var s spec
	if err := provider.Decode(inputs, &s); err != nil {
		return err
	}
	if err := s.validate(inputs["imageName"].ContainsUnknowns()); err != nil {
		return err
	}
	if inputs["build"].IsComputed() {
		return nil
	}
	build := resource.PropertyMap{}
	if given := provider.Bare(inputs["build"]); given.IsObject() {
		build = given.ObjectValue()
	}
	s.Build = s.Build.withDefaults()
	if !build.HasValue("platform") {
		s.Build.Platform = "linux/" + runtime.GOARCH
		_ = p.Engine.Log(ctx, diag.Info, urn, // a missed hint is no failure
			fmt.Sprintf("build.platform is not set: building for %s, this machine's architecture", s.Build.Platform))
		build["platform"] = resource.NewStringProperty(s.Build.Platform)
	}
	if !build["context"].ContainsUnknowns() && !build["dockerfile"].ContainsUnknowns() {
		digest, err := s.Build.digest()
		if err != nil {
			return err
		}
		build["context"] = resource.NewStringProperty(s.Build.Context)
		build["dockerfile"] = resource.NewStringProperty(s.Build.Dockerfile)
		build["contextDigest"] = resource.NewStringProperty(digest)
	}
	inputs["build"] = sameSecrecy(inputs["build"], build)
	if !inputs.HasValue("buildOnPreview") {
		inputs["buildOnPreview"] = resource.NewBoolProperty(false)
	}
	return nil
}

// sameSecrecy keeps the wrapper that Bare took off.
func sameSecrecy(given resource.PropertyValue, build resource.PropertyMap) resource.PropertyValue {
	if given.ContainsSecrets() {
		return resource.MakeSecret(resource.NewObjectProperty(build))
	}
	return resource.NewObjectProperty(build)
}

// Diff tells what a change does. A registry's user name and password are not part of the image and often change with
// every run, so that a change of them alone is none. Nothing replaces an image; it is built anew under the same name.
func (p *Provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := provider.Read(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	news, err := provider.Read(req.GetNews())
	if err != nil {
		return nil, err
	}
	return provider.Diff(withoutLogin(olds), withoutLogin(news)), nil
}

func withoutLogin(inputs resource.PropertyMap) resource.PropertyMap {
	rest := inputs.Copy()
	delete(rest, "registry")
	if registry := provider.Bare(inputs["registry"]); registry.IsObject() {
		server := registry.ObjectValue()["server"]
		if server.HasValue() {
			rest["registry"] = resource.NewObjectProperty(resource.PropertyMap{"server": server})
		}
	} else if registry.ContainsUnknowns() {
		rest["registry"] = registry
	}
	return rest
}

// Create builds the image and pushes it.
func (p *Provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	ctx, end := p.Until(ctx, req.GetTimeout())
	defer end()
	made, err := p.image(ctx, resource.URN(req.GetUrn()), req.GetProperties(), req.GetPreview())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: made.id, Properties: made.properties}, nil
}

// Update does the same again.
func (p *Provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	ctx, end := p.Until(ctx, req.GetTimeout())
	defer end()
	made, err := p.image(ctx, resource.URN(req.GetUrn()), req.GetNews(), req.GetPreview())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: made.properties}, nil
}

// Delete leaves the image in its registry: what is pushed may be in use.
func (p *Provider) Delete(context.Context, *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}
