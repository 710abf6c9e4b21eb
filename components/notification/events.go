package notification

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/slo"
)

// rule is one kind of event that becomes a message.
type rule struct {
	suffix, description, pattern string
	paths                        map[string]string // template variable → path in the event
	template                     string
}

// rules declares the rules and where each publishes.
//
//runbook:rollback.when#3,pre.1#3 tells of critical findings in an image; what to do then is for a person to decide.
func rules(b *component.Builder, spec Spec, args Args, topics *Topics) error {
	failed, err := publish(b, deploymentFailed(args), topics.NotifyTopicArn)
	if err != nil {
		return err
	}
	topics.DeploymentFailedRule = failed.Name
	if !spec.ImageFindings {
		return nil
	}
	_, err = publish(b, imageFindings(args), topics.NotifyTopicArn)
	return err
}

func publish(b *component.Builder, r rule, topicArn pulumi.StringOutput) (*cloudwatch.EventRule, error) {
	event, err := cloudwatch.NewEventRule(b.Ctx, b.Name+"-"+r.suffix, &cloudwatch.EventRuleArgs{
		Description: pulumi.String(r.description), EventPattern: pulumi.String(r.pattern),
	}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", r.suffix, err)
	}
	_, err = cloudwatch.NewEventTarget(b.Ctx, b.Name+"-"+r.suffix, &cloudwatch.EventTargetArgs{
		Rule:     event.Name,
		TargetId: pulumi.String("topic"),
		Arn:      topicArn,
		InputTransformer: cloudwatch.EventTargetInputTransformerArgs{
			InputPaths: pulumi.ToStringMap(r.paths), InputTemplate: pulumi.String(r.template),
		},
	}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("rule %q: target: %w", r.suffix, err)
	}
	return event, nil
}

// deploymentFailed matches every service of the cluster by ARN prefix: the
// cluster need not exist yet, and a new service is watched from its start.
func deploymentFailed(args Args) rule {
	prefix := fmt.Sprintf("arn:aws:ecs:%s:%s:service/%s/", args.Region, args.AccountID, args.Cluster)
	return rule{
		suffix:      "deployment-failed",
		description: "A deployment of a service in " + args.Cluster + " failed",
		pattern: text(map[string]any{
			"source":      []string{"aws.ecs"},
			"detail-type": []string{"ECS Deployment State Change"},
			"resources":   []any{map[string]string{"prefix": prefix}},
			"detail":      map[string]any{"eventName": []string{"SERVICE_DEPLOYMENT_FAILED"}},
		}),
		paths:    map[string]string{"reason": "$.detail.reason", "service": "$.resources[0]", "time": "$.time"},
		template: alarmLike(args, "deployment-failed", slo.EventDeploymentFailed, "ECS gave up on a deployment."),
	}
}

// imageFindings matches scans of our repositories that found something critical.
func imageFindings(args Args) rule {
	return rule{
		suffix:      "image-findings",
		description: "The scan of an image found critical vulnerabilities",
		pattern: text(map[string]any{
			"source":      []string{"aws.ecr"},
			"detail-type": []string{"ECR Image Scan"},
			"detail": map[string]any{
				"scan-status":             []string{"COMPLETE"},
				"repository-name":         slices.Sorted(slices.Values(args.Registries)),
				"finding-severity-counts": map[string]any{"CRITICAL": []any{map[string]any{"numeric": []any{">", 0}}}},
			},
		}),
		paths:    map[string]string{"reason": "$.detail.image-digest", "service": "$.detail.repository-name", "time": "$.time"},
		template: alarmLike(args, "image-findings", slo.EventImageFindings, "A pushed image has critical vulnerabilities."),
	}
}

// alarmLike writes an event in the form of an alarm's message: people read one form instead of two.
// EventBridge puts the quotes around a variable's value itself.
func alarmLike(args Args, id, anchor, title string) string {
	return fmt.Sprintf(
		`{"AlarmName":%s,"AlarmDescription":%s,"NewStateValue":"ALARM","NewStateReason":<reason>,"StateChangeTime":<time>,"Subject":<service>}`,
		text(args.Stack+"-"+id), text(fmt.Sprintf("%s Runbook: %s#%s", title, args.RunbookURL, anchor)))
}

// text is JSON of strings, lists and maps, which always marshals; maps come
// out sorted, and > stays > as AWS gives it back.
func text(v any) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("notification: %v", err))
	}
	return strings.TrimSpace(out.String())
}
