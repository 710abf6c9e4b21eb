package awschecks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	shownEvents  = 5 // ECS keeps 100; the newest say why
	shownReasons = 5
)

// Words of ECS for the state of a service, a deployment or a task.
const (
	Primary = "PRIMARY"
	Active  = "ACTIVE"
	running = "RUNNING"
)

// primary is the deployment that a service is to run; an empty one where there is none.
func primary(service types.Service) types.Deployment {
	for _, d := range service.Deployments {
		if aws.ToString(d.Status) == Primary {
			return d
		}
	}
	return types.Deployment{}
}

// started is when the requested definition's deployment began; the zero time if that is not the PRIMARY one.
func started(service types.Service, want outputs.Service) time.Time {
	if d := primary(service); aws.ToString(d.TaskDefinition) == want.TaskDefinitionArn {
		return aws.ToTime(d.CreatedAt)
	}
	return time.Time{}
}

// evaluateService compares what ECS says of the service with what was asked for. In an update a service without tasks is
// waited for.
func evaluateService(got types.Service, want outputs.Service, inUpdate bool) check.Verdict {
	var f check.Verdict
	if status := aws.ToString(got.Status); status != Active {
		f.Fail("deploy again: a deleted service does not come back", "the service is %s", text.OrUnknown(status))
		return f
	}
	switch {
	case got.DesiredCount == 0 && inUpdate:
		f.Pending("the service is scaled to zero, and autoscaling has not brought it back yet")
	case got.DesiredCount == 0:
		f.Fail(fmt.Sprintf("set its desired count to %d or more, or find out who scaled it down, and verify again", want.MinimumTasks),
			"the service is scaled to zero")
	}
	evaluateDeployments(got, want, &f)
	if got.DesiredCount > 0 && int(got.RunningCount) < want.MinimumTasks {
		f.Pending("%d of at least %s running (%d desired, %d pending)",
			got.RunningCount, text.Count(want.MinimumTasks, "task"), got.DesiredCount, got.PendingCount)
		evaluatePlacement(got, &f)
	}
	return f
}

// evaluatePlacement tells why no task starts, where ECS's last word on that is that it cannot place one: no task stops then, and
// no deployment fails.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
func evaluatePlacement(got types.Service, f *check.Verdict) {
	for _, event := range newestFirst(got.Events) {
		switch said := aws.ToString(event.Message); {
		case strings.Contains(said, "has started"), strings.Contains(said, "has reached a steady state"):
			return
		case strings.Contains(said, "unable to place a task"):
			f.Pending("ECS cannot place a task: %s", said)
			f.Next = text.First(Hint(said), f.Next)
			return
		}
	}
}

func evaluateDeployments(got types.Service, want outputs.Service, f *check.Verdict) {
	requestFailed := false
	for _, d := range got.Deployments {
		if aws.ToString(d.Status) == Active {
			f.Pending("another deployment is still ACTIVE: %s with %s", Revision(aws.ToString(d.TaskDefinition)), text.Count(int(d.RunningCount), "running task"))
		}
		if aws.ToString(d.TaskDefinition) == want.TaskDefinitionArn {
			requestFailed = d.RolloutState == types.DeploymentRolloutStateFailed
		}
	}
	switch current := primary(got); {
	case aws.ToString(current.Status) != Primary:
		f.Pending("no deployment is PRIMARY")
	case aws.ToString(current.TaskDefinition) != want.TaskDefinitionArn:
		evaluateReplaced(current, requestFailed, want, f)
	default:
		evaluatePrimary(current, want, f)
	}
}

// evaluateReplaced explains a service whose PRIMARY deployment is not the requested one: ECS rolled it back, or
// somebody has deployed since.
func evaluateReplaced(current types.Deployment, requestFailed bool, want outputs.Service, f *check.Verdict) {
	wantRevision, runs := Revision(want.TaskDefinitionArn), Revision(aws.ToString(current.TaskDefinition))
	reason := strings.ToLower(aws.ToString(current.RolloutStateReason))
	if requestFailed || strings.Contains(reason, "rolling back") || strings.Contains(reason, "rollback") {
		f.Fail(fixAndDeploy(want), "ECS rolled %s back: the service runs %s again", wantRevision, runs)
		return
	}
	f.Fail("if nobody has deployed since, ECS rolled it back: read the events above and the logs in "+want.LogGroup,
		"the service runs %s, not the requested %s", runs, wantRevision)
}

func evaluatePrimary(current types.Deployment, want outputs.Service, f *check.Verdict) {
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
	for _, container := range got.ContainerDefinitions {
		switch image := aws.ToString(container.Image); {
		case image == want.Image():
			names = append(names, aws.ToString(container.Name))
		case repository(image) == want.ImageRepository || len(got.ContainerDefinitions) == 1:
			others = append(others, aws.ToString(container.Name)+" has "+image)
		}
	}
	wrong := ""
	switch {
	case len(others) > 0:
		wrong = strings.Join(others, ", ") + " instead of " + want.Image()
	case len(names) == 0:
		wrong = "no container has " + want.Image()
	}
	if wrong != "" {
		f.Fail("deploy again by digest: this definition was not made for the requested image", "%s: %s", Revision(want.TaskDefinitionArn), wrong)
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
	i := slices.IndexFunc(task.Containers, func(c types.Container) bool { return aws.ToString(c.Name) == name })
	if i < 0 {
		f.Pending("task %s has no container %s", taskID(task), name)
		return
	}
	switch digest := aws.ToString(task.Containers[i].ImageDigest); digest {
	case want.ImageDigest:
	case "":
		f.Pending("task %s does not tell the digest of %s yet", taskID(task), name)
	default:
		f.Fail("compare with the digest in the registry (an index of several platforms has another than the image in it), then deploy again",
			"task %s runs %s on %s, not on %s", taskID(task), name, outputs.ShortDigest(digest), outputs.ShortDigest(want.ImageDigest))
	}
}

// History tells what ECS itself noted: each deployment and the last events.
func History(service types.Service) []string {
	var lines []string
	for _, d := range service.Deployments {
		lines = append(lines, fmt.Sprintf("deployment %s %s %s: %d desired, %d running, %d failed; %s",
			Revision(aws.ToString(d.TaskDefinition)), text.OrUnknown(aws.ToString(d.Status)), text.OrUnknown(string(d.RolloutState)),
			d.DesiredCount, d.RunningCount, d.FailedTasks, text.OrUnknown(aws.ToString(d.RolloutStateReason))))
	}
	events := newestFirst(service.Events)
	for _, event := range events[:min(shownEvents, len(events))] {
		lines = append(lines, fmt.Sprintf("event %s %s", text.Clock(event.CreatedAt), aws.ToString(event.Message)))
	}
	return lines
}

func newestFirst(events []types.ServiceEvent) []types.ServiceEvent {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b types.ServiceEvent) int { return aws.ToTime(b.CreatedAt).Compare(aws.ToTime(a.CreatedAt)) })
	return events
}

func fixAndDeploy(want outputs.Service) string {
	return "find the cause in the events and stopped tasks above and the logs in " + want.LogGroup + ", then deploy a version that holds the cure"
}

// Revision is the end of a task definition's ARN, such as flowcomply-backend:42.
func Revision(arn string) string {
	if _, name, ok := strings.Cut(arn, ":task-definition/"); ok {
		return name
	}
	return text.OrUnknown(arn)
}

func taskID(task types.Task) string {
	arn := aws.ToString(task.TaskArn)
	return arn[strings.LastIndex(arn, "/")+1:]
}
