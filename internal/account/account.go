// Package account is the way of the commands of verification to a stack's AWS account. Nothing is asked before AWS has
// confirmed that the account is the stack's: in another one every answer would be about something else.
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

// Connect returns what clients for the region are made of, once AWS has confirmed
// that the credentials are for the account with the 12 digits, in the given time.
// Every error is a check.ErrAccess.
func Connect(ctx context.Context, region, id string, timeout time.Duration) (aws.Config, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, noCredentials(err)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return aws.Config{}, noCredentials(err)
	}
	if err := awschecks.Account(ctx, sts.NewFromConfig(cfg), id); err != nil {
		return aws.Config{}, err
	}
	return cfg, nil
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

func noCredentials(err error) error {
	return &check.Failure{
		Cause: "no AWS credentials: " + err.Error(),
		Next:  "sign in (AWS_PROFILE, `aws sso login` or a role) and run it again",
		Err:   check.ErrAccess,
	}
}
