package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// startedBy marks our tasks, so that one that an interrupted run left is found; 36 characters at most.
const startedBy = "flowcomply-migration"

// tasks is what is asked of ECS.
type tasks interface {
	RunTask(context.Context, *ecs.RunTaskInput, ...func(*ecs.Options)) (*ecs.RunTaskOutput, error)
	StopTask(context.Context, *ecs.StopTaskInput, ...func(*ecs.Options)) (*ecs.StopTaskOutput, error)
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
}

// logs is what is asked of CloudWatch Logs.
type logs interface {
	GetLogEvents(context.Context, *cloudwatchlogs.GetLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error)
}

type migrator struct {
	request
	tasks tasks
	logs  logs
	show  io.Writer
	every time.Duration // between two looks at a task
}

// receipt says what was done.
type receipt struct {
	Result         string   `json:"result"` // "applied" or "nothing pending"
	TaskDefinition string   `json:"taskDefinition"`
	Tasks          []string `json:"tasks"` // the tasks' ARNs, in order
}

// migrate asks, applies and asks again.
//
//runbook:3.2#3-5 asks what is pending, applies it and asks again.
//runbook:3.2#6 fails the update, before any service has changed, when the schema is not the release's.
func (m migrator) migrate(ctx context.Context) (receipt, error) {
	done := receipt{Result: "nothing pending", TaskDefinition: m.definition, Tasks: []string{}}
	if err := m.others(ctx); err != nil {
		return done, err
	}
	do := func(what string, command []string) (outcome, error) {
		fmt.Fprintf(m.show, "migrate: %s\n", strings.Join(command, " "))
		ended, err := m.run(ctx, what, command)
		done.Tasks = append(done.Tasks, ended.arn)
		return ended, err
	}
	before, err := do("status", m.status)
	if err != nil {
		return done, err
	}
	if before.code == 0 {
		fmt.Fprintln(m.show, "migrate: nothing is pending")
		return done, nil
	}
	// Not up to date, and not able to tell, end alike: what is wrong is for the deployment of migrations to say.
	applied, err := do("deploy", m.deploy)
	if err != nil {
		return done, err
	}
	if applied.code != 0 {
		return done, applied.failure("deploy")
	}
	after, err := do("status", m.status)
	if err != nil {
		return done, err
	}
	if after.code != 0 {
		return done, after.failure("status after deploy")
	}
	done.Result = "applied"
	return done, nil
}

// others waits for tasks that an interrupted run left: two at once would wait for one another's lock, and what they are
// doing is not lost. One that takes longer than a command may is stopped.
func (m migrator) others(ctx context.Context) error {
	listed, err := m.tasks.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &m.cluster, StartedBy: aws.String(startedBy), DesiredStatus: types.DesiredStatusRunning})
	if err != nil {
		return fmt.Errorf("look for tasks of an interrupted run: %w", err)
	}
	for _, arn := range listed.TaskArns {
		fmt.Fprintf(m.show, "migrate: task %s of an interrupted run is still at work; waiting for it\n", short(arn))
		ended, err := m.await(ctx, "an interrupted run's task", arn, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(m.show, "migrate: it ended with %s\n", ended.how())
	}
	return nil
}

func short(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
