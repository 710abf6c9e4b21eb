package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/flowcomply/infrastructure/local/harness"
)

// account are changes that somebody makes beside the program.
func account() []scene {
	return []scene{
		{
			faults: one("SES sending paused", "the account may send no mail", "mail/*", `sending is paused`),
			make:   func(ctx context.Context, g *ground) ([]byte, error) { return nil, sending(ctx, g, false) },
			undo:   func(ctx context.Context, g *ground) error { return sending(ctx, g, true) },
		}, {
			faults: one("secret unreadable", "a policy denies the execution role secretsmanager:GetSecretValue", "secrets/backend", `may not secretsmanager:GetSecretValue on .*DATABASE_URL`),
			make:   deny, undo: allow,
		}, {
			faults: one("target unhealthy", "the target group has a target where nothing answers", "targets/frontend", `127\.0\.0\.2:3999 is unhealthy`),
			make:   strangerIn, undo: strangerOut,
		}, {
			faults: one("certificate for another name", "the listener has a certificate for another domain", "health/certificate site", `the certificate is for www\.other\.example`),
			make:   anotherCertificate, undo: ownCertificate,
		},
	}
}

func sending(ctx context.Context, g *ground, enabled bool) error {
	_, err := sesv2.NewFromConfig(g.AWS).PutAccountSendingAttributes(ctx, &sesv2.PutAccountSendingAttributesInput{SendingEnabled: enabled})
	return err
}

const denial = "denied-by-accident"

func (g *ground) executionRole() *string {
	arn := g.Outputs.Services["backend"].ExecutionRoleArn
	return aws.String(arn[strings.LastIndex(arn, "/")+1:])
}

func deny(ctx context.Context, g *ground) ([]byte, error) {
	policy, err := json.Marshal(map[string]any{
		"Version":   "2012-10-17",
		"Statement": []any{map[string]any{"Effect": "Deny", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}},
	})
	if err != nil {
		return nil, err
	}
	_, err = iam.NewFromConfig(g.AWS).PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: g.executionRole(), PolicyName: aws.String(denial), PolicyDocument: aws.String(string(policy)),
	})
	return nil, err
}

func allow(ctx context.Context, g *ground) error {
	_, err := iam.NewFromConfig(g.AWS).DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: g.executionRole(), PolicyName: aws.String(denial)})
	return err
}

func (g *ground) balancers() *elasticloadbalancingv2.Client {
	return elasticloadbalancingv2.NewFromConfig(g.AWS)
}

// strangerIn registers an address of this machine, where nothing listens on the port, and waits for the verdict.
func strangerIn(ctx context.Context, g *ground) ([]byte, error) {
	group := g.Outputs.Services["frontend"].TargetGroupArn
	stranger := elbtypes.TargetDescription{Id: aws.String("127.0.0.2"), Port: aws.Int32(3999)}
	if _, err := g.balancers().RegisterTargets(ctx, &elasticloadbalancingv2.RegisterTargetsInput{
		TargetGroupArn: &group, Targets: []elbtypes.TargetDescription{stranger},
	}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, mendedWithin)
	defer cancel()
	return nil, harness.Until(ctx, "the target is not unhealthy", func(ctx context.Context) (bool, error) {
		shown, err := g.balancers().DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &group})
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

func strangerOut(ctx context.Context, g *ground) error {
	_, err := g.balancers().DeregisterTargets(ctx, &elasticloadbalancingv2.DeregisterTargetsInput{
		TargetGroupArn: aws.String(g.Outputs.Services["frontend"].TargetGroupArn),
		Targets:        []elbtypes.TargetDescription{{Id: aws.String("127.0.0.2"), Port: aws.Int32(3999)}},
	})
	return err
}

// listener is the stack's HTTPS one.
func (g *ground) listener(ctx context.Context) (elbtypes.Listener, error) {
	balancers, err := g.balancers().DescribeLoadBalancers(ctx, &elasticloadbalancingv2.DescribeLoadBalancersInput{})
	if err != nil {
		return elbtypes.Listener{}, err
	}
	for _, balancer := range balancers.LoadBalancers {
		listeners, err := g.balancers().DescribeListeners(ctx, &elasticloadbalancingv2.DescribeListenersInput{LoadBalancerArn: balancer.LoadBalancerArn})
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

func anotherCertificate(ctx context.Context, g *ground) ([]byte, error) {
	listener, err := g.listener(ctx)
	if err != nil {
		return nil, err
	}
	g.kept = aws.ToString(listener.Certificates[0].CertificateArn)
	made, err := acm.NewFromConfig(g.AWS).RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: aws.String("www.other.example")})
	if err != nil {
		return nil, err
	}
	return nil, g.present(ctx, aws.ToString(made.CertificateArn), false)
}

func ownCertificate(ctx context.Context, g *ground) error { return g.present(ctx, g.kept, true) }

// present gives the listener a certificate, and waits until users see that.
func (g *ground) present(ctx context.Context, certificate string, trusted bool) error {
	listener, err := g.listener(ctx)
	if err != nil {
		return err
	}
	if _, err := g.balancers().ModifyListener(ctx, &elasticloadbalancingv2.ModifyListenerInput{
		ListenerArn: listener.ListenerArn, Certificates: []elbtypes.Certificate{{CertificateArn: &certificate}},
	}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, mendedWithin)
	defer cancel()
	return harness.Until(ctx, "the listener keeps its certificate", func(ctx context.Context) (bool, error) {
		g.Web.CloseIdleConnections()
		res, err := g.Web.Get(g.Outputs.SiteURL)
		if err == nil {
			_ = res.Body.Close()
		}
		return (err == nil) == trusted, nil
	})
}
