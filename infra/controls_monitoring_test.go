package main

import (
	"slices"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/components/record"
)

// The controls on alarms, logs and topics, and those that are the account's. Each stands in controls_test.go.

var watchControls = []control{
	{number: 73, id: "SNS.1", demand: "topics have our key, which CloudWatch may use", where: "notification, key", check: func(c held) {
		c.encrypted(topicType, "kmsMasterKeyId")
		may := false
		for _, s := range statements(c, c.graph.One(c, keyType, "operations"), "policy") {
			service, _ := s.principal.(map[string]any)
			may = may || service["Service"] == "cloudwatch.amazonaws.com" && slices.Contains(s.actions, "kms:Decrypt") && slices.Contains(s.actions, "kms:GenerateDataKey*")
		}
		assert.True(c, may, "%s: alarms would never arrive", c.stack)
	}},
	{number: 74, id: "SNS.4", demand: "no public topic; subscriptions by HTTPS or mail", where: "notification", check: func(c held) {
		c.allows("aws:sns/topicPolicy:TopicPolicy", "policy", func(r record.Resource, s statement) {
			service, _ := s.principal.(map[string]any)
			assert.Len(c, service, 1, "%s: %s", r, s.sid)
			assert.Contains(c, service, "Service", "%s: %s", r, s.sid)
			assert.Equal(c, []string{"sns:Publish"}, s.actions, "%s: %s", r, s.sid)
		})
		for _, r := range c.of("aws:sns/topicSubscription:TopicSubscription") {
			assert.Contains(c, []any{"email", "https"}, r.Get("protocol"), r.String())
		}
	}},
	{number: 75, id: "CloudWatch.15", demand: "every alarm tells somebody", where: "alarm", check: func(c held) {
		for _, r := range c.of(alarmType) {
			assert.Regexp(c, `:Topic/alerts-(page|notify)$`, r.Get("alarmActions.0"), r.String())
		}
	}},
	{number: 76, id: "CloudWatch.16", demand: "logs are kept for a year", where: "stacks: production rule", production: true, check: func(c held) {
		for _, r := range c.of(logType) {
			days, _ := r.Get("retentionInDays").(float64)
			if r.Name == "main-insights" {
				assert.Positive(c, days, r.String())
				continue
			}
			assert.GreaterOrEqual(c, days, 365.0, r.String())
		}
	}, open: "Container Insights' log is what metrics are made of and no record: 30 days", owner: "platform"},
	{number: 77, id: "CloudWatch.17", demand: "alarms' actions are enabled", where: "alarm", check: func(c held) { c.is(alarmType, "actionsEnabled", true) }},
	{number: 78, demand: "logs are encrypted with our key, and the firewall's holds no credentials", where: "all with a log, firewall", check: func(c held) {
		c.encrypted(logType, "kmsKeyId")
		for _, r := range c.of("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration") {
			fields, _ := r.Get("redactedFields").([]any)
			for _, header := range []string{"authorization", "cookie"} {
				assert.Contains(c, fields, map[string]any{"singleHeader": map[string]any{"name": header}}, c.stack)
			}
		}
	}, open: "what the application writes into its own log is not the program's to see", owner: "application"},
}

var accountControls = []control{
	{number: 95, id: "SES.3", demand: "mail goes out by TLS only, signed, and for nobody else", where: "mail", check: func(c held) {
		c.is("aws:ses/configurationSet:ConfigurationSet", "deliveryOptions.tlsPolicy", "Require")
		c.has("aws:ses/domainDkim:DomainDkim", "domain")
		c.none("aws:ses/identityPolicy:IdentityPolicy")
	}},
	{
		number: 96, id: "CloudTrail.1, CloudTrail.2, CloudTrail.4", demand: "a trail of all regions, encrypted and validated", where: "account",
		open: "one trail serves the whole account, in which production and staging are", owner: "account",
	},
	{
		number: 97, id: "GuardDuty.1, Config.1, Inspector.1, Backup.1", demand: "the account's baseline of detectors and recorders", where: "account",
		open: "one of each serves the whole account; a stack that destroyed them would blind the other", owner: "account",
	},
	{
		number: 98, id: "Account.1, IAM.4 to IAM.9", demand: "the account's contacts, root user, passwords", where: "account",
		open: "no program in the account can decide them", owner: "account",
	},
}
