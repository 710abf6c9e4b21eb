package verify

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	primary = "PRIMARY"
	active  = "ACTIVE"
	running = "RUNNING"
)

// findings are what speaks against a service at one look.
type findings struct {
	causes []string
	final  bool   // no amount of waiting cures one of them
	next   string // of the first that has a cure
}

func (f *findings) none() bool { return len(f.causes) == 0 }

func (f *findings) wait(cause string, args ...any) {
	f.causes = append(f.causes, fmt.Sprintf(cause, args...))
}

func (f *findings) fail(next, cause string, args ...any) {
	f.wait(cause, args...)
	f.final = true
	if f.next == "" {
		f.next = next
	}
}

func (f *findings) join(other findings) {
	f.causes = append(f.causes, other.causes...)
	f.final = f.final || other.final
	if f.next == "" {
		f.next = other.next
	}
}

func (f *findings) failure(details []string) error {
	next := f.next
	if next == "" {
		next = "run verify again with a longer --timeout; if nothing moves, follow the events and stopped tasks above"
	}
	err := &Failure{Cause: strings.Join(f.causes, "; "), Details: details, Next: next}
	if f.final {
		return Permanent(err)
	}
	return err
}

// judgeService compares what ECS says of the service with what was asked for.
func judgeService(got types.Service, want outputs.Service) findings {
	var f findings
	if status := text(got.Status); status != active {
		f.fail("deploy again: a deleted service does not come back", "the service is %s", orUnknown(status))
		return f
	}
	if got.DesiredCount == 0 {
		f.fail(fmt.Sprintf("set its desired count to %d or more, or find out who scaled it down, and verify again", want.MinimumTasks),
			"the service is scaled to zero")
	}
	judgeDeployments(got.Deployments, want, &f)
	if got.DesiredCount > 0 && int(got.RunningCount) < want.MinimumTasks {
		f.wait("%d of at least %s running (%d desired, %d pending)",
			got.RunningCount, count(want.MinimumTasks, "task"), got.DesiredCount, got.PendingCount)
	}
	return f
}

func judgeDeployments(deployments []types.Deployment, want outputs.Service, f *findings) {
	var current, requested *types.Deployment
	for i := range deployments {
		d := &deployments[i]
		switch {
		case text(d.Status) == primary:
			current = d
		case text(d.Status) == active:
			f.wait("another deployment is still ACTIVE: %s with %s", revision(text(d.TaskDefinition)), count(int(d.RunningCount), "running task"))
		}
		if text(d.TaskDefinition) == want.TaskDefinitionArn {
			requested = d
		}
	}
	switch {
	case current == nil:
		f.wait("no deployment is PRIMARY")
	case text(current.TaskDefinition) != want.TaskDefinitionArn:
		judgeReplaced(current, requested, want, f)
	default:
		judgePrimary(current, want, f)
	}
}

// judgeReplaced words a service whose PRIMARY deployment is not the requested
// one: ECS took it back, or somebody has deployed since.
func judgeReplaced(current, requested *types.Deployment, want outputs.Service, f *findings) {
	asked, runs := revision(want.TaskDefinitionArn), revision(text(current.TaskDefinition))
	reason := strings.ToLower(text(current.RolloutStateReason))
	failed := requested != nil && requested.RolloutState == types.DeploymentRolloutStateFailed
	if failed || strings.Contains(reason, "rolling back") || strings.Contains(reason, "rollback") {
		f.fail(fixAndDeploy(want), "ECS rolled %s back: the service runs %s again", asked, runs)
		return
	}
	f.fail("if nobody has deployed since, ECS rolled it back: read the events above and the logs in "+want.LogGroup,
		"the service runs %s, not the requested %s", runs, asked)
}

func judgePrimary(current *types.Deployment, want outputs.Service, f *findings) {
	switch state := current.RolloutState; state {
	case types.DeploymentRolloutStateCompleted:
	case types.DeploymentRolloutStateFailed:
		f.fail(fixAndDeploy(want), "the deployment of %s FAILED: %s", revision(want.TaskDefinitionArn), orUnknown(text(current.RolloutStateReason)))
	default:
		f.wait("the deployment of %s is %s", revision(want.TaskDefinitionArn), orUnknown(string(state)))
	}
	if current.FailedTasks > 0 {
		f.wait("%s in a row failed to start or to stay healthy", count(int(current.FailedTasks), "task"))
	}
}

// judgeDefinition returns the containers that hold the requested image. Other
// containers may run beside them, but none with another image of the same
// repository.
func judgeDefinition(got *types.TaskDefinition, want outputs.Service) ([]string, findings) {
	var f findings
	var names, others []string
	if got != nil {
		for _, container := range got.ContainerDefinitions {
			switch image := text(container.Image); {
			case image == want.Image():
				names = append(names, text(container.Name))
			case repository(image) == want.ImageRepository || len(got.ContainerDefinitions) == 1:
				others = append(others, text(container.Name)+" has "+image)
			}
		}
	}
	switch {
	case len(others) > 0:
		f.fail("deploy again by digest: this definition was not made for the requested image",
			"%s: %s instead of %s", revision(want.TaskDefinitionArn), strings.Join(others, ", "), want.Image())
	case len(names) == 0:
		f.fail("deploy again by digest: this definition was not made for the requested image",
			"%s: no container has %s", revision(want.TaskDefinitionArn), want.Image())
	}
	return names, f
}

// judgeTasks counts the tasks that run the requested image, and says what is
// wrong with each of the others that runs. Containers that are not in the task
// definition, such as the agent that GuardDuty adds, are none of its business.
func judgeTasks(tasks []types.Task, want outputs.Service, containers []string) (int, findings) {
	var f findings
	good := 0
	for _, task := range tasks {
		if text(task.LastStatus) != running {
			continue
		}
		before := len(f.causes)
		if is := text(task.TaskDefinitionArn); is != want.TaskDefinitionArn {
			f.wait("task %s runs %s", taskID(task), revision(is))
			continue
		}
		for _, name := range containers {
			judgeContainer(task, name, want, &f)
		}
		if len(f.causes) == before {
			good++
		}
	}
	if good < want.MinimumTasks {
		f.wait("%d of at least %s seen on the requested image", good, count(want.MinimumTasks, "running task"))
	}
	return good, f
}

func judgeContainer(task types.Task, name string, want outputs.Service, f *findings) {
	for _, container := range task.Containers {
		if text(container.Name) != name {
			continue
		}
		switch digest := text(container.ImageDigest); digest {
		case want.ImageDigest:
		case "":
			f.wait("task %s does not tell the digest of %s yet", taskID(task), name)
		default:
			f.fail("compare with the digest in the registry (an index of several platforms has another than the image in it), then deploy again",
				"task %s runs %s on %s, not on %s", taskID(task), name, short(digest), short(want.ImageDigest))
		}
		return
	}
	f.wait("task %s has no container %s", taskID(task), name)
}
