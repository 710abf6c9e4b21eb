package network

import (
	"fmt"
	"slices"

	"github.com/flowcomply/infrastructure/components/internal/iampolicy"
)

// withoutPolicy are the endpoints that AWS offers no policy for; everything passes through them
// (https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html). For mail over SMTP AWS's pages describe none.
var withoutPolicy = []string{"ecs-agent", "ecs-telemetry", "email-smtp"}

func hasPolicy(service string) bool { return !slices.Contains(withoutPolicy, service) }

// endpointPolicy lets only this account's principals reach only this account's resources, so that a stolen task cannot carry
// data out with credentials of another account, or to a bucket or key of one. It grants nothing: the roles' own policies do.
//
// The resource's account is asked for where there is one: actions such as ecr:GetAuthorizationToken or ssmmessages:OpenDataChannel
// name no resource, and a plain StringEquals would refuse them
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount).
func endpointPolicy(accountID string) string { return iampolicy.Document(ownAccount(accountID)) }

// gatewayPolicy is that of S3's endpoint. It also lets the layers of images in: ECR hands out addresses that its own account has
// signed, in its bucket
// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms).
func gatewayPolicy(region, accountID string) string {
	return iampolicy.Document(ownAccount(accountID), iampolicy.Statement{
		Sid:        "ImageLayers",
		Principals: iampolicy.Principals{Anyone: true},
		Actions:    []string{"s3:GetObject"},
		Resources:  []string{fmt.Sprintf("arn:aws:s3:::prod-%s-starport-layer-bucket/*", region)},
	})
}

func ownAccount(accountID string) iampolicy.Statement {
	return iampolicy.Statement{
		Sid:        "OwnAccount",
		Principals: iampolicy.Principals{Anyone: true}, // S3's endpoint takes no other; the condition says whose
		Actions:    []string{"*"},
		Resources:  []string{"*"},
		Conditions: iampolicy.Conditions{
			"StringEquals":         {"aws:PrincipalAccount": {accountID}},
			"StringEqualsIfExists": {"aws:ResourceAccount": {accountID}},
		},
	}
}
