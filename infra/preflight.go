package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/check"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// declarePreflight declares the checks of what runs, and of what the release is made of, before anything is changed.
// Everything that is declared after it waits for it.
func (e *environment) declarePreflight() error {
	request, err := json.Marshal(e.preflightRequest())
	if err != nil {
		return fmt.Errorf("preflight: %w", err)
	}
	preflight, err := check.New(e.ctx, "preflight", check.Args{
		Command: "./cmd/step preflight", Question: pulumi.String(request),
		Triggers: e.release.preflightTriggers(), Frozen: e.release.kind == releaseUnchanged,
	})
	if err != nil {
		return err
	}
	e.leftOut = append(e.leftOut, preflight.LeftOut)
	return e.ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		return &pulumi.ResourceTransformationResult{
			Props: args.Props, Opts: append(args.Opts, pulumi.DependsOn([]pulumi.Resource{preflight.Done})),
		}
	})
}

// preflightTriggers are what preflight is made again for: another release, or another source of it. They are the same when
// an update is run again, whatever images it has pushed by then.
func (r release) preflightTriggers() pulumi.Array {
	triggers := pulumi.Array{pulumi.String(r.version), pulumi.Int(r.Number)}
	if r.kind != releaseNew {
		return triggers
	}
	for _, name := range slices.Sorted(maps.Keys(r.Images)) {
		triggers = append(triggers, pulumi.String(r.Images[name].Content))
	}
	return append(triggers, pulumi.String(r.Schema.Hash))
}

func (e *environment) preflightRequest() inputs.Preflight {
	r := e.release
	request := inputs.Preflight{
		Stack: e.ctx.Stack(), Version: r.version, Region: e.spec.Account.Region, AccountID: e.spec.Account.ID,
		GoingBack: r.kind == releaseRollback, Skip: e.spec.Preflight.Skip, Digests: map[string]string{},
		VCPUs: vcpus(e.spec),
	}
	if r.previous.Version != "" {
		request.Before = &r.previous.Outputs
	}
	for _, name := range slices.Sorted(maps.Keys(r.Images)) {
		image := r.Images[name]
		switch {
		case r.kind == releaseNew && image.Origin == outputs.Built:
			built := e.spec.Services[name].Image
			request.Contexts = append(request.Contexts, inputs.BuildContext{
				Folder: built.Context, Dockerfile: built.DockerfileName(), Content: image.Content,
			})
		case r.kind == releaseRollback:
			request.Digests[r.previous.Services[name].ImageRepository] = image.Digest
		}
	}
	if r.kind == releaseNew { // paths are from the repository's root, where steps run
		request.Source, request.Migrations = e.spec.Release.Source, e.spec.Migration.Folder
		request.Staging = path.Join(programFolder, staging)
	}
	return request
}

// vcpus are what the stack's tasks take at once. A release starts as many tasks beside those that run as a service has at least
// (deploymentMaximumPercent is 200), in all services at the same time; the migration's task is of its service's size.
func vcpus(spec stacks.Spec) *inputs.VCPUs {
	const unit = 1024 // CPU units of one vCPU
	need := inputs.VCPUs{Rolling: float64(spec.Services[spec.Migration.Service].CPU) / unit}
	for _, one := range spec.Services {
		need.Rolling += 2 * float64(one.MinTasks*one.CPU) / unit
		need.Scaled += float64(one.MaxTasks*one.CPU) / unit
	}
	return &need
}
