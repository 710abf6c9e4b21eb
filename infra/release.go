package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path"

	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// release is what the stack file asks for, beside what the stack has: which of its steps are new.
type release struct {
	verify.Release
	before verify.Outputs // of the last update that was proven; empty before the first
}

// newRelease reads the migrations and compares them with those that the stack has. It says in a preview too what will
// be migrated.
func newRelease(ctx *pulumi.Context, spec stacks.Spec) (release, error) {
	folder := path.Join(spec.Release.Folder(), spec.Migration.Folder)
	set, err := migration.Read(os.DirFS(folder))
	if err != nil {
		return release{}, fmt.Errorf("%s: %w; migration.folder is relative to release.source, which is %s from this repository's root", folder, err, spec.Release.Source)
	}
	before, err := lastProven(ctx)
	if err != nil {
		return release{}, err
	}
	planned := plan(before, spec.Release.Version, set)
	if !planned.First {
		if err := spec.Migration.Check(set.Without(before.Release.Schema.Names)); err != nil {
			return release{}, err
		}
	}
	return planned, ctx.Log.Info(planned.summary(set), nil)
}

// plan is the decision table of a release: what of it is new. It depends on nothing but what it is given, so that an
// update that is run again decides as before.
func plan(before verify.Outputs, version string, set migration.Set) release {
	planned := release{before: before}
	planned.First = before.Version == "" || before.Version == version && before.Release.First
	planned.Schema = verify.Schema{Hash: set.Hash(), Names: set.Names(), Destructive: []string{}}
	for _, found := range set.Lint() {
		if last := len(planned.Schema.Destructive) - 1; last < 0 || planned.Schema.Destructive[last] != found.Migration {
			planned.Schema.Destructive = append(planned.Schema.Destructive, found.Migration)
		}
	}
	return planned
}

// migrates tells whether there are migrations that the stack does not have.
func (r release) migrates() bool { return r.before.Release.Schema.Hash != r.Schema.Hash }

// migratedBy is the task definition that migrates: the one that did, where nothing is new, so that another image alone
// is no change of the migration.
func (r release) migratedBy(revision pulumi.StringOutput) pulumi.StringOutput {
	if r.migrates() {
		return revision
	}
	return pulumi.String(r.before.Release.Schema.TaskDefinitionArn).ToStringOutput()
}

// summary is what a reviewer wants to know of the migrations.
//
//runbook:1.4#3 names in the preview the migrations that will run, or says that they are skipped.
func (r release) summary(set migration.Set) string {
	fresh := set.Without(r.before.Release.Schema.Names).Names()
	switch {
	case !r.migrates():
		return fmt.Sprintf("migrations: skipped; the %d of this release are those of the last one", len(set))
	case len(fresh) == 0:
		return "migrations: run, as one that was applied before has another text now"
	default:
		return fmt.Sprintf("migrations: run; new are %v", fresh)
	}
}

// output is the release as the stack exports it.
func (r release) output(workloads *workloads) pulumi.Map {
	return pulumi.Map{
		"first": pulumi.Bool(r.First),
		"schema": pulumi.Map{
			"hash":              pulumi.String(r.Schema.Hash),
			"names":             pulumi.ToStringArray(r.Schema.Names),
			"destructive":       pulumi.ToStringArray(r.Schema.Destructive),
			"taskDefinitionArn": workloads.migratedBy,
		},
	}
}

// lastOutputs is the engine's own function that a stack reference is made of; asked as a function, it leaves no resource
// in the state.
const lastOutputs = "pulumi:pulumi:readStackOutputs"

// lastProven reads the outputs of this stack's last successful update, which the engine keeps on every backend. They are
// not strictly read: an older program exported other ones, and what it did not say is empty.
func lastProven(ctx *pulumi.Context) (verify.Outputs, error) {
	name := fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), ctx.Stack())
	var answer struct {
		Outputs map[string]any `pulumi:"outputs"`
	}
	type question struct {
		Name string `pulumi:"name"`
	}
	if err := ctx.Invoke(lastOutputs, &question{name}, &answer); err != nil {
		return verify.Outputs{}, fmt.Errorf("outputs of stack %s: %w", name, err)
	}
	text, err := json.Marshal(answer.Outputs)
	if err != nil {
		return verify.Outputs{}, fmt.Errorf("outputs of stack %s: %w", name, err)
	}
	var before verify.Outputs
	if err := json.Unmarshal(text, &before); err != nil {
		return verify.Outputs{}, fmt.Errorf("outputs of stack %s: %w; `pulumi stack output` shows them", name, err)
	}
	return before, nil
}
