package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests follow values that must stay secret through everything that the program declares. They do not see what
// a component registers as its own outputs, as mocks are not told; a value that is encoded on its way would pass too.
// That the state on disk holds none in plain text, the end-to-end test looks up.

// canaries are the secret values of a recording, whoever made them: operators, generators, AWS.
var canaries = []string{operatorCanary, pagerDutyCanary, "canary-smoke-", "canary-generated-", "registry-password"}

// canary is the graph of a stack in which every generated value can be recognised.
func canary(t *testing.T, stack string) *record.Graph {
	t.Helper()
	var options []record.Option
	for _, r := range graphOf(t, stack).Of("command:local:Command") {
		if r.Name == "verify" { // it makes nothing, and the exports wait for what it really says
			continue
		}
		options = append(options, record.Answer(r.Type, r.Name, map[string]any{"stdout": "canary-generated-" + r.Name}))
	}
	return declare(t, stack, sourceOf(t, stack), options...)
}

func secretIn(text string) bool {
	for _, one := range canaries {
		if strings.Contains(text, one) {
			return true
		}
	}
	return false
}

// homes are the inputs that may hold a secret, and have to in production; beside them, the login that each image has.
var homes = []string{
	"aws:elasticache/replicationGroup:ReplicationGroup cache authToken",
	"aws:rds/instance:Instance database password",
	"aws:secretsmanager/secretVersion:SecretVersion anthropic-api-key secretString",
	"aws:secretsmanager/secretVersion:SecretVersion database-url secretString",
	"aws:secretsmanager/secretVersion:SecretVersion jwt-secret secretString",
	"aws:secretsmanager/secretVersion:SecretVersion redis-url secretString",
	"aws:secretsmanager/secretVersion:SecretVersion smoke-user secretString",
	"aws:sns/topicSubscription:TopicSubscription alerts-page-pagerduty endpoint",
}

func TestSecrets_AreOnlyWhereTheyBelong(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			var found []string
			homes := slices.Clone(homes)
			for _, image := range canary(t, stack).Of("docker:index/image:Image") {
				homes = append(homes, image.Type+" "+image.Name+" registry.password")
			}
			for _, r := range canary(t, stack).All() {
				walk("", r.Plain(), func(path string, value any) {
					if text, ok := value.(string); ok && secretIn(text) {
						found = append(found, r.Type+" "+r.Name+" "+path)
						assert.True(t, r.IsSecret(path), "%s: %s is in plain text", r, path)
					}
				})
			}
			if stack == "production" {
				assert.ElementsMatch(t, homes, found)
			} else {
				assert.Subset(t, homes, found)
				assert.Len(t, found, len(homes)-1, "PagerDuty is production's")
			}
		})
	}
}

// The values at the ends of the chain are the ones that were put in: a secret that never arrives would pass above.
func TestSecrets_Arrive(t *testing.T) {
	graph := canary(t, "production")
	value := func(variable string) any {
		return graph.One(t, "aws:secretsmanager/secretVersion:SecretVersion", variable).Get("secretString")
	}
	assert.Equal(t, operatorCanary, value("anthropic-api-key"))
	assert.Equal(t, smokeCanary, value("smoke-user"))
	assert.Equal(t, "canary-generated-jwt-secret-value", value("jwt-secret"))
	assert.Contains(t, value("database-url"), ":canary-generated-database-password@")
	assert.Contains(t, value("redis-url"), ":canary-generated-cache-token@")
}

func TestSecrets_AreInNoContainerDefinition(t *testing.T) {
	for _, stack := range files {
		for _, r := range canary(t, stack).Of("aws:ecs/taskDefinition:TaskDefinition") {
			text, _ := r.Get("containerDefinitions").(string)
			assert.NotEmpty(t, text)
			assert.False(t, secretIn(text), "%s: %s", stack, r)
			assert.False(t, r.IsSecret("containerDefinitions"), "%s: %s: a secret here hides every difference in a preview", stack, r)
		}
	}
}

func TestSecrets_AreNotExported(t *testing.T) {
	for _, stack := range files {
		exports := resource.NewProperty(canary(t, stack).Exports)
		text, err := json.Marshal(exports.Mappable())
		require.NoError(t, err)
		assert.Contains(t, string(text), "clusterArn")
		assert.False(t, secretIn(string(text)), stack)
		assert.False(t, exports.ContainsSecrets(), stack)
	}
}

// Nothing generated is printed, and the engine keeps it encrypted.
func TestSecrets_AreGeneratedInSilence(t *testing.T) {
	for _, r := range graphOf(t, "production").Of("command:local:Command") {
		if !strings.Contains(r.ParentURN, "flowcomply:secret:Value") {
			continue // a step of the release, which knows no secret and is shown
		}
		assert.Equal(t, "none", r.Get("logging"), r.String())
		assert.ElementsMatch(t, []string{"stdout", "stderr"}, r.SecretOutputs, r.String())
		assert.Nil(t, r.Get("delete"), r.String())
		assert.Nil(t, r.Get("update"), r.String())
	}
}
