package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/cache"
	"github.com/flowcomply/infrastructure/components/cluster"
	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/components/snapshot"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// declareServices declares the cluster, the snapshot, and the services. The service with the migrations comes first: its
// new task definition migrates, and the other services wait for that.
func (e *environment) declareServices() (err error) {
	e.cluster, err = cluster.New(e.ctx, "main", e.spec.Cluster, cluster.Args{
		Name: e.names.Cluster(), LogKeyArn: e.keys.operations.Arn, Protected: e.spec.Protected(),
	}, e.aws)
	if err != nil {
		return err
	}
	beforeMigration, err := e.declareSnapshot()
	if err != nil {
		return err
	}
	for _, name := range e.spec.Images() { // an image that cannot be made stops the release before the schema changes
		beforeMigration = append(beforeMigration, e.images[name].Done...)
	}
	after := e.network.Ready
	for _, name := range e.migratingFirst() {
		in := e.serviceArgs(name)
		in.After = after
		if name == e.spec.Migration.Service {
			in.PreDeploy = func(revision service.Revision) (pulumi.Resource, error) {
				done, err := e.declareMigration(revision, beforeMigration)
				after = append(slices.Clone(after), done)
				return done, err
			}
		}
		if e.services[name], err = service.New(e.ctx, name, e.spec.Services[name], in, e.aws); err != nil {
			return err
		}
	}
	return nil
}

// rejectPortChange refuses another port of a service that answers requests, on a protected stack. It replaces the target group:
// requests go to one that is empty until the new tasks are healthy, so that every alarm about users fires; and where ECS then
// goes back, its tasks are in the one that no rule leads to any more.
func rejectPortChange(previous outputs.Outputs, spec stacks.Spec) error {
	var errs []error
	for _, name := range spec.Images() {
		was, is := previous.Services[name].Port, spec.Services[name]
		if was == 0 || !is.Routed() || is.Port == was || !spec.Protected() {
			continue
		}
		errs = append(errs, fmt.Errorf("services.%[1]s.port: %[2]d instead of %[3]d replaces the target group, and every request of %[1]s fails until new tasks "+
			"are healthy, or for good if ECS goes back; nothing was changed; next: `pulumi config set flowcomply:services.%[1]s.port %[3]d`, as the application "+
			"listens where PORT says and only the load balancer connects to it; or, where it has to be another one and may be down for it, make this one "+
			"update with flowcomply:protection none", name, is.Port, was))
	}
	return errors.Join(errs...)
}

// migratingFirst are the services' names, the one with the migrations first.
func (e *environment) migratingFirst() []string {
	names := slices.DeleteFunc(e.spec.Images(), func(name string) bool { return name == e.spec.Migration.Service })
	return append([]string{e.spec.Migration.Service}, names...)
}

// declareSnapshot declares the database snapshot before the release. A stack's first release has none.
func (e *environment) declareSnapshot() ([]pulumi.Resource, error) {
	if e.release.SnapshotID == "" {
		return nil, nil
	}
	taken, err := snapshot.New(e.ctx, "snapshot", e.spec.Snapshot, snapshot.Args{
		ID: e.release.SnapshotID, Region: e.spec.Account.Region, Database: e.databaseIdentifier(),
		Version: e.release.version, Number: e.release.Number, Stack: e.ctx.Stack(),
		Frozen: e.release.kind != releaseNew,
	})
	if err != nil {
		return nil, err
	}
	e.leftOut = append(e.leftOut, taken.LeftOut)
	return []pulumi.Resource{taken.Done}, nil
}

// declareMigration declares the migration, which runs as a task of the service's new revision.
func (e *environment) declareMigration(revision service.Revision, after []pulumi.Resource) (pulumi.Resource, error) {
	e.migratedBy = e.release.migratedBy(revision.TaskDefinitionArn)
	migrated, err := migration.New(e.ctx, "migration", e.spec.Migration, migration.Args{
		Hash: e.release.Schema.Hash, DatabaseID: e.database.ResourceID, Region: e.spec.Account.Region, ClusterArn: e.cluster.Arn,
		TaskDefinitionArn: e.migratedBy, Frozen: e.release.skipsMigration(), Container: revision.Container,
		SubnetIDs: e.network.PrivateSubnetIDs, SecurityGroupID: revision.SecurityGroupID, After: slices.Concat(revision.After, after),
	})
	if err != nil {
		return nil, err
	}
	e.leftOut = append(e.leftOut, migrated.LeftOut)
	return migrated.Done, nil
}

// serviceArgs are what every service is given. Its own configuration says what it takes of it.
func (e *environment) serviceArgs(name string) service.Args {
	secrets := map[string]service.Secret{}
	for variable, one := range e.secrets {
		secrets[variable] = service.Secret{Arn: one.Arn, ValueFrom: one.ValueFrom}
	}
	return service.Args{
		Stack: e.names.Stack, Region: e.spec.Account.Region, AccountID: e.spec.Account.ID,
		Service: e.names.Service(name), Family: e.names.TaskFamily(name), LogGroup: e.names.LogGroup(name),
		Image:         service.Image{Ref: e.images[name].Ref, Digest: e.images[name].Digest, Version: e.spec.Release.Version},
		RepositoryArn: e.repositories[name].Arn,
		ClusterArn:    e.cluster.Arn, ClusterName: e.cluster.Name, ExecLogGroupArn: e.cluster.ExecLogGroupArn,
		VpcID: e.network.VpcID, SubnetIDs: e.network.PrivateSubnetIDs,
		SecretRefs: secrets, Permissions: e.permissions(),
		LoadBalancer: service.LoadBalancer{
			ListenerArn: e.ingress.loadBalancer.ListenerArn, SecurityGroupID: e.ingress.loadBalancer.SecurityGroupID,
			ArnSuffix: e.ingress.loadBalancer.ArnSuffix, Alarms: e.ingress.alarms,
		},
		KeyArn: e.keys.data.Arn, LogKeyArn: e.keys.operations.Arn,
		Alarms: e.alarmArgs(), ScaledToZero: e.scaledToZero(name), Protected: e.spec.Protected(),
	}
}

// permissions are what each word of a service's `access` gives.
func (e *environment) permissions() map[string]service.Permission {
	variables := e.spec.GrantEnvironment()
	return map[string]service.Permission{
		service.AccessDatabase: {SecurityGroupID: e.database.SecurityGroupID, Port: database.Port},
		service.AccessCache:    {SecurityGroupID: e.cache.SecurityGroupID, Port: cache.Port},
		service.AccessDocuments: {
			Arns:        pulumi.StringArray{e.storage.documents.Arn},
			Environment: pulumi.ToStringMap(variables[service.AccessDocuments]),
		},
		service.AccessMail: {
			Arns: pulumi.StringArray{e.mail.Identities, e.mail.ConfigurationSetArn}, FromAddress: e.mail.FromAddress,
			Environment: pulumi.ToStringMap(variables[service.AccessMail]),
		},
	}
}
