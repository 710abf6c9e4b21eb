// Package notification declares whom alarms and events reach: one topic that pages and one that is read within the
// working day.
//
//   - Alarms alone page. The event of a failed deployment has an alarm on its rule, which PagerDuty opens and resolves an
//     incident by; its own message goes to the mailboxes, and says which service and why.
//   - A topic's ARN is given out only once its policy is in place: Budgets and RDS refuse a topic that they may not
//     publish to.
package notification

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/pattern"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Spec is what an operator decides about being told.
type Spec struct {
	// Emails are the mailboxes that get every message, by a name of your choice
	// (lower-kebab) that stays when the address changes; the budget writes to them
	// too. Each owner has to confirm two subscriptions. Changing an address
	// replaces its subscriptions and no other.
	Emails map[string]string `json:"emails"`
	// PagerDuty sends what pages to PagerDuty as well, where on-call is organised
	// (runbook, Emergency Contacts). The endpoint is a Pulumi secret.
	PagerDuty bool `json:"pagerDuty"`
	// ImageFindings mails when the scan of a pushed image finds critical
	// vulnerabilities. Default: false.
	ImageFindings bool `json:"imageFindings,omitempty"`
}

// pagerDutyKey is taken among the subscriptions' names.
const pagerDutyKey = "pagerduty"

var addressForm = regexp.MustCompile(`[A-Za-z0-9._%+-]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}`)

// Validate reports every problem at once. No address may be there twice: SNS keeps one subscription an address, and the
// second resource would then own what the first declared.
func (s Spec) Validate() error {
	errs := []error{
		validate.Demand(len(s.Emails) > 0, "emails", "is empty, so that the notify topic would reach nobody", "one address or more"),
	}
	owner := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(s.Emails)) {
		field, address := "emails."+key, s.Emails[key]
		first, taken := owner[address]
		errs = append(errs,
			validate.Match(field, key, pattern.Key, "a key in lower-kebab form, e.g. operations"),
			validate.Match(field, address, addressForm, "a mail address, e.g. operations@example.com"),
			validate.Demand(key != pagerDutyKey, field, fmt.Sprintf("%q names the pager's subscription", key), "another key"),
			validate.Demand(!taken, field, "is the address of emails."+first, "each address once"))
		if !taken {
			owner[address] = key
		}
	}
	return validate.All(errs...)
}

// Addresses lists the mailboxes, sorted: for a budget, which writes to them itself.
func (s Spec) Addresses() []string { return slices.Sorted(maps.Values(s.Emails)) }

// Subscriptions are how many each topic has: every mailbox is on both, the pager on the one that pages.
func (s Spec) Subscriptions() (page, notify int) {
	page, notify = len(s.Emails), len(s.Emails)
	if s.PagerDuty {
		page++
	}
	return page, notify
}

// check wants what this spec needs beside what every one does.
func (args Args) check(spec Spec) error {
	return validate.All(
		validate.Demand(!spec.PagerDuty || args.PagerDutyEndpoint != nil, "args.PagerDutyEndpoint",
			"is missing; set it as a Pulumi secret, or set pagerDuty: false", ""),
		validate.Demand(!spec.ImageFindings || len(args.Registries) > 0, "args.Registries",
			"are missing; imageFindings watches them by name", ""),
	)
}

// Args are what other components and infra supply.
type Args struct {
	Stack      string   // "flowcomply-production": names the stack in messages
	AccountID  string   // the only account whose services may publish
	Region     string   // of the cluster whose deployments are watched
	Cluster    string   // name of the ECS cluster whose failed deployments page
	Registries []string `args:"optional"` // names of the ECR repositories watched when spec.ImageFindings is set
	RunbookURL string   // where docs/alarms.md is published

	// KeyArn encrypts the topics. Its key policy must let cloudwatch, events,
	// budgets and events.rds use it, or messages are lost without a word; for
	// events without aws:SourceAccount, which EventBridge does not send to KMS.
	KeyArn pulumi.StringInput
	// PagerDutyEndpoint is the https URL of the integration, a secret: its path is
	// the integration key. Needed when spec.PagerDuty is set, unused otherwise.
	PagerDutyEndpoint pulumi.StringInput `args:"optional"`
}

// Topics is the pair of topics with their subscriptions and event rules.
type Topics struct {
	pulumi.ResourceState

	PageTopicArn   pulumi.StringOutput `pulumi:"pageTopicArn"`
	NotifyTopicArn pulumi.StringOutput `pulumi:"notifyTopicArn"`
	// DeploymentFailedRule is the name of the rule that matches failed deployments, for an alarm.
	DeploymentFailedRule pulumi.StringOutput
}

// New declares both topics, their policies and subscriptions, and the rules
// that turn events into messages.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Topics, error) {
	topics := &Topics{}
	b, err := component.New(ctx, "flowcomply:notification:Topics", name, topics, args, opts, args.check(spec))
	if err != nil {
		return nil, err
	}
	if topics.PageTopicArn, err = topic(b, name+"-page", args, alarms); err != nil {
		return nil, b.Errorf("page topic: %w", err)
	}
	if topics.NotifyTopicArn, err = topic(b, name+"-notify", args, alarms, budgets, rds, events); err != nil {
		return nil, b.Errorf("notify topic: %w", err)
	}
	if err := subscribe(b, spec, args, topics); err != nil {
		return nil, b.Errorf("%w", err)
	}
	if err := rules(b, spec, args, topics); err != nil {
		return nil, b.Errorf("%w", err)
	}
	return topics, b.Done()
}

// topic declares an encrypted topic and its policy; the ARN comes out of the
// policy, so that whoever uses it waits for the policy.
func topic(b *component.Builder, name string, args Args, publishers ...publisher) (pulumi.StringOutput, error) {
	topic, err := sns.NewTopic(b.Ctx, name, &sns.TopicArgs{KmsMasterKeyId: args.KeyArn.ToStringOutput()}, b.Parent)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	policy, err := sns.NewTopicPolicy(b.Ctx, name, &sns.TopicPolicyArgs{
		Arn:    topic.Arn,
		Policy: topic.Arn.ApplyT(func(arn string) string { return policyDocument(arn, args.AccountID, publishers) }).(pulumi.StringOutput),
	}, b.Parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("policy: %w", err)
	}
	return policy.Arn, nil
}

// subscribe puts every mailbox on both topics and the pager on one. A mailbox
// receives nothing until its owner has confirmed the subscription.
//
//runbook:contact.emergency#2 puts PagerDuty on the topic of what wakes somebody.
func subscribe(b *component.Builder, spec Spec, args Args, topics *Topics) error {
	subscriptions := map[string]*sns.TopicSubscriptionArgs{}
	for key, address := range spec.Emails {
		subscriptions["page-"+key] = mailbox(topics.PageTopicArn, address)
		subscriptions["notify-"+key] = mailbox(topics.NotifyTopicArn, address)
	}
	if spec.PagerDuty {
		subscriptions["page-"+pagerDutyKey] = &sns.TopicSubscriptionArgs{
			Topic:                topics.PageTopicArn,
			Protocol:             pulumi.String("https"),
			Endpoint:             pulumi.ToSecret(args.PagerDutyEndpoint).(pulumi.StringOutput),
			EndpointAutoConfirms: pulumi.Bool(true),
		}
	}
	for _, key := range slices.Sorted(maps.Keys(subscriptions)) {
		if _, err := sns.NewTopicSubscription(b.Ctx, b.Name+"-"+key, subscriptions[key], b.Parent); err != nil {
			return fmt.Errorf("subscription %q: %w", key, err)
		}
	}
	return nil
}

func mailbox(topicArn pulumi.StringOutput, address string) *sns.TopicSubscriptionArgs {
	return &sns.TopicSubscriptionArgs{Topic: topicArn, Protocol: pulumi.String("email"), Endpoint: pulumi.String(address)}
}
