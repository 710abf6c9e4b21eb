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

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
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

// started is when the requested definition's deployment began; the zero time if that is not the PRIMARY one.
func started(service types.Service, want outputs.Service) time.Time {
	for _, d := range service.Deployments {
		if aws.ToString(d.Status) == Primary && aws.ToString(d.TaskDefinition) == want.TaskDefinitionArn {
			return aws.ToTime(d.CreatedAt)
		}
	}
	return time.Time{}
}

// stopGroup is tasks that stopped for the same reason.
type stopGroup struct {
	reason string
	tasks  int
	last   types.Task
	words  string // of the last one
}

// stopped tells why tasks of the requested definition stopped, the commonest reason first, with the last lines of one
// of its tasks. It also evaluates the first reason that is known. Tasks that stopped before the deployment are left
// out. ECS keeps a stopped task for about an hour:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
func (c *identity) stopped(ctx context.Context, since time.Time) ([]string, check.Verdict) {
	tasks, err := c.list(ctx, types.DesiredStatusStopped)
	if err != nil {
		return []string{"stopped tasks could not be read: " + err.Error()}, check.Verdict{}
	}
	groups := c.group(tasks, since)
	var lines []string
	var why check.Verdict
	for i, g := range groups[:min(shownReasons, len(groups))] {
		lines = append(lines, fmt.Sprintf("stopped %s, last %s: %s", text.Count(g.tasks, "task"), text.Clock(g.last.StoppedAt), g.words))
		var said []string
		if i == 0 {
			said = c.lastLines(ctx, g.last)
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
		if aws.ToString(task.TaskDefinitionArn) != c.want.TaskDefinitionArn || aws.ToTime(task.StoppedAt).Before(since) && !aws.ToTime(task.StoppedAt).IsZero() {
			continue
		}
		why := stopOf(task, applicationContainers(task, c.definition, c.want.ImageRepository))
		reason := c.hide.Foreign(why.reason)
		if byReason[reason] == nil {
			byReason[reason] = &stopGroup{reason: reason}
			groups = append(groups, byReason[reason])
		}
		g := byReason[reason]
		g.tasks++
		if g.tasks == 1 || aws.ToTime(task.StoppedAt).After(aws.ToTime(g.last.StoppedAt)) {
			g.last, g.words = task, c.hide.Foreign(why.line())
		}
	}
	slices.SortFunc(groups, func(a, b *stopGroup) int {
		return cmp.Or(cmp.Compare(b.tasks, a.tasks), aws.ToTime(b.last.StoppedAt).Compare(aws.ToTime(a.last.StoppedAt)), cmp.Compare(a.reason, b.reason))
	})
	return groups
}

// lastLines are what a task wrote before it stopped.
func (c *identity) lastLines(ctx context.Context, task types.Task) []string {
	if c.logs == nil {
		return nil
	}
	return Sources{Logs: c.logs, Hide: c.hide}.lastLines(ctx, []StoppedTask{{Streams: streams(task, c.definition)}})[0]
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
