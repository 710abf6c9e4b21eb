package notification

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/slo"
)

// These tests prove the rules' text, against events in the form AWS documents.
// They do not prove that EventBridge matches: the few operators used are
// compared as written.

func TestDeploymentFailed_Pattern(t *testing.T) {
	assert.JSONEq(t, `{
		"source": ["aws.ecs"],
		"detail-type": ["ECS Deployment State Change"],
		"resources": [{"prefix": "arn:aws:ecs:ap-southeast-2:123456789012:service/flowcomply-production/"}],
		"detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}
	}`, deploymentFailed(validArgs()).pattern)
}

func TestDeploymentFailed_PrefixEndsAtTheClustersName(t *testing.T) {
	var pattern struct{ Resources []struct{ Prefix string } }
	require.NoError(t, json.Unmarshal([]byte(deploymentFailed(validArgs()).pattern), &pattern))
	service := "arn:aws:ecs:ap-southeast-2:123456789012:service/flowcomply-production/backend-service"
	other := "arn:aws:ecs:ap-southeast-2:123456789012:service/flowcomply-production-2/backend-service"
	assert.True(t, strings.HasPrefix(service, pattern.Resources[0].Prefix))
	assert.False(t, strings.HasPrefix(other, pattern.Resources[0].Prefix))
}

func TestImageFindings_Pattern(t *testing.T) {
	got := imageFindings(validArgs()).pattern
	assert.JSONEq(t, `{
		"source": ["aws.ecr"],
		"detail-type": ["ECR Image Scan"],
		"detail": {
			"scan-status": ["COMPLETE"],
			"repository-name": ["flowcomply-backend", "flowcomply-frontend"],
			"finding-severity-counts": {"CRITICAL": [{"numeric": [">", 0]}]}
		}
	}`, got)
	assert.Contains(t, got, ">", "escaped, it would differ from what AWS gives back")
}

func TestTemplates_BecomeAnAlarmsMessage(t *testing.T) {
	for _, c := range []struct {
		rule   rule
		name   string
		anchor string
	}{
		{deploymentFailed(validArgs()), "flowcomply-production-deployment-failed", slo.EventDeploymentFailed},
		{imageFindings(validArgs()), "flowcomply-production-image-findings", slo.EventImageFindings},
	} {
		message := c.rule.template
		for variable := range c.rule.paths {
			require.Contains(t, message, "<"+variable+">", "declared and not used")
			message = strings.ReplaceAll(message, "<"+variable+">", `"a value of \"`+variable+`\""`)
		}
		require.NotRegexp(t, `<\w+>`, message, "used and not declared")
		var parsed map[string]string
		require.NoError(t, json.Unmarshal([]byte(message), &parsed), message)
		assert.Equal(t, c.name, parsed["AlarmName"])
		assert.Equal(t, "ALARM", parsed["NewStateValue"])
		assert.Equal(t, `a value of "reason"`, parsed["NewStateReason"])
		assert.Equal(t, `a value of "service"`, parsed["Subject"])
		assert.Equal(t, `a value of "time"`, parsed["StateChangeTime"])
		assert.True(t, strings.HasSuffix(parsed["AlarmDescription"], "https://example.com/alarms.md#"+c.anchor), parsed["AlarmDescription"])
	}
}

func TestNew_RulesPublishToTheRightTopic(t *testing.T) {
	graph := declare(t, full())
	for rule, topic := range map[string]string{"deployment-failed": "Topic/notification-notify", "image-findings": "Topic/notification-notify"} {
		target := graph.One(t, "aws:cloudwatch/eventTarget:EventTarget", "notification-"+rule)
		assert.Contains(t, target.Get("arn"), topic)
		assert.NotNil(t, target.Get("inputTransformer.inputTemplate"))
		assert.Nil(t, target.Get("roleArn"), "SNS goes by the topic's policy; a role breaks delivery to encrypted topics")
		made := graph.One(t, "aws:cloudwatch/eventRule:EventRule", "notification-"+rule)
		assert.NotNil(t, made.Get("eventPattern"))
	}
}
