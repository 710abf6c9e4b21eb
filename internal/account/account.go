// Package account signs in to AWS, once for every command and step. Credentials come from where the AWS SDK looks for them
// (AWS_PROFILE, single sign-on, a role), the region from the caller; AWS_ENDPOINT_URL sends every question elsewhere.
package account

import (
	"context"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"

	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
)

// Load returns what clients for the region are made of, with credentials that are there. Whose they are is not asked.
// Every error is a check.ErrAccess.
func Load(ctx context.Context, region string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err == nil {
		_, err = cfg.Credentials.Retrieve(ctx)
	}
	if err != nil {
		return aws.Config{}, &check.Failure{
			Cause: "no AWS credentials: " + err.Error(),
			Next:  "sign in (AWS_PROFILE, `aws sso login` or a role) and run it again",
			Err:   check.ErrAccess,
		}
	}
	return cfg, nil
}

// Connect is Load, once AWS has confirmed, in the given time, that the credentials are for the account with the 12 digits:
// in another account every answer would be about something else. Every error is a check.ErrAccess.
func Connect(ctx context.Context, region, id string, timeout time.Duration) (aws.Config, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cfg, err := Load(ctx, region)
	if err == nil {
		err = awschecks.Account(ctx, sts.NewFromConfig(cfg), id)
	}
	return cfg, err
}

// Metrics is a client of CloudWatch that speaks JSON, which CloudWatch takes as
// well as the binary CBOR that the SDK prefers, and which proxies and emulators of
// AWS understand too:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-protocols-faq.html
func Metrics(cfg aws.Config) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
		o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801)
	})
}

// Endpoint is where AWS is asked, if not at AWS, without a password; else empty.
// A report names it.
func Endpoint(env func(string) string) string {
	endpoint, err := url.Parse(env("AWS_ENDPOINT_URL"))
	if err != nil {
		return ""
	}
	return endpoint.Redacted()
}
