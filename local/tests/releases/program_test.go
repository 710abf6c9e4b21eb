package releases

import (
	"errors"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// program is a stack without AWS: components that are called like the resources of a release, so that the real engine
// plans, orders and reports them. Which versions fail, and where, is in their numbers: v1.2 at verify, v1.3 before
// services; v1.4 never ends.
func program(ctx *pulumi.Context) error {
	asked, err := configured()
	if err != nil {
		return err
	}
	before, err := last(ctx)
	if err != nil {
		return err
	}
	now := before.next(asked)
	var after []pulumi.Resource
	if asked.pins == nil {
		for _, one := range [][2]string{{"docker:index/image:Image", "backend-image"}, {"command:local:Command", "migration"}} {
			made, err := part(ctx, one[0], one[1], pulumi.Map{"version": pulumi.String(now.Version)}, after)
			if err != nil {
				return err
			}
			after = append(after, made)
		}
	}
	if strings.HasPrefix(now.Version, "v1.3.") && !ctx.DryRun() {
		return errors.New("the migration failed")
	}
	service, err := part(ctx, "aws:ecs/service:Service", "backend", pulumi.Map{
		"digest": pulumi.String(now.Images["backend"].Digest), "maxTasks": pulumi.Float64(asked.maxTasks),
	}, after)
	if err != nil {
		return err
	}
	if strings.HasPrefix(now.Version, "v1.4.") && !ctx.DryRun() {
		return hang(service)
	}
	if strings.HasPrefix(now.Version, "v1.2.") && !ctx.DryRun() {
		return errors.New("verify: the site answers 500")
	}
	if _, err := part(ctx, "command:local:Command", "verify", pulumi.Map{"release": pulumi.Int(now.Number)}, []pulumi.Resource{service}); err != nil {
		return err
	}
	repositories := pulumi.Map{}
	for name := range now.Images {
		repositories[name] = pulumi.Map{
			"imageRepository": pulumi.String("registry.test/" + name), "serviceName": pulumi.String(name + "-service"),
		}
	}
	used, err := databases(ctx)
	if err != nil {
		return err
	}
	ctx.Export("databaseIdentifier", pulumi.String(used))
	ctx.Export("clusterName", pulumi.String("flowcomply-local"))
	ctx.Export("version", pulumi.String(now.Version))
	ctx.Export("region", pulumi.String("ap-southeast-2"))
	ctx.Export("accountId", pulumi.String(account))
	ctx.Export("services", repositories)
	ledger, err := plain(append(before.without(now.Number), now))
	if err != nil {
		return err
	}
	ctx.Export("releases", pulumi.Any(ledger))
	return nil
}

// hangs names the variable with the pipe that is told once a program hangs.
const hangs = "RELEASES_TEST_HANGS"

// hang waits for the service, says so, and then for ever.
func hang(service pulumi.Resource) error {
	changed := make(chan struct{})
	service.URN().ApplyT(func(urn pulumi.URN) pulumi.URN {
		close(changed)
		return urn
	})
	<-changed
	if err := os.WriteFile(os.Getenv(hangs), []byte("changed"), 0o600); err != nil {
		return err
	}
	select {}
}

type component struct{ pulumi.ResourceState }

func part(ctx *pulumi.Context, typ, name string, inputs pulumi.Map, after []pulumi.Resource) (pulumi.Resource, error) {
	made := &component{}
	if err := ctx.RegisterComponentResourceV2(typ, name, inputs, made, pulumi.DependsOn(after)); err != nil {
		return nil, err
	}
	return made, ctx.RegisterResourceOutputs(made, pulumi.Map{})
}
