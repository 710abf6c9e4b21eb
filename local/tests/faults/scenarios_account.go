package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/flowcomply/infrastructure/local/harness"
)

// account are changes that somebody makes beside the program.
func account() []scenario {
	return []scenario{
		{
			faults: one("SES sending paused", "the account may send no mail", "mail/*", `sending is paused`),
			make:   func(ctx context.Context, t *target) ([]byte, error) { return nil, sending(ctx, t, false) },
			undo:   func(ctx context.Context, t *target) error { return sending(ctx, t, true) },
		}, {
			faults: one("secret unreadable", "a policy denies the execution role secretsmanager:GetSecretValue", "secrets/backend", `may not secretsmanager:GetSecretValue on .*DATABASE_URL`),
			make:   deny, undo: allow,
		}, {
			faults: one("permission taken from the task role", "somebody takes the statement about documents out of the backend's task role, which still answers", "permissions/backend",
				`the task role of backend may not s3:PutObject on arn:aws:s3:::\S+/\*`),
			make: withoutDocuments, undo: withDocuments,
		}, {
			faults: one("target unhealthy", "the target group has a target where nothing answers", "targets/frontend", `127\.0\.0\.2:3999 is unhealthy`),
			make:   strangerIn, undo: strangerOut,
		}, {
			faults: one("certificate for another name", "the listener has a certificate for another domain", "health/certificate site", `the certificate is for www\.other\.example`),
			make:   anotherCertificate, undo: ownCertificate,
		}, {
			faults: one("alarm's actions switched off", "somebody disabled the actions of one of the stack's alarms", "alarms/actions", `mail-bounce-rate has its actions disabled`),
			make:   mute, undo: unmute,
		}, {
			faults: one("subscription gone", "somebody followed the link that ends a mailbox's subscription to what pages", "alarms/reach-page", `1 of [0-9]+ subscriptions gone`),
			make:   unsubscribe, undo: subscribe,
		}, {
			faults: one("image gone from the registry", "the repository has the image no more that the tasks run", "images/backend", `the image sha256:[0-9a-f]+ is not in .*backend any more`),
			make:   withoutImage, undo: withImage,
		},
	}
}

func mute(ctx context.Context, t *target) ([]byte, error) {
	_, err := t.CloudWatch().DisableAlarmActions(ctx, &cloudwatch.DisableAlarmActionsInput{AlarmNames: []string{t.UnfedAlarm()}})
	return nil, err
}

func unmute(ctx context.Context, t *target) error {
	_, err := t.CloudWatch().EnableAlarmActions(ctx, &cloudwatch.EnableAlarmActionsInput{AlarmNames: []string{t.UnfedAlarm()}})
	return err
}

// unsubscribe ends the subscription of one mailbox, and keeps the address for subscribe.
func unsubscribe(ctx context.Context, t *target) ([]byte, error) {
	api, topic := sns.NewFromConfig(t.AWS), t.Outputs.Topics["page"].Arn
	found, err := api.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	if err != nil {
		return nil, err
	}
	for _, one := range found.Subscriptions {
		if aws.ToString(one.Protocol) == "email" {
			t.kept = aws.ToString(one.Endpoint)
			_, err = api.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: one.SubscriptionArn})
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s has no mailbox", topic)
}

func subscribe(ctx context.Context, t *target) error {
	_, err := sns.NewFromConfig(t.AWS).Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: aws.String(t.Outputs.Topics["page"].Arn), Protocol: aws.String("email"), Endpoint: &t.kept,
	})
	return err
}

// image is what the backend's tasks run, as ECR names it.
func (t *target) image() (repository *string, ids []ecrtypes.ImageIdentifier) {
	service := t.Outputs.Services["backend"]
	_, name, _ := strings.Cut(service.ImageRepository, "/")
	return &name, []ecrtypes.ImageIdentifier{{ImageDigest: &service.ImageDigest}}
}

// withoutImage keeps the manifest for withImage; the layers stay in the registry, as they do in ECR for some hours.
func withoutImage(ctx context.Context, t *target) ([]byte, error) {
	api := ecr.NewFromConfig(t.AWS)
	repository, ids := t.image()
	found, err := api.BatchGetImage(ctx, &ecr.BatchGetImageInput{RepositoryName: repository, ImageIds: ids})
	if err != nil {
		return nil, err
	}
	if len(found.Images) == 0 {
		return nil, fmt.Errorf("%s does not have the image that runs", *repository)
	}
	t.images = found.Images
	_, err = api.BatchDeleteImage(ctx, &ecr.BatchDeleteImageInput{RepositoryName: repository, ImageIds: ids})
	return nil, err
}

func withImage(ctx context.Context, t *target) error {
	repository, _ := t.image()
	for _, image := range t.images {
		if _, err := ecr.NewFromConfig(t.AWS).PutImage(ctx, &ecr.PutImageInput{
			RepositoryName: repository, ImageManifest: image.ImageManifest, ImageManifestMediaType: image.ImageManifestMediaType,
			ImageDigest: image.ImageId.ImageDigest, ImageTag: image.ImageId.ImageTag,
		}); err != nil {
			return err
		}
	}
	return nil
}

func sending(ctx context.Context, t *target, enabled bool) error {
	_, err := sesv2.NewFromConfig(t.AWS).PutAccountSendingAttributes(ctx, &sesv2.PutAccountSendingAttributesInput{SendingEnabled: enabled})
	return err
}

const denial = "denied-by-accident"

func (t *target) executionRole() *string {
	return nameOf(t.Outputs.Services["backend"].ExecutionRoleArn)
}

func deny(ctx context.Context, t *target) ([]byte, error) {
	policy, err := json.Marshal(map[string]any{
		"Version":   "2012-10-17",
		"Statement": []any{map[string]any{"Effect": "Deny", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}},
	})
	if err != nil {
		return nil, err
	}
	_, err = iam.NewFromConfig(t.AWS).PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: t.executionRole(), PolicyName: aws.String(denial), PolicyDocument: aws.String(string(policy)),
	})
	return nil, err
}

func allow(ctx context.Context, t *target) error {
	_, err := iam.NewFromConfig(t.AWS).DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: t.executionRole(), PolicyName: aws.String(denial)})
	return err
}

func (t *target) balancers() *elasticloadbalancingv2.Client {
	return elasticloadbalancingv2.NewFromConfig(t.AWS)
}

// strangerIn registers an address of this machine, where nothing listens on the port, and waits for the verdict.
func strangerIn(ctx context.Context, t *target) ([]byte, error) {
	group := t.Outputs.Services["frontend"].TargetGroupArn
	stranger := elbtypes.TargetDescription{Id: aws.String("127.0.0.2"), Port: aws.Int32(3999)}
	if _, err := t.balancers().RegisterTargets(ctx, &elasticloadbalancingv2.RegisterTargetsInput{
		TargetGroupArn: &group, Targets: []elbtypes.TargetDescription{stranger},
	}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, recoveryTimeout)
	defer cancel()
	return nil, harness.Until(ctx, "the target is not unhealthy", func(ctx context.Context) (bool, error) {
		shown, err := t.balancers().DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &group})
		if err != nil {
			return false, err
		}
		for _, target := range shown.TargetHealthDescriptions {
			if target.TargetHealth.State == elbtypes.TargetHealthStateEnumUnhealthy {
				return true, nil
			}
		}
		return false, nil
	})
}

func strangerOut(ctx context.Context, t *target) error {
	_, err := t.balancers().DeregisterTargets(ctx, &elasticloadbalancingv2.DeregisterTargetsInput{
		TargetGroupArn: aws.String(t.Outputs.Services["frontend"].TargetGroupArn),
		Targets:        []elbtypes.TargetDescription{{Id: aws.String("127.0.0.2"), Port: aws.Int32(3999)}},
	})
	return err
}

// listener is the stack's HTTPS one.
func (t *target) listener(ctx context.Context) (elbtypes.Listener, error) {
	balancers, err := t.balancers().DescribeLoadBalancers(ctx, &elasticloadbalancingv2.DescribeLoadBalancersInput{})
	if err != nil {
		return elbtypes.Listener{}, err
	}
	for _, balancer := range balancers.LoadBalancers {
		listeners, err := t.balancers().DescribeListeners(ctx, &elasticloadbalancingv2.DescribeListenersInput{LoadBalancerArn: balancer.LoadBalancerArn})
		if err != nil {
			return elbtypes.Listener{}, err
		}
		for _, listener := range listeners.Listeners {
			if listener.Protocol == elbtypes.ProtocolEnumHttps {
				return listener, nil
			}
		}
	}
	return elbtypes.Listener{}, fmt.Errorf("no load balancer has an HTTPS listener")
}

func anotherCertificate(ctx context.Context, t *target) ([]byte, error) {
	listener, err := t.listener(ctx)
	if err != nil {
		return nil, err
	}
	t.kept = aws.ToString(listener.Certificates[0].CertificateArn)
	made, err := acm.NewFromConfig(t.AWS).RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: aws.String("www.other.example")})
	if err != nil {
		return nil, err
	}
	return nil, t.present(ctx, aws.ToString(made.CertificateArn), false)
}

func ownCertificate(ctx context.Context, t *target) error { return t.present(ctx, t.kept, true) }

// present gives the listener a certificate, and waits until users see that.
func (t *target) present(ctx context.Context, certificate string, trusted bool) error {
	listener, err := t.listener(ctx)
	if err != nil {
		return err
	}
	if _, err := t.balancers().ModifyListener(ctx, &elasticloadbalancingv2.ModifyListenerInput{
		ListenerArn: listener.ListenerArn, Certificates: []elbtypes.Certificate{{CertificateArn: &certificate}},
	}); err != nil {
		return err
	}
	return t.answers(ctx, t.Outputs.SiteURL, trusted, "the listener keeps its certificate")
}
