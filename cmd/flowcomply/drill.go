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
	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/internal/exit"
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

// lookEvery is how often a drill looks at what takes a while, and longest is how long one may take: a large database is
// restored in an hour.
const (
	lookEvery = 10 * time.Second
	longest   = 2 * time.Hour
)

func drillCommand() *cobra.Command {
	var on target
	var timeout time.Duration
	command := &cobra.Command{
		Use: "drill", Short: "restore the latest snapshot beside the stack, check the copy, and drop it",
		Long: `Rehearses a restore: the latest snapshot becomes a copy of its own beside the stack, which serves on; the migrations' status
and the tables are asked for on it, and it is dropped, whatever happened.`,
		RunE: onceRight(func(args []string) exit.Mistakes {
			m := on.mistakes(args)
			m.AddIf(timeout <= 0, "--timeout %s: want more than nothing", timeout)
			return m
		}, func(command *cobra.Command) error {
			opened, err := on.open(command.Context(), command.OutOrStdout())
			if err != nil {
				return err
			}
			ctx, stop := listen(command.Context())
			defer stop()
			return rehearse(ctx, on, opened, timeout, command.OutOrStdout())
		}),
	}
	on.flags(command)
	command.Flags().DurationVar(&timeout, "timeout", longest, "longest that all of it may take")
	return command
}

// rehearse makes a drill of the stack that the engine knows.
func rehearse(ctx context.Context, on target, of release.Engine, timeout time.Duration, out io.Writer) error {
	source, err := stacks.FromFile(on.File)
	if err != nil {
		return exit.Refuse(err)
	}
	spec, err := stacks.Load(source)
	if err != nil {
		return exit.Refuse(err)
	}
	outputs, err := of.Outputs(ctx)
	if err == nil && outputs.DatabaseIdentifier == "" {
		err = fmt.Errorf("%s has no outputs: it was never proven, and there is nothing to rehearse", on.Name)
	}
	if err != nil {
		return exit.Refuse(err)
	}
	loaded, err := account.Connect(ctx, outputs.Region, outputs.AccountID, signInWithin)
	if err != nil {
		return err
	}
	return exit.With(drill.Drill{
		Stack: stackOf(spec), Outputs: outputs, RDS: rds.NewFromConfig(loaded), Secrets: secretsmanager.NewFromConfig(loaded),
		ECS: ecs.NewFromConfig(loaded), Logs: cloudwatchlogs.NewFromConfig(loaded),
		Out: out, Now: time.Now, Look: lookEvery, Pause: pause, Timeout: timeout,
	}.Run(ctx))
}
