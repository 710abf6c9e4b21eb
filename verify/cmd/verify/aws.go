package main

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"

	"github.com/flowcomply/infrastructure/verify"
)

// connect returns clients for the stack's region, with web among them, once AWS
// has confirmed that the credentials are for the stack's account. Before that
// nothing else is asked: in another account every answer would be about
// something else.
func connect(ctx context.Context, outputs verify.Outputs, web *http.Client, timeout time.Duration) (verify.Clients, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(outputs.Region))
	if err != nil {
		return verify.Clients{}, noCredentials(err)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return verify.Clients{}, noCredentials(err)
	}
	if err := verify.Account(ctx, sts.NewFromConfig(cfg), outputs.AccountID); err != nil {
		return verify.Clients{}, err
	}
	return verify.Clients{
		ECS: ecs.NewFromConfig(cfg), CloudWatch: metrics(cfg), Logs: cloudwatchlogs.NewFromConfig(cfg),
		Balancer: elasticloadbalancingv2.NewFromConfig(cfg), Scaling: applicationautoscaling.NewFromConfig(cfg),
		Secrets: secretsmanager.NewFromConfig(cfg), Roles: iam.NewFromConfig(cfg), Mail: sesv2.NewFromConfig(cfg),
		HTTP: web,
	}, nil
}

// metrics speaks JSON, which CloudWatch takes as well as the binary CBOR that the
// SDK prefers, and which proxies and emulators of AWS understand too:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-protocols-faq.html
func metrics(cfg aws.Config) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
		o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801)
	})
}

func noCredentials(err error) error {
	return &verify.Failure{
		Cause: "no AWS credentials: " + err.Error(),
		Next:  "sign in (AWS_PROFILE, `aws sso login` or a role) and run verify again",
		Err:   verify.ErrAccess,
	}
}
