package key

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/internal/iampolicy"
)

// policy is the key policy: the account, and each service on the account's behalf.
//
// The account's statement is what AWS calls the default key policy. It grants nobody by itself: it lets IAM policies
// of this account speak about the key, without which a task role could not be given kms:Decrypt, and it keeps the key
// manageable. Resource "*" in a key policy means this key only.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func policy(accountID, region string, services []string) string {
	statements := []iampolicy.Statement{{
		Sid:        "AccountAdministration",
		Principals: iampolicy.Principals{AWS: []string{fmt.Sprintf("arn:aws:iam::%s:root", accountID)}},
		Actions:    []string{"kms:*"},
		Resources:  []string{"*"},
	}}
	for _, service := range slices.Sorted(slices.Values(services)) {
		statements = append(statements, use(service, accountID, region))
	}
	return iampolicy.Document(statements...)
}

// use lets one service encrypt and decrypt for this account only, so that another customer's resource cannot borrow
// the service's permission.
func use(service, accountID, region string) iampolicy.Statement {
	out := iampolicy.Statement{
		Sid:        "Use" + sid(service),
		Principals: iampolicy.Principals{Services: []string{service}},
		Actions:    []string{"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"},
		Resources:  []string{"*"},
		Conditions: iampolicy.Conditions{"StringEquals": {"aws:SourceAccount": {accountID}}},
	}
	switch {
	case service == "events.amazonaws.com":
		// EventBridge passes no source account on to KMS for an encrypted topic: with the condition its messages would be lost
		// without a word (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html). SNS, which asks KMS for it, names
		// the topic in the encryption context, and asks for these two actions only
		// (https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html).
		out.Actions = []string{"kms:Decrypt", "kms:GenerateDataKey*"}
		out.Conditions = iampolicy.Conditions{"ArnLike": {
			"kms:EncryptionContext:aws:sns:topicArn": {fmt.Sprintf("arn:aws:sns:%s:%s:*", region, accountID)},
		}}
	case strings.HasPrefix(service, "logs."):
		// CloudWatch Logs sends no source account; it names the log group in the encryption context instead.
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
		out.Actions = append(out.Actions, "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")
		out.Conditions = iampolicy.Conditions{"ArnLike": {
			"kms:EncryptionContext:aws:logs:arn": {fmt.Sprintf("arn:aws:logs:%s:%s:*", region, accountID)},
		}}
	}
	return out
}

// sid is the service's name in the letters and digits that a statement id may have: events.rds.amazonaws.com gives
// EventsRds. The region of a regional principal is part of it, so that two of them stay apart.
func sid(service string) string {
	var out strings.Builder
	for _, word := range strings.FieldsFunc(strings.TrimSuffix(service, ".amazonaws.com"), func(r rune) bool { return r == '.' || r == '-' }) {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}
