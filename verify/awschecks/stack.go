package awschecks

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// What is asked of AWS; AWS's own clients are such.
type (
	// AlarmReader reads alarms.
	AlarmReader = cloudwatch.DescribeAlarmsAPIClient
	// MetricReader reads metrics.
	MetricReader = cloudwatch.GetMetricDataAPIClient
	// DeploymentReader reads how far a service's deployments are.
	DeploymentReader = ecs.DescribeServicesAPIClient
	// RoleReader says what a role may do.
	RoleReader = iam.SimulatePrincipalPolicyAPIClient

	// DatabaseReader reads database instances.
	DatabaseReader = rds.DescribeDBInstancesAPIClient

	// ServiceReader reads what a service was told to run, and what really runs.
	ServiceReader interface {
		DeploymentReader
		ecs.ListTasksAPIClient
		ecs.DescribeTasksAPIClient
		DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
	}
	// ImageReader reads images of a repository.
	ImageReader interface {
		BatchGetImage(context.Context, *ecr.BatchGetImageInput, ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error)
	}
	// LogReader reads logs.
	LogReader interface {
		cloudwatchlogs.FilterLogEventsAPIClient
		cloudwatchlogs.GetLogEventsAPIClient
	}
	// SecretReader tells of a secret and never its value.
	SecretReader interface {
		DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
	}
	// BucketReader reads how a bucket encrypts.
	BucketReader interface {
		GetBucketEncryption(context.Context, *s3.GetBucketEncryptionInput, ...func(*s3.Options)) (*s3.GetBucketEncryptionOutput, error)
	}
	// TopicReader reads who is subscribed to a topic.
	TopicReader = sns.ListSubscriptionsByTopicAPIClient
	// MailReader reads what SES says of the account and of a sender.
	MailReader interface {
		GetEmailIdentity(context.Context, *sesv2.GetEmailIdentityInput, ...func(*sesv2.Options)) (*sesv2.GetEmailIdentityOutput, error)
		GetAccount(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error)
	}
)

// Clients are AWS's own clients. Diagnose leaves out what one that is nil would answer.
type Clients struct {
	ECS       ServiceReader
	Images    ImageReader
	Alarms    AlarmReader
	Metrics   MetricReader
	Logs      LogReader
	Balancers elasticloadbalancingv2.DescribeTargetHealthAPIClient
	Scaling   applicationautoscaling.DescribeScalingActivitiesAPIClient
	Secrets   SecretReader
	Roles     RoleReader
	Buckets   BucketReader
	Mail      MailReader
	Topics    TopicReader
	Databases DatabaseReader
}

// Stack is what the outputs ask for, and the clients that tell what is there. Its methods are the checks of one service, by
// its role, and the diagnosis.
type Stack struct {
	outputs.Outputs
	Clients

	Hide     *check.Redactor // for what tasks and logs say; may be nil
	Interval time.Duration   // between looks
	// InUpdate: this is the last step of an update. What AWS still brings up is waited for.
	InUpdate bool
}

// polled makes a check that looks again at every interval until it sees what it wants.
func polled(group, name string, interval time.Duration, look func(context.Context) (string, error)) check.Check {
	return check.Check{Group: group, Name: name, Run: func(ctx context.Context) (string, error) {
		return check.Poll(ctx, interval, look)
	}}
}

// permanent is a failure that waiting does not cure.
func permanent(cause, next string, details ...string) error {
	return poll.Permanent(&check.Failure{Cause: cause, Next: next, Details: details})
}

// noData is the end of a check that cannot tell, however long it looks.
func noData(cause, next string, details ...string) error {
	return poll.Permanent(check.NoData(&check.Failure{Cause: cause, Next: next, Details: details}))
}

// paginator is one of the SDK's.
type paginator[Page, Options any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*Options)) (Page, error)
}

// eachPage reads all pages. An error of AWS is explained, one of use ends the reading.
func eachPage[Page, Options any](ctx context.Context, pages paginator[Page, Options], use func(Page) error) error {
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Explain(err)
		}
		if err := use(page); err != nil {
			return err
		}
	}
	return nil
}
