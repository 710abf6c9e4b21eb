package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"

	"github.com/flowcomply/infrastructure/verify"
)

// connection is AWS, confirmed to be the stack's account.
type connection struct {
	clients   verify.Clients
	secrets   verify.SmokeReader
	diagnosis verify.DiagnosisClients
}

// connect returns clients for the stack's region once AWS has confirmed that
// the credentials are for the stack's account. Before that nothing else is
// asked: in another account every answer would be about something else.
func connect(ctx context.Context, outputs verify.Outputs, timeout time.Duration) (connection, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(outputs.Region))
	if err != nil {
		return connection{}, noCredentials(err)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return connection{}, noCredentials(err)
	}
	if err := verify.Account(ctx, sts.NewFromConfig(cfg), outputs.AccountID); err != nil {
		return connection{}, err
	}
	services, metrics := ecs.NewFromConfig(cfg), alarms(cfg)
	return connection{
		clients: verify.Clients{Services: services, Tasks: services, Alarms: metrics},
		secrets: secretsmanager.NewFromConfig(cfg),
		diagnosis: verify.DiagnosisClients{
			Tasks: services, Balancers: elasticloadbalancingv2.NewFromConfig(cfg), Logs: cloudwatchlogs.NewFromConfig(cfg),
			Scaling: applicationautoscaling.NewFromConfig(cfg), Metrics: metrics,
		},
	}, nil
}

// alarms speaks JSON, which CloudWatch takes as well as the binary CBOR that the
// SDK prefers, and which proxies and emulators of AWS understand too:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-protocols-faq.html
func alarms(cfg aws.Config) *cloudwatch.Client {
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
