package main

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// corrected are the inputs that the next update changes on a state of the commit that identity_test.go compares with, by type or by
// type and name, each with the reason (docs/aws.md). The provider changes each in place; none replaces a resource.
var corrected = map[string]map[string]string{
	"aws:ec2/vpcEndpoint:VpcEndpoint":      {"policy": "only this account's principals and resources may pass"},
	"aws:kms/key:Key operations":           {"policy": "EventBridge may use the key for topics of the account only"},
	"aws:lb/listener:Listener front-https": {"sslPolicy": "a post-quantum key exchange"},
	"aws:lb/targetGroup:TargetGroup backend-target": {
		"deregistrationDelay": "requests that wait for a model are longer than 30 s", "healthCheck": "a failover is no reason to replace tasks",
	},
	"aws:lb/targetGroup:TargetGroup frontend-target":                           {"deregistrationDelay": "no shorter than the load balancer's idle timeout"},
	"aws:rds/parameterGroup:ParameterGroup database":                           {"parameters": "a slow statement's parameters are customers' data"},
	"aws:s3/bucketPolicy:BucketPolicy logs":                                    {"policy": "load balancers deliver as a service"},
	"aws:wafv2/webAcl:WebAcl firewall":                                         {"rules": "documents are let through where they are uploaded"},
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration firewall": {"loggingFilter": "only what was blocked or counted"},
}

// added are the resources that a state of that commit does not have, by type and name, each with the reason.
var added = map[string]string{
	"aws:route53/record:Record zone-record-mailboxes": "the domain keeps its mailboxes when it is delegated",
	"aws:route53/record:Record zone-record-senders":   "the domain keeps its SPF when it is delegated",
}

// correctedIn are the inputs of a resource that were corrected.
func correctedIn(typ, name string) []string {
	var inputs []string
	for _, owner := range []string{typ, typ + " " + name} {
		for input := range corrected[owner] {
			inputs = append(inputs, input)
		}
	}
	return inputs
}

var configurationsForm = regexp.MustCompile(`("configurations": \[\s*)"sha256:[0-9a-f]{64}"`)

// verifiedWith puts the fingerprint of today's stack file into exports, which has decided more since.
func verifiedWith(exports []byte, fingerprint string) []byte {
	return configurationsForm.ReplaceAll(exports, []byte(`${1}"`+fingerprint+`"`))
}

// asThen is the stack file with what that commit decided by itself: the pattern of errors, of which verification is told.
func asThen(source stacks.Source) stacks.Source {
	return source.With("flowcomply:errorPattern", `"ERROR"`)
}

func TestCorrected_NamesWhatThereIs(t *testing.T) {
	graph := graphOf(t, "production")
	used := map[string]bool{}
	for _, r := range graph.All() {
		for _, owner := range []string{r.Type, r.Type + " " + r.Name} {
			for input, reason := range corrected[owner] {
				used[owner] = true
				assert.NotEmpty(t, reason, owner)
				assert.NotNil(t, r.Get(input), "%s: %s", owner, input)
			}
			if reason, is := added[owner]; is {
				used[owner] = true
				assert.NotEmpty(t, reason, owner)
			}
		}
	}
	require.Len(t, used, len(corrected)+len(added), "the tables have what no resource is")
}
