package main

import (
	"encoding/json"
	"fmt"

	"github.com/flowcomply/infrastructure/components/check"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newPreflight declares the look at what runs, and at what the release is made of, before anything is changed. It is made
// once for each release: that the stack is the one that was proven before, an update that is run again knows already. It
// returns what is left out of the release where an update did not make it.
func newPreflight(env environment) (leftOut pulumi.StringOutput, err error) {
	text, err := json.Marshal(env.preflightQuestion())
	if err != nil {
		return leftOut, fmt.Errorf("preflight: %w", err)
	}
	made, err := check.New(env.ctx, "preflight", check.Wiring{
		Program: "./verify/cmd/preflight", Question: pulumi.String(text),
		Triggers: pulumi.Array{pulumi.String(env.release.version), pulumi.Int(env.release.Number)},
		Settled:  env.release.kind == settled,
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

func (e environment) preflightQuestion() verify.Question {
	q := verify.Question{
		Stack: e.ctx.Stack(), Version: e.release.version, Region: e.spec.Account.Region, AccountID: e.spec.Account.ID,
		GoingBack: e.release.kind == pinned, Skip: e.spec.Preflight.Skip, Digests: map[string]string{},
	}
	if e.release.before.Version != "" {
		q.Before = &e.release.before
	}
	for name, image := range e.release.Images {
		switch {
		case e.release.kind == fresh && image.Origin == verify.Built:
			q.Source = e.spec.Release.Source // from the repository's root, where steps run
		case e.release.kind == pinned:
			q.Digests[e.release.before.Services[name].ImageRepository] = image.Digest
		}
	}
	return q
}
