package bucket

import (
	"fmt"
	"slices"

	"github.com/flowcomply/infrastructure/components/internal/iampolicy"
)

func bucketArn(name string) string { return "arn:aws:s3:::" + name }

// accessPrefix is where the S3 access logs of a bucket are delivered.
func accessPrefix(source string) string { return fmt.Sprintf("s3/%s/", source) }

// documentsPolicy refuses what does not come over TLS. It grants nothing: services are given access on their own roles.
func documentsPolicy(bucket string) string { return iampolicy.Document(tlsOnly(bucket)) }

func tlsOnly(bucket string) iampolicy.Statement {
	return iampolicy.Statement{
		Sid: "DenyInsecureTransport", Effect: iampolicy.Deny,
		Principals: iampolicy.Principals{Anyone: true},
		Actions:    []string{"s3:*"},
		Resources:  []string{bucketArn(bucket), bucketArn(bucket) + "/*"},
		Conditions: iampolicy.Conditions{"Bool": {"aws:SecureTransport": {"false"}}},
	}
}

// logsPolicy lets this account's load balancers and the named buckets deliver, each below its own prefix.
func logsPolicy(args LogsArgs) string {
	statements := []iampolicy.Statement{tlsOnly(args.BucketName), loadBalancerLogs(args)}
	for _, source := range slices.Sorted(slices.Values(args.Sources)) {
		statements = append(statements, iampolicy.Statement{
			Principals: iampolicy.Principals{Services: []string{"logging.s3.amazonaws.com"}},
			Actions:    []string{"s3:PutObject"},
			Resources:  []string{fmt.Sprintf("%s/%s*", bucketArn(args.BucketName), accessPrefix(source))},
			Conditions: iampolicy.Conditions{
				"ArnLike":      {"aws:SourceArn": {bucketArn(source)}},
				"StringEquals": {"aws:SourceAccount": {args.AccountID}},
			},
		})
	}
	return iampolicy.Document(statements...)
}

// loadBalancerLogs lets the service deliver, for load balancers of this account. In regions opened before August 2022 AWS once
// asked for an account of its own as the principal, which sends no source along; it now advises the service everywhere
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html, "Legacy bucket policy").
func loadBalancerLogs(args LogsArgs) iampolicy.Statement {
	return iampolicy.Statement{
		Sid:        "LoadBalancerLogs",
		Principals: iampolicy.Principals{Services: []string{"logdelivery.elasticloadbalancing.amazonaws.com"}},
		Actions:    []string{"s3:PutObject"},
		Resources:  []string{fmt.Sprintf("%s/%s/AWSLogs/%s/*", bucketArn(args.BucketName), LoadBalancerPrefix, args.AccountID)},
		Conditions: iampolicy.Conditions{"ArnLike": {
			"aws:SourceArn": {fmt.Sprintf("arn:aws:elasticloadbalancing:%s:%s:loadbalancer/*", args.Region, args.AccountID)},
		}},
	}
}
