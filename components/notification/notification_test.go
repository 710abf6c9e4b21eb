package notification

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what is asked of SNS and EventBridge. They do not prove
// that a message arrives: that takes confirmed subscriptions and a key policy
// that lets the publishers in.

const (
	topicType        = "aws:sns/topic:Topic"
	policyType       = "aws:sns/topicPolicy:TopicPolicy"
	subscriptionType = "aws:sns/topicSubscription:TopicSubscription"
	endpoint         = "https://events.pagerduty.example/integration/0123/enqueue"
)

func full() Spec {
	return Spec{
		Emails:    map[string]string{"operations": "ops@flowcomply.com", "security": "security@flowcomply.com"},
		PagerDuty: true, ImageFindings: true,
	}
}

func validArgs() Args {
	return Args{
		Stack: "flowcomply-production", AccountID: "123456789012", Region: "ap-southeast-2", Cluster: "flowcomply-production",
		Registries: []string{"flowcomply-frontend", "flowcomply-backend"}, RunbookURL: "https://example.com/alarms.md",
		KeyArn: pulumi.String("arn:key"), PagerDutyEndpoint: pulumi.String(endpoint),
	}
}

func declare(t *testing.T, spec Spec) *record.Graph {
	t.Helper()
	return record.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "notification", spec, validArgs())
		return err
	})
}

func TestNew_Graph(t *testing.T) {
	declare(t, full()).Golden(t, "full")
	declare(t, Spec{Emails: map[string]string{"operations": "ops@flowcomply.com"}}).Golden(t, "least")
}

func TestNew_TopicsAreEncryptedWithTheKey(t *testing.T) {
	graph := declare(t, full())
	require.Len(t, graph.Of(topicType), 2)
	for _, topic := range graph.Of(topicType) {
		assert.Equal(t, "arn:key", topic.Get("kmsMasterKeyId"), topic.Name)
		assert.Nil(t, topic.Get("name"), "autonamed: replaced topics live side by side")
	}
}

func TestNew_OnlyServicesMayPublish(t *testing.T) {
	graph := declare(t, full())
	conditional := map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": "123456789012"}}
	for _, c := range []struct {
		name string
		want map[string]any // service → condition
	}{
		{"notification-page", map[string]any{"cloudwatch.amazonaws.com": conditional}},
		{"notification-notify", map[string]any{
			"cloudwatch.amazonaws.com": conditional, "budgets.amazonaws.com": conditional,
			"events.rds.amazonaws.com": conditional, "events.amazonaws.com": nil,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var document struct{ Statement []map[string]any }
			policy := graph.One(t, policyType, c.name)
			require.NoError(t, json.Unmarshal([]byte(policy.Get("policy").(string)), &document))
			got := map[string]any{}
			for _, s := range document.Statement {
				principal, isMap := s["Principal"].(map[string]any)
				require.True(t, isMap, "a principal of * is public")
				require.Len(t, principal, 1)
				assert.Equal(t, "Allow", s["Effect"])
				assert.Equal(t, "sns:Publish", s["Action"])
				assert.Equal(t, "arn:aws:mock:ap-southeast-2:123456789012:Topic/"+c.name, s["Resource"])
				got[principal["Service"].(string)] = s["Condition"]
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// PagerDuty opens and resolves incidents by alarms: nothing else is published where it listens.
func TestNew_OnlyAlarmsPage(t *testing.T) {
	policy := declare(t, full()).One(t, policyType, "notification-page").Get("policy").(string)
	assert.NotContains(t, policy, "events.amazonaws.com")
}

func TestSpec_Subscriptions(t *testing.T) {
	for pager, want := range map[bool][2]int{true: {3, 2}, false: {2, 2}} {
		spec := full()
		spec.PagerDuty = pager
		page, notify := spec.Subscriptions()
		assert.Equal(t, want, [2]int{page, notify})
	}
	graph, declared := declare(t, full()), map[string]int{}
	for _, s := range graph.Of(subscriptionType) {
		declared[s.Get("topic").(string)]++
	}
	assert.ElementsMatch(t, []int{3, 2}, slices.Collect(maps.Values(declared)), "what is counted is what is declared")
}

func TestNew_EveryMailboxIsOnBothTopics(t *testing.T) {
	graph := declare(t, full())
	for topic, arn := range map[string]string{"page": "Topic/notification-page", "notify": "Topic/notification-notify"} {
		for key, address := range full().Emails {
			s := graph.One(t, subscriptionType, "notification-"+topic+"-"+key)
			assert.Equal(t, "email", s.Get("protocol"))
			assert.Equal(t, address, s.Get("endpoint"))
			assert.Contains(t, s.Get("topic"), arn)
		}
	}
}

func TestNew_AddingAMailboxMovesNone(t *testing.T) {
	before := names(declare(t, full()))
	more := full()
	more.Emails["another"] = "another@flowcomply.com"
	after := names(declare(t, more))
	assert.Subset(t, after, before)
	assert.Len(t, after, len(before)+2)
}

func names(graph *record.Graph) []string {
	var out []string
	for _, r := range graph.All() {
		out = append(out, r.String())
	}
	return out
}

func TestNew_PagerDuty(t *testing.T) {
	pager := declare(t, full()).One(t, subscriptionType, "notification-page-pagerduty")
	assert.Equal(t, "https", pager.Get("protocol"))
	assert.Equal(t, endpoint, pager.Get("endpoint"))
	assert.True(t, pager.IsSecret("endpoint"), "its path is the integration key")
	assert.Equal(t, true, pager.Get("endpointAutoConfirms"))
	assert.Contains(t, pager.Get("topic"), "Topic/notification-page")
}

func TestNew_NoSubscriptionInClearText(t *testing.T) {
	for _, s := range declare(t, full()).Of(subscriptionType) {
		assert.NotEqual(t, "http", s.Get("protocol"), s.Name)
	}
}

func TestNew_ArnsComeOutOfThePolicies(t *testing.T) {
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "notification", full(), validArgs())
		return err
	}, record.Answer(policyType, "notification-page", map[string]any{"arn": "arn:after-policy"}))
	assert.Equal(t, "arn:after-policy", graph.One(t, subscriptionType, "notification-page-pagerduty").Get("topic"))
}

func TestNew_PreviewDeclaresTheSame(t *testing.T) {
	preview := record.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "notification", full(), validArgs())
		return err
	}, record.Preview())
	assert.Equal(t, declare(t, full()).String(), preview.String())
}

func TestNew_Faults(t *testing.T) {
	for _, c := range []struct {
		fault  string
		change func(*Spec, *Args)
		want   string
	}{
		{"stack", func(_ *Spec, w *Args) { w.Stack = "" }, "args.Stack: is missing"},
		{"account", func(_ *Spec, w *Args) { w.AccountID = "" }, "args.AccountID: is missing"},
		{"region", func(_ *Spec, w *Args) { w.Region = "" }, "args.Region: is missing"},
		{"cluster", func(_ *Spec, w *Args) { w.Cluster = "" }, "args.Cluster: is missing"},
		{"runbook", func(_ *Spec, w *Args) { w.RunbookURL = "" }, "args.RunbookURL: is missing"},
		{"key", func(_ *Spec, w *Args) { w.KeyArn = nil }, "args.KeyArn: is missing"},
		{"endpoint", func(_ *Spec, w *Args) { w.PagerDutyEndpoint = nil }, "args.PagerDutyEndpoint: is missing; set it as a Pulumi secret, or set pagerDuty: false"},
		{"registries", func(_ *Spec, w *Args) { w.Registries = nil }, "args.Registries: are missing"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			spec, in := full(), validArgs()
			c.change(&spec, &in)
			graph, err := record.Try(func(ctx *pulumi.Context) error {
				_, err := New(ctx, "notification", spec, in)
				return err
			})
			require.ErrorContains(t, err, `notification "notification": `)
			require.ErrorContains(t, err, c.want)
			assert.Empty(t, graph.Of("flowcomply:notification:Topics"))
		})
	}
}

func TestNew_EndpointIsNotNeededWithoutPagerDuty(t *testing.T) {
	spec, in := full(), validArgs()
	spec.PagerDuty, in.PagerDutyEndpoint = false, nil
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "notification", spec, in)
		return err
	})
	for _, s := range graph.Of(subscriptionType) {
		assert.Equal(t, "email", s.Get("protocol"), s.Name)
	}
}
