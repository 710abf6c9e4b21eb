package awschecks

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// fakeAccount answers what a diagnosis asks, for every service alike. It proves what is asked and read, not that AWS
// answers so.
type fakeAccount struct {
	*fakeaws.ECS

	targets  []elbtypes.TargetHealthDescription
	pages    [][]string // of errors
	noLog    bool
	wrote    []string // by every container
	scaling  []scalingtypes.ScalingActivity
	counts   [2][]float64 // of database and cache, the latest first, a minute apart
	err      error        // of everything
	hang     bool
	requests []string
}

func (f *fakeAccount) clients() Clients {
	if f.ECS == nil {
		f.ECS = fakeaws.Healthy()
	}
	return Clients{ECS: f, Balancers: f, Logs: f, Scaling: f, Metrics: f}
}

func (f *fakeAccount) asked(ctx context.Context, what ...any) error {
	f.requests = append(f.requests, fmt.Sprint(what...))
	return f.wait(ctx)
}

func (f *fakeAccount) wait(ctx context.Context) error {
	if f.hang {
		<-ctx.Done()
		time.Sleep(time.Hour) // deaf to its context; on synctest's clock
	}
	return f.err
}

// target is one that the load balancer has something to say about.
func target(t targetState) elbtypes.TargetHealthDescription {
	return elbtypes.TargetHealthDescription{
		Target: &elbtypes.TargetDescription{Id: &t.target},
		TargetHealth: &elbtypes.TargetHealth{
			State: elbtypes.TargetHealthStateEnum(t.state), Reason: elbtypes.TargetHealthReasonEnum(t.reason), Description: &t.description,
		},
	}
}

func (f *fakeAccount) ListTasks(ctx context.Context, in *ecs.ListTasksInput, options ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	return f.ECS.ListTasks(ctx, in, options...)
}

func (f *fakeAccount) DescribeTargetHealth(ctx context.Context, in *elasticloadbalancingv2.DescribeTargetHealthInput, _ ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DescribeTargetHealthOutput, error) {
	err := f.asked(ctx, *in.TargetGroupArn)
	return &elasticloadbalancingv2.DescribeTargetHealthOutput{TargetHealthDescriptions: f.targets}, err
}

func (f *fakeAccount) FilterLogEvents(ctx context.Context, in *cloudwatchlogs.FilterLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	if f.noLog {
		return nil, &logstypes.ResourceNotFoundException{}
	}
	number := 0
	if in.NextToken != nil {
		_, _ = fmt.Sscan(*in.NextToken, &number)
	}
	err := f.asked(ctx, *in.LogGroupName, " ", *in.FilterPattern, " ", *in.StartTime, " page ", number)
	out := &cloudwatchlogs.FilterLogEventsOutput{}
	if number < len(f.pages) {
		for _, message := range f.pages[number] {
			out.Events = append(out.Events, logstypes.FilteredLogEvent{Message: aws.String(message), Timestamp: aws.Int64(fakeaws.Noon.UnixMilli())})
		}
	}
	if number+1 < len(f.pages) {
		out.NextToken = aws.String(fmt.Sprint(number + 1))
	}
	return out, err
}

func (f *fakeAccount) GetLogEvents(ctx context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	err := f.asked(ctx, *in.LogGroupName, " ", *in.LogStreamName, " ", *in.Limit, " ", *in.StartFromHead)
	out := &cloudwatchlogs.GetLogEventsOutput{}
	for _, message := range f.wrote {
		out.Events = append(out.Events, logstypes.OutputLogEvent{Message: &message, Timestamp: aws.Int64(fakeaws.Noon.UnixMilli())})
	}
	return out, err
}

func (f *fakeAccount) DescribeScalingActivities(ctx context.Context, in *applicationautoscaling.DescribeScalingActivitiesInput, _ ...func(*applicationautoscaling.Options)) (*applicationautoscaling.DescribeScalingActivitiesOutput, error) {
	err := f.asked(ctx, *in.ResourceId, " ", in.ServiceNamespace, " ", *in.MaxResults)
	return &applicationautoscaling.DescribeScalingActivitiesOutput{ScalingActivities: f.scaling}, err
}

func (f *fakeAccount) GetMetricData(ctx context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	out := &cloudwatch.GetMetricDataOutput{}
	for i, q := range in.MetricDataQueries {
		m := q.MetricStat.Metric
		f.requests = append(f.requests, fmt.Sprint(*m.Namespace, " ", *m.MetricName, " ", *m.Dimensions[0].Name, "=", *m.Dimensions[0].Value))
		result := cloudwatchtypes.MetricDataResult{Id: q.Id, Values: f.counts[i]}
		for k := range f.counts[i] {
			result.Timestamps = append(result.Timestamps, fakeaws.Noon.Add(-time.Duration(k)*time.Minute))
		}
		out.MetricDataResults = append(out.MetricDataResults, result)
	}
	return out, f.wait(ctx)
}
