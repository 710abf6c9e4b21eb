package main

import (
	"fmt"
	"slices"

	"github.com/flowcomply/infrastructure/components/cache"
	"github.com/flowcomply/infrastructure/components/cluster"
	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/components/registry"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/components/snapshot"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// workloads are the cluster and, for each entry of the services map, a repository, an image and a service.
type workloads struct {
	cluster    *cluster.Cluster
	login      image.Registry // the account's registry has all repositories, so that one login pushes every image
	registries map[string]*registry.Registry
	images     map[string]*image.Image
	services   map[string]*service.Service
	migratedBy pulumi.StringOutput   // the task definition that the schema was brought about with
	leftOut    []pulumi.StringOutput // what snapshot and migration say of an update that did not make them
}

func newWorkloads(env environment, ground *ground, stores *stores, front *front, provider *aws.Provider) (*workloads, error) {
	made := &workloads{
		login: login(env, provider), registries: map[string]*registry.Registry{}, images: map[string]*image.Image{}, services: map[string]*service.Service{},
	}
	var err error
	made.cluster, err = cluster.New(env.ctx, "main", env.spec.Cluster, cluster.Args{
		Name: env.names.Cluster(), LogKeyArn: ground.operations.Arn, Protected: env.spec.Protected(),
	}, env.aws)
	if err != nil {
		return nil, err
	}
	ready, err := made.snapshot(env, stores)
	if err != nil {
		return nil, err
	}
	for _, name := range env.spec.Images() {
		if err := made.image(env, ground, name, provider); err != nil {
			return nil, fmt.Errorf("service %s: %w", name, err)
		}
		ready = append(ready, made.images[name].Done...) // one that cannot be made stops the release before the schema changes
	}
	shared := sharedWiring(env, ground, stores, front, made.cluster)
	for _, name := range env.migratingFirst() {
		in := shared
		in.Service, in.Family, in.LogGroup = env.names.Service(name), env.names.TaskFamily(name), env.names.LogGroup(name)
		in.Image = service.Image{Ref: made.images[name].Ref, Digest: made.images[name].Digest, Version: env.spec.Release.Version}
		in.RepositoryArn = made.registries[name].Arn
		in.ScaledToZero = env.held(name)
		if name == env.spec.Migration.Service {
			in.PreDeploy = func(revision service.Revision) (pulumi.Resource, error) {
				done, err := made.migrate(env, ground, stores, revision, ready)
				shared.After = append(shared.After, done) // of every service after this one
				return done, err
			}
		}
		if made.services[name], err = service.New(env.ctx, name, env.spec.Services[name], in, env.aws); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// migratingFirst are the services, the one with the migrations first: the others wait for them.
func (e environment) migratingFirst() []string {
	names := slices.DeleteFunc(e.spec.Images(), func(name string) bool { return name == e.spec.Migration.Service })
	return append([]string{e.spec.Migration.Service}, names...)
}

// snapshot declares the snapshot before the release. There is none before the second.
func (w *workloads) snapshot(env environment, stores *stores) ([]pulumi.Resource, error) {
	if env.release.SnapshotID == "" {
		return nil, nil
	}
	made, err := snapshot.New(env.ctx, "snapshot", env.spec.Snapshot, snapshot.Wiring{
		ID: env.release.SnapshotID, Region: env.spec.Account.Region, Database: stores.identifier(),
		Version: env.release.version, Number: env.release.Number, Stack: env.ctx.Stack(),
		Settled: env.release.kind != fresh,
	})
	if err != nil {
		return nil, err
	}
	w.leftOut = append(w.leftOut, made.LeftOut)
	return []pulumi.Resource{made.Done}, nil
}

// migrate declares the migration with the new revision of the service that it belongs to.
func (w *workloads) migrate(env environment, ground *ground, stores *stores, revision service.Revision, ready []pulumi.Resource) (pulumi.Resource, error) {
	made, err := migration.New(env.ctx, "migration", env.spec.Migration, migration.Wiring{
		Hash: env.release.Schema.Hash, DatabaseID: stores.database.ResourceID, Region: env.spec.Account.Region, ClusterArn: w.cluster.Arn,
		TaskDefinitionArn: env.release.migratedBy(revision.TaskDefinitionArn), Settled: env.release.leavesSchema(), Container: revision.Container,
		SubnetIDs: ground.network.PrivateSubnetIDs, SecurityGroupID: revision.SecurityGroupID, After: slices.Concat(revision.After, ready),
	})
	if err != nil {
		return nil, err
	}
	w.migratedBy, w.leftOut = env.release.migratedBy(revision.TaskDefinitionArn), append(w.leftOut, made.LeftOut)
	return made.Done, nil
}

// login asks for the one login, which holds for twelve hours, in every run: there is nothing to keep.
func login(env environment, provider *aws.Provider) image.Registry {
	token := ecr.GetAuthorizationTokenOutput(env.ctx, ecr.GetAuthorizationTokenOutputArgs{
		RegistryId: pulumi.StringPtr(env.spec.Account.ID),
	}, pulumi.Provider(provider))
	return image.Registry{Server: token.ProxyEndpoint(), Username: token.UserName(), Password: token.Password()}
}

// image declares a service's repository, builds its image and pushes it there.
func (w *workloads) image(env environment, ground *ground, name string, provider *aws.Provider) error {
	repository, err := registry.New(env.ctx, name+"-repository", env.spec.Registry, registry.Args{
		RepositoryName: env.names.Repository(name), KeyArn: ground.data.Arn, Protected: env.spec.Protected(),
	}, env.aws)
	if err != nil {
		return err
	}
	w.registries[name] = repository
	w.images[name], err = image.New(env.ctx, name+"-image", env.spec.Services[name].Image, image.Wiring{
		RepositoryURL: repository.URL, Version: env.spec.Release.Version, Source: env.spec.Release.Folder(), Staging: staging,
		Platform: service.Platform, Registry: w.login, Region: env.spec.Account.Region, Content: env.release.Images[name].Content,
		Origin: env.release.origin(name), Settled: env.release.kind == settled,
		AccountID: env.spec.Account.ID, Ask: []pulumi.InvokeOption{pulumi.Provider(provider)},
	})
	return err
}

// staging is where build contexts are copied to, from the program's folder: the same place in every checkout.
const staging = "../.local/contexts"

// sharedWiring is what all services are wired with alike; what a service takes of it, its own configuration says.
func sharedWiring(env environment, ground *ground, stores *stores, front *front, on *cluster.Cluster) service.Args {
	secrets := map[string]service.Secret{}
	for variable, made := range stores.secrets {
		secrets[variable] = service.Secret{Arn: made.Arn, ValueFrom: made.ValueFrom}
	}
	return service.Args{
		Stack: env.names.Stack, Region: env.spec.Account.Region, AccountID: env.spec.Account.ID,
		ClusterArn: on.Arn, ClusterName: on.Name,
		VpcID: ground.network.VpcID, SubnetIDs: ground.network.PrivateSubnetIDs,
		SecretRefs: secrets, Permissions: grants(env, ground, stores, front),
		LoadBalancer: service.LoadBalancer{
			ListenerArn: front.balancer.ListenerArn, SecurityGroupID: front.balancer.SecurityGroupID, ArnSuffix: front.balancer.ArnSuffix,
			Alarms: front.alarms,
		},
		KeyArn: ground.data.Arn, LogKeyArn: ground.operations.Arn, ExecLogGroupArn: on.ExecLogGroupArn,
		Alarms: ground.alarms(env), After: ground.network.Ready, Protected: env.spec.Protected(),
	}
}

// grants is what each word of a service's `access` gives.
func grants(env environment, ground *ground, stores *stores, front *front) map[string]service.Permission {
	learned := env.spec.GrantEnvironment()
	variables := func(access string) map[string]pulumi.StringInput {
		out := map[string]pulumi.StringInput{}
		for name, value := range learned[access] {
			out[name] = pulumi.String(value)
		}
		return out
	}
	return map[string]service.Permission{
		service.AccessDatabase: {SecurityGroupID: stores.database.SecurityGroupID, Port: database.Port},
		service.AccessCache:    {SecurityGroupID: stores.cache.SecurityGroupID, Port: cache.Port},
		service.AccessDocuments: {
			Arns: pulumi.StringArray{ground.documents.Arn}, Environment: variables(service.AccessDocuments),
		},
		service.AccessMail: {
			Arns: pulumi.StringArray{front.mail.IdentityArn, front.mail.ConfigurationSetArn}, FromAddress: front.mail.FromAddress,
			Environment: variables(service.AccessMail),
		},
	}
}
