package faults

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// deployments are updates that did not do what they were asked for. ECS calls each of these services steady.
func deployments() []scenario {
	const check = "identity/frontend"
	nowhere := "sha256:" + strings.Repeat("0", 64)
	frontend := func(name string, value any) sampleapp.Option {
		return sampleapp.Faults("frontend", map[string]any{name: value})
	}
	return []scenario{
		{
			faults: one("desired count 0", "somebody scaled the service to no task", check, `scaled to zero`),
			make: func(ctx context.Context, t *target) ([]byte, error) {
				return nil, t.Deploy(ctx, "frontend", t.Outputs.Services["frontend"].TaskDefinitionArn, 0)
			},
			undo: restored("frontend"),
		}, {
			faults: one("quota reached", "the account's quota of Fargate vCPUs is used up, and a task dies", check, `cannot place a task: .*You've reached the limit on the number of vCPUs you can run concurrently`),
			make:   crowded, undo: roomAgain,
		}, {
			faults: one("wrong digest running", "the requested revision names another image than the release", check, `has .*@sha256:.* instead of .*@sha256:`),
			make:   wrongDigest, undo: restored("frontend"),
		}, {
			faults: one("stale task left over", "a task of the revision before goes on running beside a completed deployment", check, `task [0-9a-f]+ runs .*-frontend:1`),
			make:   stale, undo: cleared,
		}, {
			faults: one("rolled-back deployment reported stable", "the new image's process opens no port; ECS went back and is steady", check, `ECS rolled .* back`),
			make:   built("frontend", "never-healthy", platform, frontend("never-healthy", true)), undo: restored("frontend"),
		}, {
			faults: one("first deployment fails", "a new service's process ends at once; there is nothing to go back to", "identity/first", `FAILED.*exited with code 3`),
			make:   first, undo: noFirst,
		}, {
			faults: one("image missing", "the registry does not have the image", check, `the image is missing`),
			make:   func(ctx context.Context, t *target) ([]byte, error) { return t.released(ctx, "frontend", nowhere) }, undo: restored("frontend"),
		}, {
			faults: one("wrong architecture", "the image is built for arm64", "identity/backend", `built for another processor`),
			make:   built("backend", "arm", "linux/arm64", sampleapp.Architecture("arm64", "backend")), undo: restored("backend"),
		},
	}
}

// crowded leaves no room on Fargate, ends the frontend's tasks, and waits until ECS has tried to start another.
func crowded(ctx context.Context, t *target) ([]byte, error) {
	if err := t.Scenario(map[string]any{"account": map[string]any{"fargateVCPUs": 0}}); err != nil {
		return nil, err
	}
	known := t.Outputs.Services["frontend"]
	listed, err := t.ECS().ListTasks(ctx, &ecs.ListTasksInput{Cluster: &t.Outputs.ClusterArn, ServiceName: &known.ServiceName})
	if err != nil {
		return nil, err
	}
	for _, task := range listed.TaskArns {
		if _, err := t.ECS().StopTask(ctx, &ecs.StopTaskInput{Cluster: &t.Outputs.ClusterArn, Task: &task, Reason: aws.String("its host is gone")}); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, recoveryTimeout)
	defer cancel()
	return nil, harness.Until(ctx, "ECS does not try to replace the task", func(ctx context.Context) (bool, error) {
		service, err := t.Service(ctx, "frontend")
		if err != nil {
			return false, err
		}
		tried := slices.ContainsFunc(service.Events, func(e types.ServiceEvent) bool {
			return strings.Contains(aws.ToString(e.Message), "unable to place a task")
		})
		return tried && service.RunningCount == 0, nil
	})
}

// roomAgain gives the quota back, and waits until the service has all its tasks, which ECS starts by itself.
func roomAgain(ctx context.Context, t *target) error {
	if err := t.Scenario(nil); err != nil {
		return err
	}
	return t.Ended(ctx, t.Outputs.Services["frontend"].ServiceName)
}

// wrongDigest runs another image, which nothing is wrong with, than the outputs ask for.
func wrongDigest(ctx context.Context, t *target) ([]byte, error) {
	digest, err := t.Image(ctx, "frontend", "another", platform, sampleapp.Version("v9.9.9"))
	if err != nil {
		return nil, err
	}
	image := t.Outputs.Services["frontend"].ImageRepository + "@" + digest
	revision, err := t.Revision(ctx, "frontend", func(c *types.ContainerDefinition) { c.Image = &image })
	if err != nil {
		return nil, err
	}
	if err := t.Deploy(ctx, "frontend", revision, 1); err != nil {
		return nil, err
	}
	return t.asked("frontend", revision, t.Outputs.Services["frontend"].ImageDigest)
}

// stale deploys another revision while nothing stops tasks of the one before.
func stale(ctx context.Context, t *target) ([]byte, error) {
	known := t.Outputs.Services["frontend"]
	if err := t.Scenario(map[string]any{"compute": map[string]any{"lingering": []string{known.ServiceName}}}); err != nil {
		return nil, err
	}
	revision, err := t.Revision(ctx, "frontend", func(c *types.ContainerDefinition) {
		c.DockerLabels = map[string]string{"again": "yes"}
	})
	if err != nil {
		return nil, err
	}
	_, err = t.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &t.Outputs.ClusterArn, Service: &known.ServiceName, TaskDefinition: &revision})
	if err != nil {
		return nil, err
	}
	if err := t.Completed(ctx, known.ServiceName); err != nil {
		return nil, err
	}
	return t.asked("frontend", revision, known.ImageDigest)
}

func cleared(ctx context.Context, t *target) error {
	if err := t.Scenario(nil); err != nil {
		return err
	}
	return restored("frontend")(ctx, t)
}

const firstName = "first-service"

// first creates a service whose first deployment cannot succeed, and asks for it in the outputs.
func first(ctx context.Context, t *target) ([]byte, error) {
	digest, err := t.Image(ctx, "frontend", "exits", platform, sampleapp.Faults("frontend", map[string]any{"exit-at-start": 3}))
	if err != nil {
		return nil, err
	}
	known := t.Outputs.Services["frontend"]
	image := known.ImageRepository + "@" + digest
	revision, err := t.Revision(ctx, "frontend", func(c *types.ContainerDefinition) { c.Image = &image })
	if err != nil {
		return nil, err
	}
	like, err := t.Service(ctx, "frontend")
	if err != nil {
		return nil, err
	}
	if _, err := t.ECS().CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: &t.Outputs.ClusterArn, ServiceName: aws.String(firstName), TaskDefinition: &revision, DesiredCount: aws.Int32(1),
		LaunchType: types.LaunchTypeFargate, NetworkConfiguration: like.NetworkConfiguration,
		DeploymentConfiguration: &types.DeploymentConfiguration{
			DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: true},
		},
	}); err != nil {
		return nil, err
	}
	if err := t.Ended(ctx, firstName); err != nil {
		return nil, err
	}
	return t.edited(func(services map[string]any) {
		entry := map[string]any{}
		for key, value := range services["frontend"].(map[string]any) {
			entry[key] = value
		}
		entry["serviceName"], entry["taskDefinitionArn"], entry["imageDigest"] = firstName, revision, digest
		entry["targetGroupArn"], entry["host"] = "", ""
		services["first"] = entry
	})
}

func noFirst(ctx context.Context, t *target) error {
	_, err := t.ECS().DeleteService(ctx, &ecs.DeleteServiceInput{Cluster: &t.Outputs.ClusterArn, Service: aws.String(firstName), Force: aws.Bool(true)})
	return err
}
