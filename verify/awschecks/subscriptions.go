package awschecks

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Subscriptions checks of each topic that alarms are sent to, by its name, that exactly those hear it who were subscribed,
// and that each has confirmed it. A mailbox is unsubscribed by whoever follows the link at the end of a mail, which mail
// scanners do.
//
// In an update a subscription that is not confirmed yet is not enough data: its mail has only just been sent.
func Subscriptions(out outputs.Outputs, api TopicReader, interval time.Duration, inUpdate bool) []check.Check {
	var checks []check.Check
	for _, name := range slices.Sorted(maps.Keys(out.Topics)) {
		topic := out.Topics[name]
		checks = append(checks, polled("alarms", "reach-"+name, interval, func(ctx context.Context) (string, error) {
			found, err := subscribers(ctx, topic.Arn, api)
			if err != nil {
				return "", err
			}
			return found.evaluate(topic, inUpdate)
		}))
	}
	return checks
}

// subscriptions are those of one topic. Who has not confirmed is known by the address of a mailbox; that of a pager is a secret.
type subscriptions struct {
	confirmed int
	pending   []string
}

func subscribers(ctx context.Context, topic string, api TopicReader) (subscriptions, error) {
	var found subscriptions
	pages := sns.NewListSubscriptionsByTopicPaginator(api, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	err := eachPage(ctx, pages, func(page *sns.ListSubscriptionsByTopicOutput) error {
		for _, one := range page.Subscriptions {
			switch protocol := aws.ToString(one.Protocol); {
			case strings.HasPrefix(aws.ToString(one.SubscriptionArn), "arn:"):
				found.confirmed++
			case aws.ToString(one.SubscriptionArn) != "PendingConfirmation": // "Deleted", for some days
			case protocol == "email":
				found.pending = append(found.pending, aws.ToString(one.Endpoint))
			default:
				found.pending = append(found.pending, "one by "+protocol)
			}
		}
		return nil
	})
	slices.Sort(found.pending)
	return found, err
}

func (s subscriptions) evaluate(topic outputs.Topic, inUpdate bool) (string, error) {
	of := text.Count(topic.Subscriptions, "subscription")
	list := "`aws sns list-subscriptions-by-topic --topic-arn " + topic.Arn + "`"
	switch known := s.confirmed + len(s.pending); {
	case known < topic.Subscriptions:
		return "", permanent(fmt.Sprintf("%d of %s gone: what was sent there reaches nobody", topic.Subscriptions-known, of),
			"find which: "+list+"; then `pulumi refresh` and `pulumi up`, and confirm it with authenticate-on-unsubscribe, so that no link ends it (docs/first-day.md)",
			s.pending...)
	case known > topic.Subscriptions:
		return "", permanent(fmt.Sprintf("%d more than the %s that the stack file declares", known-topic.Subscriptions, of),
			"find out who else hears the alarms: "+list+"; add it to alerts.emails, or take it away: `aws sns unsubscribe --subscription-arn …`")
	case len(s.pending) > 0 && inUpdate:
		return "", noData(fmt.Sprintf("%d of %s not confirmed yet", len(s.pending), of), "have the owners follow the link in their mail", s.pending...)
	case len(s.pending) > 0:
		return "", permanent(fmt.Sprintf("%d of %s not confirmed: no alarm reaches it", len(s.pending), of),
			"have the owners follow the link in their mail; to send it again: `aws sns subscribe --protocol email --topic-arn "+topic.Arn+
				" --notification-endpoint …`",
			s.pending...)
	}
	return of + ", all confirmed", nil
}
