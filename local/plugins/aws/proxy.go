// Package aws is a stand-in for the official pulumi-resource-aws plugin on machines that cannot download it.
//
// Behind it runs the real terraform-provider-aws, served by the official dynamic Terraform bridge. What the
// bridge does not share with the official plugin is names: resource tokens, and a handful of properties. This
// proxy renames them on the way in and on the way out, and does nothing else.
package aws

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Version is the version of the official plugin that this one stands in for.
const Version = "6.83.4"

// Proxy serves the official plugin's protocol out of the bridge's.
type Proxy struct {
	pulumirpc.UnimplementedResourceProviderServer
	bridge pulumirpc.ResourceProviderClient
}

// New returns a proxy in front of a bridge that has been parameterized with the Terraform provider.
func New(bridge pulumirpc.ResourceProviderClient) *Proxy { return &Proxy{bridge: bridge} }

// GetPluginInfo answers with the version of the official plugin.
func (p *Proxy) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// GetSchema answers with the bridge's own schema, in the bridge's names: nothing of this project reads it.
func (p *Proxy) GetSchema(ctx context.Context, req *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return p.bridge.GetSchema(ctx, req)
}

// Cancel forwards.
func (p *Proxy) Cancel(ctx context.Context, req *emptypb.Empty) (*emptypb.Empty, error) {
	return p.bridge.Cancel(ctx, req)
}

// GetMapping has none to offer: the plugin stands in for running programs, not for converting them.
func (p *Proxy) GetMapping(context.Context, *pulumirpc.GetMappingRequest) (*pulumirpc.GetMappingResponse, error) {
	return &pulumirpc.GetMappingResponse{}, nil
}

// Invoke calls a data source.
func (p *Proxy) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	token, known := functions[req.GetTok()]
	if !known {
		return nil, unknown(req.GetTok(), "functions")
	}
	req.Tok = token
	return p.bridge.Invoke(ctx, req)
}

// Check validates a resource's inputs and fills in defaults and names.
func (p *Proxy) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	kind, err := find(req.GetUrn())
	if err != nil {
		return nil, err
	}
	req.Urn, req.Type = kind.urn(req.GetUrn()), kind.token
	req.Olds, req.News = kind.in(req.GetOlds()), kind.in(req.GetNews())
	res, err := p.bridge.Check(ctx, req)
	if err != nil {
		return nil, kind.failure(err)
	}
	res.Inputs = kind.out(res.GetInputs())
	for _, failure := range res.GetFailures() {
		failure.Property = kind.pathOut(failure.GetProperty())
	}
	return res, nil
}

// Diff compares what is with what is wanted.
func (p *Proxy) Diff(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	kind, err := find(req.GetUrn())
	if err != nil {
		return nil, err
	}
	req.Urn, req.Type = kind.urn(req.GetUrn()), kind.token
	req.Olds, req.News, req.OldInputs = kind.in(req.GetOlds()), kind.in(req.GetNews()), kind.in(req.GetOldInputs())
	req.IgnoreChanges = kind.pathsIn(req.GetIgnoreChanges())
	res, err := p.bridge.Diff(ctx, req)
	if err != nil {
		return nil, kind.failure(err)
	}
	res.Replaces, res.Stables, res.Diffs = kind.pathsOut(res.GetReplaces()), kind.pathsOut(res.GetStables()), kind.pathsOut(res.GetDiffs())
	res.DetailedDiff = mapKeys(res.GetDetailedDiff(), kind.pathOut)
	return res, nil
}

// Create makes a resource.
func (p *Proxy) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	kind, err := find(req.GetUrn())
	if err != nil {
		return nil, err
	}
	req.Urn, req.Type, req.Properties = kind.urn(req.GetUrn()), kind.token, kind.in(req.GetProperties())
	res, err := p.bridge.Create(ctx, req)
	if err != nil {
		return nil, kind.failure(err)
	}
	res.Properties = kind.out(res.GetProperties())
	return res, nil
}

// Read reads a resource back.
func (p *Proxy) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	kind, err := find(req.GetUrn())
	if err != nil {
		return nil, err
	}
	req.Urn, req.Type = kind.urn(req.GetUrn()), kind.token
	req.Properties, req.Inputs = kind.in(req.GetProperties()), kind.in(req.GetInputs())
	res, err := p.bridge.Read(ctx, req)
	if err != nil {
		return nil, kind.failure(err)
	}
	res.Properties, res.Inputs = kind.out(res.GetProperties()), kind.out(res.GetInputs())
	return res, nil
}

// Update changes a resource in place.
func (p *Proxy) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	kind, err := find(req.GetUrn())
	if err != nil {
		return nil, err
	}
	req.Urn, req.Type = kind.urn(req.GetUrn()), kind.token
	req.Olds, req.News, req.OldInputs = kind.in(req.GetOlds()), kind.in(req.GetNews()), kind.in(req.GetOldInputs())
	req.IgnoreChanges = kind.pathsIn(req.GetIgnoreChanges())
	res, err := p.bridge.Update(ctx, req)
	if err != nil {
		return nil, kind.failure(err)
	}
	res.Properties = kind.out(res.GetProperties())
	return res, nil
}

// Delete removes a resource.
func (p *Proxy) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	kind, err := find(req.GetUrn())
	if err != nil {
		return nil, err
	}
	req.Urn, req.Type = kind.urn(req.GetUrn()), kind.token
	req.Properties, req.OldInputs = kind.in(req.GetProperties()), kind.in(req.GetOldInputs())
	res, err := p.bridge.Delete(ctx, req)
	return res, kind.failure(err)
}

func unknown(token, table string) error {
	return status.Errorf(codes.InvalidArgument, "%s is not in the stand-in's table of %s; "+
		"add it to local/plugins/aws/tokens.go, or install the official aws plugin %s", token, table, Version)
}
