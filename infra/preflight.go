package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/flowcomply/infrastructure/components/check"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newPreflight declares the look at what runs, and at what the release is made of, before anything is changed. It is made
// once for each release and source: that the stack is the one that was proven before, an update that is run again knows
// already, but not that another source is the commit too. It returns what is left out of the release where an update did
// not make it.
func newPreflight(env environment) (leftOut pulumi.StringOutput, err error) {
	text, err := json.Marshal(env.preflightQuestion())
	if err != nil {
		return leftOut, fmt.Errorf("preflight: %w", err)
	}
	made, err := check.New(env.ctx, "preflight", check.Wiring{
		Program: "./verify/cmd/preflight", Question: pulumi.String(text),
		Triggers: env.release.preflightTriggers(), Settled: env.release.kind == settled,
	})
	if err != nil {
		return leftOut, err
	}
	// Whatever is declared from here on waits for it: refused is refused before the first change.
	return made.LeftOut, env.ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		return &pulumi.ResourceTransformationResult{
			Props: args.Props, Opts: append(args.Opts, pulumi.DependsOn([]pulumi.Resource{made.Done})),
		}
	})
}

// preflightTriggers are what another look is made for. They are the same when an update is run again, whatever images it has
// pushed by then.
func (r release) preflightTriggers() pulumi.Array {
	triggers := pulumi.Array{pulumi.String(r.version), pulumi.Int(r.Number)}
	if r.kind != fresh {
		return triggers
	}
	for _, name := range slices.Sorted(maps.Keys(r.Images)) {
		triggers = append(triggers, pulumi.String(r.Images[name].Content))
	}
	return append(triggers, pulumi.String(r.Schema.Hash))
}

func (e environment) preflightQuestion() verify.Question {
	q := verify.Question{
		Stack: e.ctx.Stack(), Version: e.release.version, Region: e.spec.Account.Region, AccountID: e.spec.Account.ID,
		GoingBack: e.release.kind == pinned, Skip: e.spec.Preflight.Skip, Digests: map[string]string{},
	}
	if e.release.before.Version != "" {
		q.Before = &e.release.before
	}
	for _, name := range slices.Sorted(maps.Keys(e.release.Images)) {
		image := e.release.Images[name]
		switch {
		case e.release.kind == fresh && image.Origin == outputs.Built:
			built := e.spec.Services[name].Image
			q.Contexts = append(q.Contexts, verify.BuildContext{Folder: built.Context, Dockerfile: built.DockerfileName(), Content: image.Content})
		case e.release.kind == pinned:
			q.Digests[e.release.before.Services[name].ImageRepository] = image.Digest
		}
	}
	if e.release.kind == fresh { // paths are from the repository's root, where steps run
		q.Source, q.Migrations, q.Staging = e.spec.Release.Source, e.spec.Migration.Folder, path.Join(programFolder, staging)
	}
	return q
}

// programFolder is where the engine runs this program, from the repository's root.
const programFolder = "infra"
