package prisma

import (
	"context"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/flowcomply/infrastructure/components/migration/task"
)

// startedBy marks an update's tasks, so that one that an interrupted run left is found; 36 characters at most.
const startedBy = "flowcomply-migration"

// late is what to do about a task that took longer than it may.
const late = "look at what it waited for, as a long transaction of the application's; then run the update again, " +
	"with a longer migration.timeoutMinutes if it only is slow"

// Request is what an update migrates with.
type Request struct {
	Cluster        string   // name or ARN
	TaskDefinition string   // the release's, ARN or family:revision
	Container      string   // in it
	Subnets        []string // ids
	SecurityGroup  string   // id
	Status, Deploy []string // commands; see Migrator
	Timeout        time.Duration
}

// Receipt says what an update's migration did.
type Receipt struct {
	Result         string   `json:"result"` // "applied" or "nothing pending"
	TaskDefinition string   `json:"taskDefinition"`
	Tasks          []string `json:"tasks"` // the tasks' ARNs, in order
}

// Update brings the schema to that of the task definition's image, as the step of an update. What the tasks write is shown
// as they run. The database's address and password stay in AWS: ECS reads them from Secrets Manager into the task. A task
// that takes longer than the time-out, or is interrupted, is stopped, so that it holds no lock; one that an interrupted
// run left is waited for. Run it again after any failure: what is applied is not applied twice.
func Update(ctx context.Context, account aws.Config, asked Request, show io.Writer) (Receipt, error) {
	return update(ctx, ecs.NewFromConfig(account), cloudwatchlogs.NewFromConfig(account), asked, show)
}

func update(ctx context.Context, api task.ECS, logs task.Logs, asked Request, show io.Writer) (Receipt, error) {
	migrator := Migrator{Status: asked.Status, Deploy: asked.Deploy, Next: Advice, Tasks: task.Runner{
		ECS: api, Logs: logs, Show: show, Interval: time.Second, Cluster: asked.Cluster, Definition: asked.TaskDefinition, Container: asked.Container,
		Subnets: asked.Subnets, SecurityGroup: asked.SecurityGroup, Name: "migrate", StartedBy: startedBy, Timeout: asked.Timeout, Late: late,
	}}
	done, err := migrator.Run(ctx)
	result := "nothing pending"
	if done.Applied {
		result = "applied"
	}
	return Receipt{Result: result, TaskDefinition: asked.TaskDefinition, Tasks: done.Tasks}, err
}
