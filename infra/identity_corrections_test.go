package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// corrected are the inputs that the next update changes on a state of the commit that identity_test.go compares with, by type or by
// type and name, each with the reason (docs/aws.md). The provider changes each in place; none replaces a resource.
var corrected = map[string]map[string]string{
	"aws:ec2/vpcEndpoint:VpcEndpoint":                {"policy": "only this account's principals and resources may pass"},
	"aws:kms/key:Key operations":                     {"policy": "EventBridge may use the key for topics of the account only"},
	"aws:lb/listener:Listener front-https":           {"sslPolicy": "a post-quantum key exchange"},
	"aws:rds/parameterGroup:ParameterGroup database": {"parameters": "a slow statement's parameters are customers' data"},
	"aws:s3/bucketPolicy:BucketPolicy logs":          {"policy": "load balancers deliver as a service"},
}

// added are the resources that a state of that commit does not have, by type and name, each with the reason.
var added = map[string]string{}

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
