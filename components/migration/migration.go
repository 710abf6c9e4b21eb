// Package migration brings the database's schema to a release's, before any service changes: by a one-off task of the
// new image, with the credentials and on the network of the service that the migrations belong to (runbook phase 3).
//
// Decisions:
//   - The task runs the service's own task definition, so that no second one can differ from what runs afterwards.
//   - The migrations' hash alone decides whether to migrate: a release without new ones starts no task.
//   - What older code may not survive is named in the preview, and has to be allowed by name.
//   - Nothing here resolves a failed migration. That takes a person.
package migration

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/step"
	"github.com/flowcomply/infrastructure/components/validate"
	"github.com/flowcomply/infrastructure/internal/shell"
)

// Spec says where the migrations are and how they are run.
type Spec struct {
	// Service is the service whose image holds the migrations; it needs access to the database.
	Service string `json:"service"`
	// Folder is where the migrations are in the release's source, such as backend/prisma/migrations.
	Folder string `json:"folder"`
	// Status is the command that tells, by exit code 0, that nothing is pending; it takes the place of the image's own. Text
	// of Prisma's that says "not yet been applied" or "failed" counts more: before 4.3 it ends with 0 all the same.
	Status []string `json:"status"`
	// Deploy is the command that applies what is pending.
	Deploy []string `json:"deploy"`
	// Count is a command that writes how many rows the key tables have, which the drill of a restore runs on its copy: exit
	// code 0 says that they are as they should be; default none.
	Count []string `json:"count,omitempty"`
	// TimeoutMinutes is how long one command may take, 1 to 240; the task is stopped then, so that it holds no lock.
	TimeoutMinutes int `json:"timeoutMinutes"`
	// AllowDestructive names migrations that may lose data or do what the release before may not survive, such as dropping a
	// column or adding a value to an enum; default none. Take a name out again with the next release.
	AllowDestructive []string `json:"allowDestructive,omitempty"`
}

// longest is the longest a migration may take, in minutes.
const longest = 240

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	return validate.All(
		validate.Demand(s.Service != "", "service", "is empty", "a service of this stack"),
		validate.Demand(s.Folder != "" && !path.IsAbs(s.Folder) && path.Clean(s.Folder) == s.Folder && !strings.HasPrefix(s.Folder, ".."),
			"folder", fmt.Sprintf("%q is not a folder inside the release's source", s.Folder),
			"a relative path in its shortest spelling, such as backend/prisma/migrations"),
		validate.Demand(len(s.Status) > 0, "status", "is empty", `a command, such as ["npx", "prisma", "migrate", "status"]`),
		validate.Demand(len(s.Deploy) > 0, "deploy", "is empty", `a command, such as ["npx", "prisma", "migrate", "deploy"]`),
		validate.Range("timeoutMinutes", s.TimeoutMinutes, 1, longest),
	)
}

// Check refuses what the release before may not survive and is not allowed by name, and what PostgreSQL refuses whatever is
// allowed, among the migrations that are not known. Known are the names of those that the release before had.
func (s Spec) Check(set Set, known ...string) error {
	found := set.LintSince(known)
	errs := []error{refused(found)}
	next := len(s.AllowDestructive)
	for _, name := range set.Names() {
		var lines []string
		for _, one := range found {
			if one.Migration == name && one.Kind.Breaks() && !slices.Contains(s.AllowDestructive, name) {
				lines = append(lines, "migration "+one.String())
			}
		}
		if len(lines) > 0 {
			errs = append(errs, fmt.Errorf("%s\nnext: let old code live with it first and do this in a later release, or allow it: %s",
				strings.Join(lines, "\n"), Allow(name, next)))
			next++
		}
	}
	return validate.All(errs...)
}

// Allow is the command that allows a migration what Check refuses, as the entry of that number in the list, from 0. A name
// of digits alone stays text by --type, and -- ends the options before one that begins with a dash.
func Allow(name string, entry int) string {
	words := []string{"pulumi", "config", "set", "--path", fmt.Sprintf("flowcomply:migration.allowDestructive[%d]", entry)}
	if strings.HasPrefix(name, "-") {
		words = append(words, "--type", "string", "--", name)
	} else {
		words = append(words, name, "--type", "string")
	}
	return shell.Quote(words...)
}

// Args are what infra and other components supply.
type Args struct {
	// Hash is the migrations'. Changing it runs them.
	Hash string
	// DatabaseID is the database's resource id, which no other ever has. Changing it runs the migrations: a restored copy
	// has the schema of its data.
	DatabaseID        pulumi.StringInput
	Region            string
	ClusterArn        pulumi.StringInput
	TaskDefinitionArn pulumi.StringInput // of the new release
	Container         string             // in that definition
	SubnetIDs         pulumi.StringArrayInput
	SecurityGroupID   pulumi.StringInput
	// After is what has to be there before: the way to the database, and its snapshot.
	After []pulumi.Resource
	// Frozen: nothing is migrated, whatever has changed.
	Frozen bool
}

// Migration is the schema's step of a release.
type Migration struct {
	pulumi.ResourceState
	// Done is what services wait for.
	Done pulumi.Resource
	// LeftOut says that the last migration is still that of another release; empty where it is this one's.
	LeftOut pulumi.StringOutput
	Hash    string `pulumi:"hash"`
}

// New declares the step. It runs when the hash changes, and again in the next update after it failed.
//
//runbook:3.2#1 runs the release's own image, which has the migrations, before any service takes it.
//runbook:3.2#2 gives no address and no password: the task gets them from Secrets Manager, by ARN.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Migration, error) {
	migrated := &Migration{}
	b, err := component.New(ctx, "flowcomply:migration:Migration", name, migrated, struct{}{}, opts, spec.Validate())
	if err != nil {
		return nil, err
	}
	arguments := pulumi.StringArray{
		pulumi.String("--region"), pulumi.String(args.Region),
		pulumi.String("--cluster"), args.ClusterArn,
		pulumi.String("--task-definition"), args.TaskDefinitionArn,
		pulumi.String("--container"), pulumi.String(args.Container),
		pulumi.String("--subnets"), args.SubnetIDs.ToStringArrayOutput().ApplyT(func(ids []string) string { return strings.Join(ids, ",") }).(pulumi.StringOutput),
		pulumi.String("--security-group"), args.SecurityGroupID,
		pulumi.String("--timeout"), pulumi.String(fmt.Sprintf("%dm", spec.TimeoutMinutes)),
		pulumi.String("--status"), inJSON(spec.Status), pulumi.String("--deploy"), inJSON(spec.Deploy),
	}
	program := step.Program{
		Command: "./cmd/step migrate", Arguments: arguments, Triggers: pulumi.Array{pulumi.String(args.Hash), args.DatabaseID}, Frozen: args.Frozen,
	}
	done, err := step.New(ctx, name, program, b.Parent, pulumi.DependsOn(args.After))
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	migrated.Hash, migrated.Done, migrated.LeftOut = args.Hash, done, step.LeftOut(name, done, program)
	return migrated, b.Done()
}

func inJSON(command []string) pulumi.String {
	text, _ := json.Marshal(command) // a list of texts always has a form in JSON
	return pulumi.String(text)
}
