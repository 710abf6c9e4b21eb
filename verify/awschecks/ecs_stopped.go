package awschecks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/ecstask"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// stops maps what a stop reason or a task's last lines hold to what it means,
// the particular first. A final one fails at each next try of ECS as well.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
var stops = []struct {
	holds []string // any of these; parts joined by & must all be there
	means string
	final bool
	hint  string // the reason in hints that it is; empty: what the task says
}{
	{[]string{"exec format error", "match for platform", "matching platform", "detected host platform"},
		"the image is built for another processor than the task's", true, "exec format error"},
	{[]string{"cannotpullcontainer&not found", "cannotpullcontainer&manifest unknown", "cannotpullcontainer&does not exist"},
		"the image is missing in the registry", true, ""},
	{[]string{"cannotpullcontainer"}, "the image cannot be pulled", false, ""},
	{[]string{"outofmemory"}, "the task needs more memory than it has", false, ""},
	{[]string{"resourceinitialization"}, "the task cannot be prepared, as when a secret is unreadable", false, ""},
	{[]string{"health check"}, "the task does not become healthy", false, ""},
	{[]string{"essential"}, "the container ends by itself", false, ""},
}

// stoppedTask is a task that has stopped, and why.
type stoppedTask struct {
	id, definition string // definition as family:revision
	reason         string // what ECS says of the task and of the application's containers
	beside         string // what it says of sidecars, by their names
	at             time.Time
	streams        []logStream // of the containers that failed, or of all if none is known to
}

// describeStop explains why a task stopped. Only the application's containers explain it. What became of a sidecar, such
// as an agent that the account adds to each task, is told with the sidecar's name. Without the definition, nothing is known
// of logs.
func describeStop(task types.Task, definition *types.TaskDefinition, imageRepository string) stoppedTask {
	read := ecstask.Read(task, applicationContainers(task, definition, imageRepository)...)
	parts := []string{text.First(read.Cause(), string(task.StopCode))}
	for _, container := range read.Own {
		switch {
		case container.Reason != "":
			parts = append(parts, container.Name+": "+container.Reason)
		case container.Code > 0:
			parts = append(parts, fmt.Sprintf("%s exited with code %d", container.Name, container.Code))
		}
	}
	return stoppedTask{
		id: taskID(task), definition: Revision(aws.ToString(task.TaskDefinitionArn)), reason: strings.Join(parts, "; "), beside: read.Beside(),
		at: aws.ToTime(task.StoppedAt), streams: streams(task, definition),
	}
}

func (t stoppedTask) line() string {
	if t.beside == "" {
		return t.reason
	}
	return t.reason + " (another container, " + t.beside + ")"
}

// streams names the logs of the definition's containers that failed, or of all containers if none is known to have
// failed. A name is prefix/container/task, as the awslogs driver writes it. A container that was told to stop has not
// failed.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func streams(task types.Task, definition *types.TaskDefinition) []logStream {
	if definition == nil {
		return nil
	}
	var names []string
	for _, c := range definition.ContainerDefinitions {
		names = append(names, aws.ToString(c.Name))
	}
	ended := ecstask.Read(task, names...).Own
	failed := func(c ecstask.Container) bool { return c.Code > 0 && c.Code != ecstask.Terminated }
	oneFailed := slices.ContainsFunc(ended, failed)
	var found []logStream
	for i, c := range definition.ContainerDefinitions {
		if c.LogConfiguration == nil || oneFailed && !failed(ended[i]) {
			continue
		}
		options := c.LogConfiguration.Options
		if group, prefix := options["awslogs-group"], options["awslogs-stream-prefix"]; group != "" && prefix != "" {
			found = append(found, logStream{group, prefix + "/" + names[i] + "/" + taskID(task)})
		}
	}
	return found
}

// stopGroup is tasks that stopped for the same reason.
type stopGroup struct {
	reason string
	tasks  int
	last   stoppedTask
}

// stoppedTasks tells why tasks of the requested definition stopped, the commonest reason first, with the last lines of one
// of its tasks. It also evaluates the first reason that is known. Tasks that stopped before the deployment are left
// out. ECS keeps a stopped task for about an hour:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
func (c *identity) stoppedTasks(ctx context.Context, since time.Time) ([]string, check.Verdict) {
	tasks, err := c.tasks(ctx, c.want, types.DesiredStatusStopped)
	if err != nil {
		return []string{"stopped tasks could not be read: " + err.Error()}, check.Verdict{}
	}
	groups := c.group(tasks, since)
	var lines []string
	var why check.Verdict
	for i, g := range groups[:min(shownReasons, len(groups))] {
		lines = append(lines, fmt.Sprintf("stopped %s, last %s: %s", text.Count(g.tasks, "task"), text.Clock(&g.last.at), c.Hide.Foreign(g.last.line())))
		var said []string
		if i == 0 {
			said = c.lastLines(ctx, g.last)[0]
			lines = append(lines, said...)
		}
		if why.OK() {
			why = evaluateStop(g.reason, said)
		}
	}
	return lines, why
}

func (c *identity) group(tasks []types.Task, since time.Time) []*stopGroup {
	var groups []*stopGroup
	byReason := map[string]*stopGroup{}
	for _, task := range tasks {
		stop := describeStop(task, c.definition, c.want.ImageRepository)
		if aws.ToString(task.TaskDefinitionArn) != c.want.TaskDefinitionArn || stop.at.Before(since) && !stop.at.IsZero() {
			continue
		}
		reason := c.Hide.Foreign(stop.reason)
		g := byReason[reason]
		if g == nil {
			g = &stopGroup{reason: reason, last: stop}
			byReason[reason], groups = g, append(groups, g)
		}
		g.tasks++
		if stop.at.After(g.last.at) {
			g.last = stop
		}
	}
	slices.SortFunc(groups, func(a, b *stopGroup) int {
		return cmp.Or(cmp.Compare(b.tasks, a.tasks), b.last.at.Compare(a.last.at), cmp.Compare(a.reason, b.reason))
	})
	return groups
}

func evaluateStop(reason string, said []string) check.Verdict {
	var f check.Verdict
	all := strings.ToLower(reason + " " + strings.Join(said, " "))
	for _, stop := range stops {
		if !slices.ContainsFunc(stop.holds, func(parts string) bool { return holdsAll(all, strings.Split(parts, "&")) }) {
			continue
		}
		f.Pending("%s: %s", stop.means, reason)
		f.Final, f.Next = stop.final, Hint(text.First(stop.hint, all))
		break
	}
	return f
}

func holdsAll(text string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}
