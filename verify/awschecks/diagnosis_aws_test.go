package awschecks

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// fakeAccount answers what a diagnosis asks beside ECS. It proves what is asked
// and read, not that AWS answers so.
type fakeAccount struct {
	pages    [][]string // of errors
	noLog    bool
	requests []string
}

func (f *fakeAccount) DescribeTargetHealth(_ context.Context, in *elasticloadbalancingv2.DescribeTargetHealthInput, _ ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DescribeTargetHealthOutput, error) {
	f.requests = append(f.requests, *in.TargetGroupArn)
	return &elasticloadbalancingv2.DescribeTargetHealthOutput{TargetHealthDescriptions: []elbtypes.TargetHealthDescription{{
		Target: &elbtypes.TargetDescription{Id: aws.String("10.0.1.8"), Port: aws.Int32(3001)},
		TargetHealth: &elbtypes.TargetHealth{
			State: elbtypes.TargetHealthStateEnumUnhealthy, Reason: elbtypes.TargetHealthReasonEnumTimeout, Description: aws.String("Request timed out"),
		},
	}, {}}}, nil
}

func (f *fakeAccount) FilterLogEvents(_ context.Context, in *cloudwatchlogs.FilterLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	if f.noLog {
		return nil, &logstypes.ResourceNotFoundException{}
	}
	number := 0
	if in.NextToken != nil {
		_, _ = fmt.Sscan(*in.NextToken, &number)
	}
	f.requests = append(f.requests, fmt.Sprint(*in.LogGroupName, " ", *in.FilterPattern, " ", *in.StartTime, " page ", number))
	out := &cloudwatchlogs.FilterLogEventsOutput{}
	for _, message := range f.pages[number] {
		out.Events = append(out.Events, logstypes.FilteredLogEvent{Message: aws.String(message), Timestamp: aws.Int64(fakeaws.Noon.UnixMilli())})
	}
	if number+1 < len(f.pages) {
		out.NextToken = aws.String(fmt.Sprint(number + 1))
	}
	return out, nil
}

func (f *fakeAccount) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	f.requests = append(f.requests, fmt.Sprint(*in.LogGroupName, " ", *in.LogStreamName, " ", *in.Limit, " ", *in.StartFromHead))
	return &cloudwatchlogs.GetLogEventsOutput{Events: []logstypes.OutputLogEvent{{Message: aws.String("bye"), Timestamp: aws.Int64(fakeaws.Noon.UnixMilli())}}}, nil
}

func (f *fakeAccount) DescribeScalingActivities(_ context.Context, in *applicationautoscaling.DescribeScalingActivitiesInput, _ ...func(*applicationautoscaling.Options)) (*applicationautoscaling.DescribeScalingActivitiesOutput, error) {
	f.requests = append(f.requests, fmt.Sprint(*in.ResourceId, " ", in.ServiceNamespace, " ", *in.MaxResults))
	return &applicationautoscaling.DescribeScalingActivitiesOutput{ScalingActivities: []scalingtypes.ScalingActivity{{
		StartTime: &fakeaws.Noon, StatusCode: scalingtypes.ScalingActivityStatusCodeSuccessful, Description: aws.String("to 4"), Cause: aws.String("cpu"), StatusMessage: aws.String("done"),
	}}}, nil
}

func (f *fakeAccount) GetMetricData(_ context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	for _, q := range in.MetricDataQueries {
		m := q.MetricStat.Metric
		f.requests = append(f.requests, fmt.Sprint(*m.Namespace, " ", *m.MetricName, " ", *m.Dimensions[0].Name, "=", *m.Dimensions[0].Value))
	}
	return &cloudwatch.GetMetricDataOutput{MetricDataResults: []cloudwatchtypes.MetricDataResult{
		{Id: aws.String("s0"), Timestamps: []time.Time{fakeaws.Noon, fakeaws.Noon.Add(-time.Minute)}, Values: []float64{3, 9}}, {Id: aws.String("s1")},
	}}, nil
}

func sourcesOf(f *fakeAccount, tasks *fakeaws.ECS) Sources {
	return NewSources(DiagnosisClients{Tasks: tasks, Balancers: f, Logs: f, Scaling: f, Metrics: f}, nil)
}

func TestNewSources_ReadsTheAccount(t *testing.T) {
	f := &fakeAccount{}
	s := sourcesOf(f, fakeaws.Healthy())
	states, err := s.Targets.TargetHealth(t.Context(), "arn:tg")
	require.NoError(t, err)
	assert.Equal(t, []TargetState{{"10.0.1.8:3001", "unhealthy", "Target.Timeout", "Request timed out"}, {}}, states)
	activities, err := s.Scaling.ScalingActivities(t.Context(), "c", "s", 3)
	require.NoError(t, err)
	assert.Equal(t, []ScalingActivity{{fakeaws.Noon, "Successful", "to 4", "cpu", "done"}}, activities)
	counts, err := s.Connections.Connections(t.Context(), "db", "cache", fakeaws.Noon)
	require.NoError(t, err)
	assert.Equal(t, []ConnectionCount{{"database db", 3, 9, fakeaws.Noon}, {Store: "cache cache-001"}}, counts)
	lines, err := s.Logs.LastLines(t.Context(), LogStream{"g", "n"}, 5)
	require.NoError(t, err)
	assert.Equal(t, "bye", lines[0].Message)
	assert.Equal(t, []string{
		"arn:tg", "service/c/s ecs 3", "AWS/RDS DatabaseConnections DBInstanceIdentifier=db", "AWS/ElastiCache CurrConnections CacheClusterId=cache-001", "g n 5 false",
	}, f.requests)
	assert.Equal(t, Sources{}, NewSources(DiagnosisClients{}, nil))
}

func TestNewSources_LastErrorsAreTheLast(t *testing.T) {
	f := &fakeAccount{pages: [][]string{{"1", "2"}, {}, {"3", "4"}}}
	lines, err := sourcesOf(f, fakeaws.Healthy()).Logs.LastErrors(t.Context(), "g", "ERROR", fakeaws.Noon, 3)
	require.NoError(t, err)
	require.Len(t, lines, 3)
	assert.Equal(t, []string{"2", "3", "4"}, []string{lines[0].Message, lines[1].Message, lines[2].Message})
	assert.Len(t, f.requests, 3)
	_, err = sourcesOf(&fakeAccount{noLog: true}, fakeaws.Healthy()).Logs.LastErrors(t.Context(), "g", "ERROR", fakeaws.Noon, 3)
	assert.EqualError(t, err, "it does not exist: nothing was ever written")
}

func TestNewSources_StoppedTasksAndWhereTheyWrote(t *testing.T) {
	f := fakeaws.Healthy()
	f.Definition.ContainerDefinitions[0].LogConfiguration = &types.LogConfiguration{Options: map[string]string{
		"awslogs-group": "/ecs/flowcomply-backend", "awslogs-stream-prefix": "ecs",
	}}
	gone := fakeaws.Task("a9", fakeaws.Requested, fakeaws.Digest)
	gone.StopCode, gone.StoppedReason, gone.StoppedAt = types.TaskStopCodeEssentialContainerExited, aws.String("Essential container in task exited"), &fakeaws.Noon
	gone.Containers[0].ExitCode = aws.Int32(1)
	f.Stopped = []types.Task{gone}
	got, err := sourcesOf(&fakeAccount{}, f).Stopped.StoppedTasks(t.Context(), fakeaws.Cluster, fakeaws.Wanted)
	require.NoError(t, err)
	assert.Equal(t, []StoppedTask{{
		ID: "a9", Definition: "flowcomply-backend:42", Stopped: fakeaws.Noon,
		Reason:  "EssentialContainerExited: Essential container in task exited; backend exited with code 1",
		Streams: []LogStream{{"/ecs/flowcomply-backend", "ecs/backend/a9"}},
	}}, got)
}
