// Package notification declares whom alarms and events reach: one topic that
// pages and one that is read within the working day.
//
// A topic's ARN is given out only once its policy is in place, because Budgets
// and RDS refuse a topic that they may not publish to.
package notification

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args are what other components and infra supply.
type Args struct {
	Stack      string   // "flowcomply-production": names the stack in messages
	AccountID  string   // the only account whose services may publish
	Region     string   // of the cluster whose deployments are watched
	Cluster    string   // name of the ECS cluster whose failed deployments page
	Registries []string // names of the ECR repositories watched when spec.ImageFindings is set
	RunbookURL string   // where docs/alarms.md is published

	// KeyArn encrypts the topics. Its key policy must let cloudwatch, events,
	// budgets and events.rds use it, or messages are lost without a word; for
	// events without aws:SourceAccount, which EventBridge does not send to KMS.
	KeyArn pulumi.StringInput
	// PagerDutyEndpoint is the https URL of the integration, a secret: its path is
	// the integration key. Needed when spec.PagerDuty is set, unused otherwise.
	PagerDutyEndpoint pulumi.StringInput
}

// Topics is the pair of topics with their subscriptions and event rules.
type Topics struct {
	pulumi.ResourceState

	PageTopicArn   pulumi.StringOutput `pulumi:"pageTopicArn"`
	NotifyTopicArn pulumi.StringOutput `pulumi:"notifyTopicArn"`
}

// New declares both topics, their policies and subscriptions, and the rules
// that turn events into messages.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Topics, error) {
	if err := errors.Join(spec.Validate(), args.check(spec)); err != nil {
		return nil, fmt.Errorf("notification %q: %w", name, err)
	}
	topics := &Topics{}
	if err := ctx.RegisterComponentResource("flowcomply:notification:Topics", name, topics, opts...); err != nil {
		return nil, fmt.Errorf("notification %q: %w", name, err)
	}
	parent := pulumi.Parent(topics)
	var err error
	if topics.PageTopicArn, err = topic(ctx, name+"-page", args, pagePublishers(), parent); err != nil {
		return nil, fmt.Errorf("notification %q: page topic: %w", name, err)
	}
	if topics.NotifyTopicArn, err = topic(ctx, name+"-notify", args, notifyPublishers(spec), parent); err != nil {
		return nil, fmt.Errorf("notification %q: notify topic: %w", name, err)
	}
	if err := subscribe(ctx, name, spec, args, topics, parent); err != nil {
		return nil, fmt.Errorf("notification %q: %w", name, err)
	}
	if err := rules(ctx, name, spec, args, topics, parent); err != nil {
		return nil, fmt.Errorf("notification %q: %w", name, err)
	}
	return topics, ctx.RegisterResourceOutputs(topics, pulumi.Map{
		"pageTopicArn": topics.PageTopicArn, "notifyTopicArn": topics.NotifyTopicArn,
	})
}

// topic declares an encrypted topic and its policy; the ARN comes out of the
// policy, so that whoever uses it waits for the policy.
func topic(ctx *pulumi.Context, name string, args Args, publishers []publisher, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	made, err := sns.NewTopic(ctx, name, &sns.TopicArgs{KmsMasterKeyId: args.KeyArn.ToStringOutput()}, parent)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	policy, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn: made.Arn,
		Policy: made.Arn.ApplyT(func(arn string) string {
			return policyDocument(arn, args.AccountID, publishers)
		}).(pulumi.StringOutput),
	}, parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("policy: %w", err)
	}
	return policy.Arn, nil
}

// subscribe puts every mailbox on both topics and the pager on one. A mailbox
// receives nothing until its owner has confirmed the subscription.
//
//runbook:contact.emergency#2 puts PagerDuty on the topic of what wakes somebody.
func subscribe(ctx *pulumi.Context, name string, spec Spec, args Args, topics *Topics, parent pulumi.ResourceOption) error {
	for _, key := range slices.Sorted(maps.Keys(spec.Emails)) {
		if err := mailbox(ctx, name+"-page-"+key, spec.Emails[key], topics.PageTopicArn, parent); err != nil {
			return err
		}
		if err := mailbox(ctx, name+"-notify-"+key, spec.Emails[key], topics.NotifyTopicArn, parent); err != nil {
			return err
		}
	}
	if !spec.PagerDuty {
		return nil
	}
	_, err := sns.NewTopicSubscription(ctx, name+"-page-"+pagerDutyKey, &sns.TopicSubscriptionArgs{
		Topic:                topics.PageTopicArn,
		Protocol:             pulumi.String("https"),
		Endpoint:             pulumi.ToSecret(args.PagerDutyEndpoint).(pulumi.StringOutput),
		EndpointAutoConfirms: pulumi.Bool(true),
	}, parent)
	if err != nil {
		return fmt.Errorf("subscription %q: %w", pagerDutyKey, err)
	}
	return nil
}

func mailbox(ctx *pulumi.Context, name, address string, topicArn pulumi.StringOutput, parent pulumi.ResourceOption) error {
	_, err := sns.NewTopicSubscription(ctx, name, &sns.TopicSubscriptionArgs{
		Topic: topicArn, Protocol: pulumi.String("email"), Endpoint: pulumi.String(address),
	}, parent)
	if err != nil {
		return fmt.Errorf("subscription %q: %w", name, err)
	}
	return nil
}
