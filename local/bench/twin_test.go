package bench

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests prove how names, shapes, secrets and edges are converted. They do not prove that the provider finds the
// result unchanged: the bench itself refuses to measure a twin that is not.

const schemaText = `{"provider_schemas":{"registry.terraform.io/hashicorp/aws":{"resource_schemas":{
"aws_sns_topic_subscription":{"version":1,"block":{"attributes":{
  "id":{"type":"string","computed":true},"topic_arn":{"type":"string","required":true},"owner":{"type":"string","computed":true}}}},
"aws_sns_topic":{"version":0,"block":{"attributes":{
  "id":{"type":"string","computed":true},"policy":{"type":"string","optional":true},"tags":{"type":["map","string"],"optional":true}}}},
"aws_lb_listener":{"version":0,"block":{"attributes":{"id":{"type":"string","computed":true},
  "cidr_blocks":{"type":["set","string"],"optional":true},
  "rule":{"type":["list",["object",{"from_port":"number","self":"bool"}]],"optional":true}},
 "block_types":{
  "default_action":{"nesting_mode":"list","block":{"attributes":{"type":{"type":"string","required":true},"order":{"type":"number","computed":true}},
   "block_types":{"fixed_response":{"nesting_mode":"list","block":{"attributes":{"status_code":{"type":"string","optional":true}}}}}}},
  "timeouts":{"nesting_mode":"single","block":{"attributes":{"create":{"type":"string","optional":true}}}},
  "mutual_authentication":{"nesting_mode":"set","block":{}}}}}}}}}`

func schemas(t *testing.T) map[string]resourceSchema {
	t.Helper()
	parsed, err := parseSchema([]byte(schemaText))
	require.NoError(t, err)
	return parsed
}

func TestConverter_GivesTerraformsNamesAndShapes(t *testing.T) {
	listener := schemas(t)["aws_lb_listener"].Block
	properties := map[string]any{
		"cidrBlocks":     []any{"10.0.0.0/8"},
		"rules":          []any{map[string]any{"fromPort": 80.0}},
		"defaultActions": []any{map[string]any{"type": "${fixed}", "order": 1.0, "fixedResponse": map[string]any{"statusCode": "404"}}},
		"unknown":        "left out",
	}

	assert.Equal(t, map[string]any{
		"cidr_blocks":    []any{"10.0.0.0/8"},
		"rule":           []any{map[string]any{"from_port": 80.0, "self": nil}},
		"default_action": []any{map[string]any{"type": "$${fixed}", "fixed_response": []any{map[string]any{"status_code": "404"}}}},
	}, converter{config: true}.block(listener, properties), "a configuration has no computed value, no absent block, and no template")

	assert.Equal(t, map[string]any{
		"cidr_blocks":           []any{"10.0.0.0/8"},
		"rule":                  []any{map[string]any{"from_port": 80.0, "self": nil}},
		"default_action":        []any{map[string]any{"type": "${fixed}", "order": 1.0, "fixed_response": []any{map[string]any{"status_code": "404"}}}},
		"mutual_authentication": []any{},
	}, converter{}.block(listener, properties), "a state has every value and every list of blocks")
}

func TestLookup_FindsPlurals(t *testing.T) {
	for attribute, property := range map[string]string{
		"vpc_id": "vpcId", "default_action": "defaultActions", "alias": "aliases", "geolocation_routing_policy": "geolocationRoutingPolicies",
	} {
		_, found := lookup(map[string]any{property: true}, attribute)
		assert.True(t, found, attribute)
	}
	_, found := lookup(map[string]any{"subnetMapping": true}, "subnet")
	assert.False(t, found)
}

const exportText = `{"deployment":{"resources":[
{"urn":"urn:pulumi:p::f::pulumi:providers:aws::aws","type":"pulumi:providers:aws","custom":true,
 "inputs":{"region":"ap-southeast-2","allowedAccountIds":"[\"210987654321\"]","defaultTags":"{\"tags\":{\"owner\":\"platform\"}}"}},
{"urn":"urn:pulumi:p::f::flowcomply:a:A::one","type":"flowcomply:a:A"},
{"urn":"urn:pulumi:p::f::flowcomply:a:A$aws:sns/topic:Topic::page","type":"aws:sns/topic:Topic","custom":true,"id":"arn:page",
 "inputs":{"policy":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","plaintext":"\"hidden\""}},
 "outputs":{"policy":"hidden","tags":{"Some_Key":"v"}}},
{"urn":"urn:pulumi:p::f::flowcomply:b:B$aws:sns/topic:Topic::page","type":"aws:sns/topic:Topic","custom":true,"id":"arn:other","inputs":{},"outputs":{}},
{"urn":"urn:pulumi:p::f::aws:sns/topic:Topic::read","type":"aws:sns/topic:Topic","custom":true,"external":true,"id":"arn:read"},
{"urn":"urn:pulumi:p::f::aws:sns/topicSubscription:TopicSubscription::mail","type":"aws:sns/topicSubscription:TopicSubscription","custom":true,
 "id":"arn:mail","inputs":{"topic":"arn:page"},"outputs":{"topic":"arn:page","owner":"210987654321"},
 "dependencies":["urn:pulumi:p::f::flowcomply:a:A$aws:sns/topic:Topic::page","urn:pulumi:p::f::flowcomply:a:A::one"]}]}}`

func TestTwin_HoldsTheManagedResourcesAndTheirEdges(t *testing.T) {
	stack, err := parseExport([]byte(exportText))
	require.NoError(t, err)
	made, err := newTwin(stack, schemas(t))
	require.NoError(t, err)
	assert.Equal(t, 3, made.Instances, "neither the component nor what is only looked up")

	assert.JSONEq(t, `{"provider":{"aws":{"region":"ap-southeast-2","allowed_account_ids":["210987654321"],"default_tags":{"tags":{"owner":"platform"}}}},
		"resource":{"aws_sns_topic":{"page":{"policy":"hidden"},"page-2":{}},
			"aws_sns_topic_subscription":{"mail":{"topic_arn":"arn:page","depends_on":["aws_sns_topic.page"]}}}}`, string(made.Config))

	var state struct {
		Resources []struct {
			Name, Type string
			Instances  []struct {
				Version      int `json:"schema_version"`
				Attributes   map[string]any
				Dependencies []string
			}
		}
	}
	require.NoError(t, json.Unmarshal(made.State, &state))
	assert.Equal(t, map[string]any{"id": "arn:page", "policy": "hidden", "tags": map[string]any{"Some_Key": "v"}}, state.Resources[0].Instances[0].Attributes)
	subscription := state.Resources[2]
	assert.Equal(t, "aws_sns_topic_subscription.mail", subscription.Type+"."+subscription.Name)
	assert.Equal(t, map[string]any{"id": "arn:mail", "topic_arn": "arn:page", "owner": "210987654321"}, subscription.Instances[0].Attributes)
	assert.Equal(t, 1, subscription.Instances[0].Version)
	assert.Equal(t, []string{"aws_sns_topic.page"}, subscription.Instances[0].Dependencies)
}

func TestTwin_NamesATypeItDoesNotKnow(t *testing.T) {
	for name, typ := range map[string]string{"in the plugin's table": "aws:new/thing:Thing", "in the schema": "aws:ec2/vpc:Vpc"} {
		t.Run(name, func(t *testing.T) {
			_, err := newTwin([]resource{{URN: "urn:pulumi:p::f::" + typ + "::x", Type: typ, Custom: true}}, schemas(t))
			assert.ErrorContains(t, err, typ)
		})
	}
}

func TestReadsAll_CountsWhatThePlanRead(t *testing.T) {
	said := "aws_vpc.main: Refreshing state... [id=vpc-1]\naws_subnet.a: Refreshing state... [id=subnet-1]\n"
	require.NoError(t, readsAll(2)(said))
	require.EqualError(t, readsAll(3)(said), "the plan read 2 of 3 instances")
}

func TestMirrorOf_IsTheFolderOfTheLayout(t *testing.T) {
	assert.Equal(t, "/mirror", mirrorOf("/mirror/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64/terraform-provider-aws_v5.100.0_x5"))
}
