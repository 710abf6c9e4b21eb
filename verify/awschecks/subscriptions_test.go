package awschecks

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// A hand-written SNS answers here, a page for each subscription. That a message arrives is not proved.

type fakeSNS struct{ subscriptions []types.Subscription }

func (f *fakeSNS) ListSubscriptionsByTopic(
	_ context.Context, in *sns.ListSubscriptionsByTopicInput, _ ...func(*sns.Options),
) (*sns.ListSubscriptionsByTopicOutput, error) {
	if aws.ToString(in.TopicArn) != "arn:page" {
		panic("asked for another topic: " + aws.ToString(in.TopicArn))
	}
	at := len(aws.ToString(in.NextToken))
	if at >= len(f.subscriptions) {
		return &sns.ListSubscriptionsByTopicOutput{}, nil
	}
	out := &sns.ListSubscriptionsByTopicOutput{Subscriptions: f.subscriptions[at : at+1]}
	if at+1 < len(f.subscriptions) {
		out.NextToken = aws.String("page-token"[:at+1])
	}
	return out, nil
}

func subscribed(protocol, endpoint, arn string) types.Subscription {
	return types.Subscription{Protocol: &protocol, Endpoint: &endpoint, SubscriptionArn: &arn}
}

func TestSubscriptions(t *testing.T) {
	const pending, pager = "PendingConfirmation", "https://events.pagerduty.example/integration/secret/enqueue"
	operations, security := subscribed("email", "operations@flowcomply.com", "arn:1"), subscribed("email", "security@flowcomply.com", "arn:2")
	unconfirmed := subscribed("email", "security@flowcomply.com", pending)
	for name, tc := range map[string]struct {
		is       []types.Subscription
		inUpdate bool
		outcome  check.Outcome
		says     []string
	}{
		"all confirmed":  {[]types.Subscription{operations, security}, false, check.OK, []string{"2 subscriptions, all confirmed"}},
		"one is pending": {[]types.Subscription{operations, unconfirmed}, false, check.FailedNow, []string{"1 of 2 subscriptions not confirmed", "security@flowcomply.com"}},
		"one is pending in the update that made it": {[]types.Subscription{operations, unconfirmed}, true, check.NotEnoughData, []string{
			"1 of 2 subscriptions not confirmed yet", "security@flowcomply.com",
		}},
		"the pager is pending":         {[]types.Subscription{operations, subscribed("https", pager, pending)}, false, check.FailedNow, []string{"one by https"}},
		"one was unsubscribed":         {[]types.Subscription{operations, subscribed("email", "security@flowcomply.com", "Deleted")}, false, check.FailedNow, []string{"1 of 2 subscriptions gone"}},
		"all were unsubscribed":        {nil, false, check.FailedNow, []string{"2 of 2 subscriptions gone"}},
		"unsubscribed in an update":    {[]types.Subscription{operations}, true, check.FailedNow, []string{"1 of 2 subscriptions gone"}},
		"somebody else hears it":       {[]types.Subscription{operations, security, subscribed("sms", "+64", "arn:3")}, false, check.FailedNow, []string{"1 more than the 2 subscriptions"}},
		"a stranger and one too few":   {[]types.Subscription{operations, subscribed("sms", "+64", pending)}, false, check.FailedNow, []string{"one by sms"}},
		"pending and unsubscribed too": {[]types.Subscription{unconfirmed}, true, check.FailedNow, []string{"1 of 2 subscriptions gone"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := outputs.Outputs{Topics: map[string]outputs.Topic{"page": {Arn: "arn:page", Subscriptions: 2}}}
			checks := Subscriptions(out, &fakeSNS{tc.is}, 4*time.Second, tc.inUpdate)
			require.Len(t, checks, 1)
			assert.Equal(t, "alarms/reach-page", checks[0].Key())
			result := checktest.One(t, checks[0])
			checktest.Expect(t, result, tc.outcome, tc.says...)
			assert.NotContains(t, fmt.Sprint(result), "integration", "the pager's address is its key")
		})
	}
}

// An older version of the program told no topics, and those are not asked for.
func TestSubscriptions_OfNoTopics(t *testing.T) {
	assert.Empty(t, Subscriptions(outputs.Outputs{}, &fakeSNS{}, time.Second, false))
}
