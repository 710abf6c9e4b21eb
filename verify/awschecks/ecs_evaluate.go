package awschecks

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Words of ECS for the state of a service, a deployment or a task.
const (
	Primary = "PRIMARY"
	Active  = "ACTIVE"
	running = "RUNNING"
)

// evaluateService compares what ECS says of the service with what was asked for.
func evaluateService(got types.Service, want outputs.Service) check.Verdict {
	var f check.Verdict
	if status := aws.ToString(got.Status); status != Active {
		f.Fail("deploy again: a deleted service does not come back", "the service is %s", text.OrUnknown(status))
		return f
	}
	if got.DesiredCount == 0 {
		f.Fail(fmt.Sprintf("set its desired count to %d or more, or find out who scaled it down, and verify again", want.MinimumTasks),
			"the service is scaled to zero")
	}
	evaluateDeployments(got.Deployments, want, &f)
	if got.DesiredCount > 0 && int(got.RunningCount) < want.MinimumTasks {
		f.Pending("%d of at least %s running (%d desired, %d pending)",
			got.RunningCount, text.Count(want.MinimumTasks, "task"), got.DesiredCount, got.PendingCount)
	}
	return f
}

func evaluateDeployments(deployments []types.Deployment, want outputs.Service, f *check.Verdict) {
	var current, requested *types.Deployment
	for i := range deployments {
		d := &deployments[i]
		switch {
		case aws.ToString(d.Status) == Primary:
			current = d
		case aws.ToString(d.Status) == Active:
			f.Pending("another deployment is still ACTIVE: %s with %s", Revision(aws.ToString(d.TaskDefinition)), text.Count(int(d.RunningCount), "running task"))
		}
		if aws.ToString(d.TaskDefinition) == want.TaskDefinitionArn {
			requested = d
		}
	}
	switch {
	case current == nil:
		f.Pending("no deployment is PRIMARY")
	case aws.ToString(current.TaskDefinition) != want.TaskDefinitionArn:
		evaluateReplaced(current, requested, want, f)
	default:
		evaluatePrimary(current, want, f)
	}
}

// evaluateReplaced explains a service whose PRIMARY deployment is not the requested one: ECS rolled it back, or
// somebody has deployed since.
func evaluateReplaced(current, requested *types.Deployment, want outputs.Service, f *check.Verdict) {
	wantRevision, runs := Revision(want.TaskDefinitionArn), Revision(aws.ToString(current.TaskDefinition))
	reason := strings.ToLower(aws.ToString(current.RolloutStateReason))
	failed := requested != nil && requested.RolloutState == types.DeploymentRolloutStateFailed
	if failed || strings.Contains(reason, "rolling back") || strings.Contains(reason, "rollback") {
		f.Fail(fixAndDeploy(want), "ECS rolled %s back: the service runs %s again", wantRevision, runs)
		return
	}
	f.Fail("if nobody has deployed since, ECS rolled it back: read the events above and the logs in "+want.LogGroup,
		"the service runs %s, not the requested %s", runs, wantRevision)
}

func evaluatePrimary(current *types.Deployment, want outputs.Service, f *check.Verdict) {
	switch state := current.RolloutState; state {
	case types.DeploymentRolloutStateCompleted:
	case types.DeploymentRolloutStateFailed:
		f.Fail(fixAndDeploy(want), "the deployment of %s FAILED: %s", Revision(want.TaskDefinitionArn), text.OrUnknown(aws.ToString(current.RolloutStateReason)))
	default:
		f.Pending("the deployment of %s is %s", Revision(want.TaskDefinitionArn), text.OrUnknown(string(state)))
	}
	if current.FailedTasks > 0 {
		f.Pending("%s in a row failed to start or to stay healthy", text.Count(int(current.FailedTasks), "task"))
	}
}

// evaluateDefinition returns the containers that hold the requested image. Other
// containers may run beside them, but none with another image of the same
// repository.
func evaluateDefinition(got *types.TaskDefinition, want outputs.Service) ([]string, check.Verdict) {
	var f check.Verdict
	var names, others []string
	if got != nil {
		for _, container := range got.ContainerDefinitions {
			switch image := aws.ToString(container.Image); {
			case image == want.Image():
				names = append(names, aws.ToString(container.Name))
			case repository(image) == want.ImageRepository || len(got.ContainerDefinitions) == 1:
				others = append(others, aws.ToString(container.Name)+" has "+image)
			}
		}
	}
	switch {
	case len(others) > 0:
		f.Fail("deploy again by digest: this definition was not made for the requested image",
			"%s: %s instead of %s", Revision(want.TaskDefinitionArn), strings.Join(others, ", "), want.Image())
	case len(names) == 0:
		f.Fail("deploy again by digest: this definition was not made for the requested image",
			"%s: no container has %s", Revision(want.TaskDefinitionArn), want.Image())
	}
	return names, f
}

// evaluateTasks counts the tasks that run the requested image, and says what is wrong with each of the others that
// runs. It leaves sidecars out of account, such as the agent that GuardDuty adds.
func evaluateTasks(tasks []types.Task, want outputs.Service, containers []string) (int, check.Verdict) {
	var f check.Verdict
	good := 0
	for _, task := range tasks {
		if aws.ToString(task.LastStatus) != running {
			continue
		}
		before := len(f.Causes)
		if is := aws.ToString(task.TaskDefinitionArn); is != want.TaskDefinitionArn {
			f.Pending("task %s runs %s", taskID(task), Revision(is))
			continue
		}
		for _, name := range containers {
			evaluateContainer(task, name, want, &f)
		}
		if len(f.Causes) == before {
			good++
		}
	}
	if good < want.MinimumTasks {
		f.Pending("%d of at least %s seen on the requested image", good, text.Count(want.MinimumTasks, "running task"))
	}
	return good, f
}

func evaluateContainer(task types.Task, name string, want outputs.Service, f *check.Verdict) {
	for _, container := range task.Containers {
		if aws.ToString(container.Name) != name {
			continue
		}
		switch digest := aws.ToString(container.ImageDigest); digest {
		case want.ImageDigest:
		case "":
			f.Pending("task %s does not tell the digest of %s yet", taskID(task), name)
		default:
			f.Fail("compare with the digest in the registry (an index of several platforms has another than the image in it), then deploy again",
				"task %s runs %s on %s, not on %s", taskID(task), name, outputs.ShortDigest(digest), outputs.ShortDigest(want.ImageDigest))
		}
		return
	}
	f.Pending("task %s has no container %s", taskID(task), name)
}
