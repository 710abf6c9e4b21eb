package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/restore/drill"
	"github.com/flowcomply/infrastructure/stacks"
)

// stackOf is what a drill needs to know of a stack file.
func stackOf(spec stacks.Spec) drill.Stack {
	names, role := spec.Names(), spec.Migration.Service
	return drill.Stack{
		Name: names.Stack, Copy: names.DrillDatabase(), Service: role, Family: names.TaskFamily(role) + "-drill",
		Variables: slices.DeleteFunc(slices.Clone(spec.Services[role].Secrets), func(name string) bool {
			return spec.Secrets[name].Source != secret.FromDatabase
		}),
		User: stacks.DatabaseUser, Database: stacks.DatabaseName,
		Status: spec.Migration.Status, Deploy: spec.Migration.Deploy, Count: spec.Migration.Count,
		TaskTimeout: time.Duration(spec.Migration.TimeoutMinutes) * time.Minute,
	}
}

// lookEvery is how often a drill looks at what takes a while.
const lookEvery = 10 * time.Second

// rehearse makes a drill of the stack that the engine knows.
func (o options) rehearse(ctx context.Context, of release.Engine, out io.Writer) int {
	source, err := stacks.FromFile(o.on.File)
	if err != nil {
		fmt.Fprintf(out, "%v\n", err)
		return drill.Unable
	}
	spec, err := stacks.Load(source)
	if err != nil {
		fmt.Fprintf(out, "%v\n", err)
		return drill.Unable
	}
	outputs, err := of.Outputs(ctx)
	if err == nil && outputs.DatabaseIdentifier == "" {
		err = fmt.Errorf("%s has no outputs: it was never proven, and there is nothing to rehearse", o.on.Name)
	}
	if err != nil {
		fmt.Fprintf(out, "%v\n", err)
		return drill.Unable
	}
	loaded, err := signIn(ctx, outputs)
	if err != nil {
		fmt.Fprintf(out, "%v\n", err)
		return drill.Unable
	}
	return drill.Drill{
		Stack: stackOf(spec), Outputs: outputs, RDS: rds.NewFromConfig(loaded), Secrets: secretsmanager.NewFromConfig(loaded),
		ECS: ecs.NewFromConfig(loaded), Logs: cloudwatchlogs.NewFromConfig(loaded),
		Out: out, Now: time.Now, Look: lookEvery, Pause: pause, Timeout: o.timeout,
	}.Run(ctx)
}
