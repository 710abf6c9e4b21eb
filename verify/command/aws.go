package command

import (
	"context"
	"net/http"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
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

	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// connect returns clients for the stack's region, with web among them, once AWS
// has confirmed that the credentials are for the stack's account.
func connect(ctx context.Context, outputs outputs.Outputs, web *http.Client, timeout time.Duration) (verify.Clients, error) {
	cfg, err := account.Connect(ctx, outputs.Region, outputs.AccountID, timeout)
	if err != nil {
		return verify.Clients{}, err
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = awshttp.NewBuildableClient()
	}
	cfg.HTTPClient = newInFlight(cfg.HTTPClient, awsRequests)
	metrics, secrets := account.Metrics(cfg), secretsmanager.NewFromConfig(cfg)
	return verify.Clients{Clients: awschecks.Clients{
		ECS: ecs.NewFromConfig(cfg), Images: ecr.NewFromConfig(cfg), Alarms: metrics, Metrics: metrics, Logs: cloudwatchlogs.NewFromConfig(cfg),
		Balancers: elasticloadbalancingv2.NewFromConfig(cfg), Scaling: applicationautoscaling.NewFromConfig(cfg),
		Secrets: secrets, Roles: iam.NewFromConfig(cfg), Buckets: s3.NewFromConfig(cfg), Mail: sesv2.NewFromConfig(cfg), Topics: sns.NewFromConfig(cfg),
		Databases: rds.NewFromConfig(cfg),
	}, Smoke: secrets, HTTP: web}, nil
}
