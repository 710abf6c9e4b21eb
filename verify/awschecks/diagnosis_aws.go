package awschecks

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/flowcomply/infrastructure/internal/ecstask"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// DiagnosisClients are the AWS clients a diagnosis reads with: those of ecs,
// elasticloadbalancingv2, cloudwatchlogs, applicationautoscaling and cloudwatch.
// One that is nil leaves its part out.
type DiagnosisClients struct {
	Tasks     StoppedTaskReader
	Balancers BalancerReader
	Logs      LogReader
	Scaling   ScalingReader
	Metrics   MetricReader
}

// BalancerReader tells the health of targets; *elasticloadbalancingv2.Client is one.
type BalancerReader interface {
	DescribeTargetHealth(
		context.Context, *elasticloadbalancingv2.DescribeTargetHealthInput, ...func(*elasticloadbalancingv2.Options),
	) (*elasticloadbalancingv2.DescribeTargetHealthOutput, error)
}

// ScalingReader tells what auto-scaling did; *applicationautoscaling.Client is one.
type ScalingReader interface {
	DescribeScalingActivities(
		context.Context, *applicationautoscaling.DescribeScalingActivitiesInput, ...func(*applicationautoscaling.Options),
	) (*applicationautoscaling.DescribeScalingActivitiesOutput, error)
}

// StoppedTaskReader reads tasks and where they wrote their logs; *ecs.Client is one.
type StoppedTaskReader interface {
	TaskReader
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
}

// NewSources makes the sources of a diagnosis from AWS clients.
func NewSources(clients DiagnosisClients, hide *check.Redactor) Sources {
	adapter := awsSources{clients}
	sources := Sources{Hide: hide}
	if clients.Balancers != nil {
		sources.Targets = adapter
	}
	if clients.Tasks != nil {
		sources.Stopped = adapter
	}
	if clients.Logs != nil {
		sources.Logs = adapter
	}
	if clients.Scaling != nil {
		sources.Scaling = adapter
	}
	if clients.Metrics != nil {
		sources.Connections = adapter
	}
	return sources
}

type awsSources struct{ DiagnosisClients }

func (a awsSources) TargetHealth(ctx context.Context, targetGroupArn string) ([]TargetState, error) {
	out, err := a.Balancers.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &targetGroupArn})
	if err != nil {
		return nil, Explain(err)
	}
	states := make([]TargetState, 0, len(out.TargetHealthDescriptions))
	for _, d := range out.TargetHealthDescriptions {
		state := TargetState{}
		if d.Target != nil {
			state.Target = aws.ToString(d.Target.Id)
			if d.Target.Port != nil {
				state.Target += ":" + strconv.Itoa(int(*d.Target.Port))
			}
		}
		if h := d.TargetHealth; h != nil {
			state.State, state.Reason, state.Description = string(h.State), string(h.Reason), aws.ToString(h.Description)
		}
		states = append(states, state)
	}
	return states, nil
}

func (a awsSources) StoppedTasks(ctx context.Context, clusterArn string, service outputs.Service) ([]StoppedTask, error) {
	// The same reading as identity's, of tasks of any definition.
	reader := &identity{cluster: clusterArn, want: service, tasks: a.Tasks}
	tasks, err := reader.list(ctx, types.DesiredStatusStopped)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(tasks, func(a, b types.Task) int { return aws.ToTime(b.StoppedAt).Compare(aws.ToTime(a.StoppedAt)) })
	definitions := map[string]*types.TaskDefinition{}
	stopped := make([]StoppedTask, 0, len(tasks))
	for i, task := range tasks {
		arn := aws.ToString(task.TaskDefinitionArn)
		if _, known := definitions[arn]; !known && i < shownStopped { // logs are shown of the newest only
			definitions[arn] = nil
			out, err := a.Tasks.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &arn})
			if err == nil { // without it the reason still helps
				definitions[arn] = out.TaskDefinition
			}
		}
		why := stopOf(task, applicationContainers(task, definitions[arn], service.ImageRepository))
		stopped = append(stopped, StoppedTask{
			ID: taskID(task), Definition: Revision(arn), Reason: why.reason, Beside: why.beside,
			Stopped: aws.ToTime(task.StoppedAt), Streams: streams(task, definitions[arn]),
		})
	}
	return stopped, nil
}

// streams names the logs of the definition's containers that failed, or of all containers if none is known to have
// failed. A name is prefix/container/task, as the awslogs driver writes it. A container that was told to stop has not
// failed.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func streams(task types.Task, definition *types.TaskDefinition) []LogStream {
	if definition == nil {
		return nil
	}
	names := make([]string, 0, len(definition.ContainerDefinitions))
	for _, c := range definition.ContainerDefinitions {
		names = append(names, aws.ToString(c.Name))
	}
	failed := map[string]bool{}
	for _, c := range ecstask.Read(task, names...).Own {
		if c.Code > 0 && c.Code != ecstask.Terminated {
			failed[c.Name] = true
		}
	}
	var found []LogStream
	for _, c := range definition.ContainerDefinitions {
		if c.LogConfiguration == nil || len(failed) > 0 && !failed[aws.ToString(c.Name)] {
			continue
		}
		options := c.LogConfiguration.Options
		if group, prefix := options["awslogs-group"], options["awslogs-stream-prefix"]; group != "" && prefix != "" {
			found = append(found, LogStream{Group: group, Name: prefix + "/" + aws.ToString(c.Name) + "/" + taskID(task)})
		}
	}
	return found
}

func (a awsSources) ScalingActivities(ctx context.Context, clusterName, service string, limit int) ([]ScalingActivity, error) {
	out, err := a.Scaling.DescribeScalingActivities(ctx, &applicationautoscaling.DescribeScalingActivitiesInput{
		ServiceNamespace: scaling.ServiceNamespaceEcs, ResourceId: aws.String("service/" + clusterName + "/" + service),
		MaxResults: aws.Int32(int32(limit)),
	})
	if err != nil {
		return nil, Explain(err)
	}
	found := make([]ScalingActivity, 0, len(out.ScalingActivities))
	for _, s := range out.ScalingActivities {
		found = append(found, ScalingActivity{
			Started: aws.ToTime(s.StartTime), Status: string(s.StatusCode), Description: aws.ToString(s.Description),
			Cause: aws.ToString(s.Cause), Words: aws.ToString(s.StatusMessage),
		})
	}
	return found, nil
}
