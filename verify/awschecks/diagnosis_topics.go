package awschecks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metrics "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	shownStopped = 3 // tasks; the newest say why
	shownLines   = 5 // the last of a stopped task's log, and of errors
	shownScaling = 3
	shownWidth   = 400 // characters of a line
	// logPages bounds how many pages of errors are read: FilterLogEvents gives the oldest first, and a service in trouble can
	// write very many.
	logPages = 10
)

//runbook:trouble.high#2 shows each target's health and reason.
func (s Stack) targets(ctx context.Context, service outputs.Service) (lines []string, next string, err error) {
	states, err := s.targetHealth(ctx, service.TargetGroupArn)
	if err != nil {
		return nil, "", err
	}
	healthy, lines, next := describeTargets(states)
	lines = append([]string{fmt.Sprintf("%d of %s healthy", healthy, text.Count(len(states), "target"))}, lines...)
	if len(states) == 0 {
		next = "no task is registered: read stopped tasks below and the service's events in identity"
	}
	return lines, next, nil
}

// stopped shows why tasks stopped, of any definition. It leaves out tasks that a deployment or scaling ended: those are
// meant to stop.
//
//runbook:trouble.service#2 shows why tasks stopped.
func (s Stack) stopped(ctx context.Context, service outputs.Service) (lines []string, next string, err error) {
	tasks, err := s.tasks(ctx, service, types.DesiredStatusStopped)
	if err != nil {
		return nil, "", err
	}
	all := len(tasks)
	tasks = slices.DeleteFunc(tasks, func(t types.Task) bool {
		return strings.Contains(aws.ToString(t.StoppedReason), "Scaling activity initiated by")
	})
	if replaced := all - len(tasks); replaced > 0 {
		lines = append(lines, text.Count(replaced, "task")+" ended by a deployment or by scaling")
	}
	if len(tasks) == 0 {
		return append(lines, "no task stopped by itself in the last hour"), "", nil
	}
	lines = append(lines, text.Count(len(tasks), "task")+" stopped in the last hour")
	slices.SortStableFunc(tasks, func(a, b types.Task) int { return aws.ToTime(b.StoppedAt).Compare(aws.ToTime(a.StoppedAt)) })
	shown := s.describeStops(ctx, tasks[:min(shownStopped, len(tasks))], service)
	logs := s.lastLines(ctx, shown...)
	for i, t := range shown {
		lines = append(lines, fmt.Sprintf("%s %s of %s: %s", text.Clock(&t.at), t.id, t.definition, s.line(t.line())))
		lines = append(lines, logs[i]...)
		next = text.First(next, Hint(t.reason+" "+strings.Join(logs[i], " ")))
	}
	return lines, next, nil
}

// describeStops reads each task's definition. Without it, the reason still helps.
func (s Stack) describeStops(ctx context.Context, tasks []types.Task, service outputs.Service) []stoppedTask {
	definitions := map[string]*types.TaskDefinition{}
	stopped := make([]stoppedTask, len(tasks))
	for i, task := range tasks {
		arn := aws.ToString(task.TaskDefinitionArn)
		if _, known := definitions[arn]; !known {
			definitions[arn], _ = s.taskDefinition(ctx, arn)
		}
		stopped[i] = describeStop(task, definitions[arn], service.ImageRepository)
	}
	return stopped
}

// lastLines reads the tasks' logs side by side.
//
//runbook:trouble.service#3 shows what they wrote last.
func (s Stack) lastLines(ctx context.Context, tasks ...stoppedTask) [][]string {
	logs := make([][]string, len(tasks))
	if s.Logs == nil {
		return logs
	}
	var group sync.WaitGroup
	for i, task := range tasks {
		group.Go(func() {
			for _, stream := range task.streams {
				written, err := s.logEnd(ctx, stream)
				if err != nil {
					logs[i] = append(logs[i], fmt.Sprintf("  its log %s could not be read: %v", stream.name, err))
				}
				for _, line := range written {
					logs[i] = append(logs[i], "  log: "+s.line(line))
				}
			}
		})
	}
	group.Wait()
	return logs
}

//runbook:trouble.high#3 shows the last errors of the log.
func (s Stack) errors(ctx context.Context, service outputs.Service, since time.Time) (lines []string, next string, err error) {
	events, _, err := s.filterLog(ctx, service.LogGroup, s.ErrorPattern, since, logPages)
	if err != nil {
		return nil, "", explainLog(err)
	}
	if len(events) == 0 {
		return []string{fmt.Sprintf("no error in %s since %s", service.LogGroup, text.Clock(&since))}, "", nil
	}
	for _, event := range events[max(0, len(events)-shownLines):] {
		lines = append(lines, text.Clock(&event.at)+" "+s.line(event.message))
	}
	return lines, "read what came before: aws logs tail " + service.LogGroup + " --since 30m", nil
}

// line makes a log event fit to be shown: without credentials, then cut.
func (s Stack) line(message string) string {
	return oneLine(s.Hide.Foreign(strings.ToValidUTF8(message, "?")), shownWidth)
}

//runbook:trouble.slow#3 shows what auto-scaling did.
func (s Stack) scaling(ctx context.Context, service outputs.Service) (lines []string, next string, err error) {
	out, err := s.Scaling.DescribeScalingActivities(ctx, &applicationautoscaling.DescribeScalingActivitiesInput{
		ServiceNamespace: scaling.ServiceNamespaceEcs, ResourceId: aws.String("service/" + s.ClusterName + "/" + service.ServiceName),
		MaxResults: aws.Int32(shownScaling),
	})
	if err != nil {
		return nil, "", Explain(err)
	}
	if len(out.ScalingActivities) == 0 {
		return []string{"no scaling activity"}, "", nil
	}
	for _, a := range out.ScalingActivities[:min(shownScaling, len(out.ScalingActivities))] {
		line := fmt.Sprintf("%s %s: %s", text.Clock(a.StartTime), text.OrUnknown(string(a.StatusCode)), aws.ToString(a.Description))
		for _, more := range []*string{a.Cause, a.StatusMessage} {
			if aws.ToString(more) != "" {
				line += "; " + *more
			}
		}
		lines = append(lines, line)
		if a.StatusCode == scaling.ScalingActivityStatusCodeFailed {
			next = text.First(next, "auto-scaling cannot change the service: read why above, then raise the task count by hand if load asks for it")
		}
	}
	return lines, next, nil
}

// connections reads one CloudWatch series for each store. A replication group's first node ends in -001, whichever node
// is the primary. It is enough to tell whether anybody is connected.
//
//runbook:trouble.high#4 shows the connections to database and cache.
func (s Stack) connections(ctx context.Context, since time.Time) (lines []string, next string, err error) {
	node := s.CacheID + "-001"
	stores := []struct{ name, namespace, metric, dimension, id string }{
		{"database " + s.DatabaseIdentifier, "AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", s.DatabaseIdentifier},
		{"cache " + node, "AWS/ElastiCache", "CurrConnections", "CacheClusterId", node},
	}
	input := &cloudwatch.GetMetricDataInput{StartTime: &since, EndTime: aws.Time(time.Now()), ScanBy: metrics.ScanByTimestampDescending}
	for i, store := range stores {
		metric := outputs.Metric{Namespace: store.namespace, Name: store.metric, Dimensions: map[string]string{store.dimension: store.id}}
		input.MetricDataQueries = append(input.MetricDataQueries, metricQuery(fmt.Sprintf("s%d", i), metric, "Maximum", 60))
	}
	out, err := s.Metrics.GetMetricData(ctx, input) // 30 points a series: one page
	if err != nil {
		return nil, "", Explain(err)
	}
	for i, store := range stores {
		line, hint := "no count reported since "+text.Clock(&since), "a store that reports nothing may be down: check its state"
		for _, result := range out.MetricDataResults {
			if aws.ToString(result.Id) == fmt.Sprintf("s%d", i) && len(result.Values) > 0 && len(result.Timestamps) == len(result.Values) {
				line, hint = describeConnections(result)
			}
		}
		lines = append(lines, store.name+": "+line)
		next = text.First(next, hint)
	}
	return lines, next, nil
}

// describeConnections gives the latest count and the highest.
func describeConnections(counts metrics.MetricDataResult) (line, next string) {
	at := slices.MaxFunc(counts.Timestamps, time.Time.Compare)
	latest := counts.Values[slices.Index(counts.Timestamps, at)]
	number := fmt.Sprintf("%g", latest)
	if latest == 0 {
		number, next = "no connection", "no task is connected: check the store's state, the security groups and the secret with its address"
	}
	peak := slices.Max(counts.Values)
	return fmt.Sprintf("%s at %s, at most %g in %g minutes", number, text.Clock(&at), peak, diagnosisWindow.Minutes()), next
}
