package main

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// corrected are the inputs that the next update changes on a state of the commit that identity_test.go compares with, by type or by
// type and name, each with the reason (docs/aws.md). The provider changes each in place; none replaces a resource.
var corrected = map[string]map[string]string{
	"aws:cloudwatch/dashboard:Dashboard overview":                     {"dashboardBody": "it draws the alarms"},
	"aws:cloudwatch/eventTarget:EventTarget alerts-deployment-failed": {"arn": "an alarm pages, as PagerDuty opens and resolves incidents by alarms; the event mails"},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {
		"okActions": "what mails says nothing when it is over", "insufficientDataActions": "an alarm that goes blind tells the mailboxes",
	},
	"aws:cloudwatch/metricAlarm:MetricAlarm backend-route-alarms-error-rate":         {"metricQueries": minimum},
	"aws:cloudwatch/metricAlarm:MetricAlarm backend-route-alarms-latency":            gated,
	"aws:cloudwatch/metricAlarm:MetricAlarm backend-route-alarms-no-healthy-target":  {"alarmActions": byUnavailable},
	"aws:cloudwatch/metricAlarm:MetricAlarm backend-route-alarms-slow":               gated,
	"aws:cloudwatch/metricAlarm:MetricAlarm cache-001-alarms-cpu":                    smallNode,
	"aws:cloudwatch/metricAlarm:MetricAlarm cache-001-alarms-hit-rate":               {"metricQueries": minimum},
	"aws:cloudwatch/metricAlarm:MetricAlarm cache-002-alarms-cpu":                    smallNode,
	"aws:cloudwatch/metricAlarm:MetricAlarm cache-002-alarms-hit-rate":               {"metricQueries": minimum},
	"aws:cloudwatch/metricAlarm:MetricAlarm front-alarms-error-rate":                 {"metricQueries": minimum},
	"aws:cloudwatch/metricAlarm:MetricAlarm frontend-route-alarms-error-rate":        {"metricQueries": minimum},
	"aws:cloudwatch/metricAlarm:MetricAlarm frontend-route-alarms-latency":           gated,
	"aws:cloudwatch/metricAlarm:MetricAlarm frontend-route-alarms-no-healthy-target": {"alarmActions": byUnavailable},
	"aws:cloudwatch/metricAlarm:MetricAlarm frontend-route-alarms-slow":              gated,
	"aws:cloudwatch/metricAlarm:MetricAlarm mail-alarms-bounce-rate":                 {"alarmDescription": whoseMail},
	"aws:cloudwatch/metricAlarm:MetricAlarm mail-alarms-complaint-rate":              {"alarmDescription": whoseMail},
	"aws:iam/rolePolicy:RolePolicy backend-task-policy":                              {"policy": "in the sandbox SES asks for permission for the recipient's identity too"},
	"aws:rds/eventSubscription:EventSubscription database":                           {"eventCategories": "a failover and low storage are told too"},
	"aws:sns/topicPolicy:TopicPolicy alerts-page":                                    {"policy": "no event is sent there any more"},
	"command:local:Command verify":                                                   {"create": oneProgram, "stdin": "there are other alarms and objectives, which are verified once more"},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                                                {"policy": "only this account's principals and resources may pass"},
	"aws:kms/key:Key operations":                                                     {"policy": "EventBridge may use the key for topics of the account only"},
	"aws:lb/listener:Listener front-https":                                           {"sslPolicy": "a post-quantum key exchange"},
	"aws:lb/targetGroup:TargetGroup backend-target": {
		"deregistrationDelay": "requests that wait for a model are longer than 30 s", "healthCheck": "a failover is no reason to replace tasks",
	},
	"aws:lb/targetGroup:TargetGroup frontend-target":                           {"deregistrationDelay": "no shorter than the load balancer's idle timeout"},
	"aws:rds/parameterGroup:ParameterGroup database":                           {"parameters": "a slow statement's parameters are customers' data"},
	"aws:s3/bucketPolicy:BucketPolicy logs":                                    {"policy": "load balancers deliver as a service"},
	"aws:wafv2/webAcl:WebAcl firewall":                                         {"rules": "documents are let through where they are uploaded"},
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration firewall": {"loggingFilter": "only what was blocked or counted"},
}

// Why alarms were corrected.
const (
	minimum       = "a share of hardly anything is no share"
	byUnavailable = "the alarm that pages for an outage fires without any target too"
	whoseMail     = "the account's mail has alarms of its own"
)

var (
	gated = map[string]string{
		"metricQueries": minimum, "dimensions": minimum, "extendedStatistic": minimum, "metricName": minimum, "namespace": minimum, "period": minimum,
	}
	smallNode = map[string]string{"alarmDescription": oneThread, "metricName": oneThread, "threshold": oneThread}
)

const oneThread = "below 4 vCPUs the engine's own CPU use says too little"

// onSome are inputs that not every alarm has that they were corrected for.
var onSome = []string{"okActions", "insufficientDataActions", "dimensions", "extendedStatistic", "metricName", "namespace", "period"}

// added are the resources that a state of that commit does not have, by type and name, each with the reason.
var added = map[string]string{
	"aws:cloudwatch/metricAlarm:MetricAlarm backend-availability-alarms-unavailable":  "an outage without any target pages",
	"aws:cloudwatch/metricAlarm:MetricAlarm cache-001-alarms-cpu-credits":             credits,
	"aws:cloudwatch/metricAlarm:MetricAlarm cache-002-alarms-cpu-credits":             credits,
	"aws:cloudwatch/metricAlarm:MetricAlarm database-alarms-cpu-credits":              credits,
	"aws:cloudwatch/metricAlarm:MetricAlarm deployments-alarms-failed":                "PagerDuty opens and resolves incidents by alarms",
	"aws:cloudwatch/metricAlarm:MetricAlarm frontend-availability-alarms-unavailable": "an outage without any target pages",
	"aws:cloudwatch/metricAlarm:MetricAlarm mail-account-alarms-bounce-rate":          accounts,
	"aws:cloudwatch/metricAlarm:MetricAlarm mail-account-alarms-complaint-rate":       accounts,
	"command:local:Command mail-default":                                              "mail that names no configuration set uses the stack's",
	"flowcomply:alarm:Set backend-availability-alarms":                                "an outage without any target pages",
	"flowcomply:alarm:Set deployments-alarms":                                         "PagerDuty opens and resolves incidents by alarms",
	"flowcomply:alarm:Set frontend-availability-alarms":                               "an outage without any target pages",
	"flowcomply:alarm:Set mail-account-alarms":                                        accounts,
	"aws:route53/record:Record zone-record-mailboxes":                                 "the domain keeps its mailboxes when it is delegated",
	"aws:route53/record:Record zone-record-senders":                                   "the domain keeps its SPF when it is delegated",
}

// Why alarms were added.
const (
	credits  = "a t class is held to its baseline, or costs more, without credits"
	accounts = "AWS goes by the rates of the whole account"
)

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
	used := map[string]bool{}
	for _, r := range append(graphOf(t, "production").All(), graphOf(t, "staging").All()...) {
		for _, owner := range []string{r.Type, r.Type + " " + r.Name} {
			for input, reason := range corrected[owner] {
				used[owner] = true
				assert.NotEmpty(t, reason, owner)
				if !slices.Contains(onSome, input) {
					assert.NotNil(t, r.Get(input), "%s: %s", owner, input)
				}
			}
			if reason, is := added[owner]; is {
				used[owner] = true
				assert.NotEmpty(t, reason, owner)
			}
		}
	}
	require.Len(t, used, len(corrected)+len(added), "the tables have what no resource is")
}
