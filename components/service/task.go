package service

import (
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"
)

// declareLogs declares the log group. Its name is fixed as the runbook's commands use it.
//
//runbook:6.2#1-2 keeps the service's log under the name that the commands have, for `aws logs tail`.
func (b *builder) declareLogs() error {
	group, err := b.LogGroup(b.Name+"-logs", b.args.LogGroup, b.spec.LogDays, b.args.LogKeyArn, pulumi.Protect(b.args.Protected))
	if err != nil {
		return err
	}
	b.logGroup, b.logGroupArn = group.Name, group.Arn
	return nil
}

// declareTask declares the revision that runs. Old revisions stay registered (skipDestroy), as a rollback by ECS or
// by hand needs them. The release is a tag: it changes nothing that runs, so that it replaces no revision by itself.
//
//runbook:4.1#1-2,4.2#1-2 registers a revision with the image's digest; the service takes that one and no other.
func (b *builder) declareTask() error {
	var volumes ecs.TaskDefinitionVolumeArray
	for _, directory := range directories(b.spec) {
		volumes = append(volumes, ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(volumeName(directory))})
	}
	definition, err := ecs.NewTaskDefinition(b.Ctx, b.Name+"-task", &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(b.args.Family),
		ContainerDefinitions:    b.definitions(),
		Cpu:                     pulumi.String(strconv.Itoa(b.spec.CPU)),
		Memory:                  pulumi.String(strconv.Itoa(b.spec.MemoryMiB)),
		NetworkMode:             pulumi.String("awsvpc"),
		RequiresCompatibilities: pulumi.StringArray{pulumi.String("FARGATE")},
		RuntimePlatform: ecs.TaskDefinitionRuntimePlatformArgs{ // Platform, as ECS spells it
			OperatingSystemFamily: pulumi.String("LINUX"), CpuArchitecture: pulumi.String("X86_64"),
		},
		ExecutionRoleArn: b.svc.ExecutionRoleArn,
		TaskRoleArn:      b.svc.TaskRoleArn,
		Volumes:          volumes,
		SkipDestroy:      pulumi.Bool(true),
		Tags:             pulumi.StringMap{"Version": pulumi.String(b.args.Image.Version)},
	}, b.Parent)
	if err != nil {
		return err
	}
	b.svc.TaskDefinitionArn, b.definition = definition.Arn, definition
	return nil
}

// preDeploy declares what is done with the new revision before the service runs it, such as the migration.
func (b *builder) preDeploy() error {
	if b.args.PreDeploy == nil {
		return nil
	}
	done, err := b.args.PreDeploy(Revision{
		TaskDefinitionArn: b.svc.TaskDefinitionArn, Container: b.Name, SecurityGroupID: b.svc.SecurityGroupID,
		After: slices.Concat(b.before, b.args.After),
	})
	b.before = append(b.before, done)
	return err
}

// definitions resolves what only deployed resources know and hands it to the pure function.
func (b *builder) definitions() pulumi.StringOutput {
	from := pulumi.StringMap{}
	for _, name := range b.spec.Secrets {
		from[name] = b.args.SecretRefs[name].ValueFrom
	}
	text := pulumix.Apply3Err(
		b.args.Image.Ref.ToStringOutput(), b.args.environment(b.spec).ToStringMapOutput(), from.ToStringMapOutput(),
		func(ref string, environment, secrets map[string]string) (string, error) {
			return definitions(containerInputs{
				name: b.Name, spec: b.spec, image: ref, environment: environment, secrets: secrets,
				logGroup: b.args.LogGroup, region: b.args.Region,
			})
		})
	return pulumix.Cast[pulumi.StringOutput](text)
}
