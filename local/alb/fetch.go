package alb

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/ca"
)

// source asks AWS for the state.
type source struct {
	client awsclient.Client
	elb    *elb.Client
	acm    *acm.Client
	issuer *ca.CA
	log    *log.Logger
	issued map[string]tls.Certificate // by ACM's ARN; what a certificate is for never changes
}

func (s *source) state(ctx context.Context) (*state, error) {
	found := &state{listeners: map[string]listener{}, groups: map[string]group{}}
	balancers := elb.NewDescribeLoadBalancersPaginator(s.elb, &elb.DescribeLoadBalancersInput{})
	for balancers.HasMorePages() {
		page, err := balancers.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.LoadBalancers {
			if one.Type != types.LoadBalancerTypeEnumApplication {
				continue
			}
			if err := s.balancer(ctx, one, found); err != nil {
				return nil, err
			}
		}
	}
	if len(found.listeners) > 0 {
		if err := s.groups(ctx, found); err != nil {
			return nil, err
		}
	}
	answered, err := s.client.Zones(ctx) // last, as these are what changes should show soonest
	if err != nil {
		return nil, err
	}
	found.zones = readZones(answered)
	return found, nil
}

// idleTimeout is AWS's default, in seconds.
const idleTimeout = 60

func (s *source) balancer(ctx context.Context, one types.LoadBalancer, found *state) error {
	attributes, err := s.elb.DescribeLoadBalancerAttributes(ctx, &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: one.LoadBalancerArn})
	if err != nil {
		return err
	}
	seconds := idleTimeout
	for _, attribute := range attributes.Attributes {
		if aws.ToString(attribute.Key) == "idle_timeout.timeout_seconds" {
			if n, err := strconv.Atoi(aws.ToString(attribute.Value)); err == nil {
				seconds = n
			}
		}
	}
	b := balancer{
		name: strings.ToLower(aws.ToString(one.DNSName)), dimension: suffix(aws.ToString(one.LoadBalancerArn)),
		idleTimeout: time.Duration(seconds) * time.Second,
	}
	listeners := elb.NewDescribeListenersPaginator(s.elb, &elb.DescribeListenersInput{LoadBalancerArn: one.LoadBalancerArn})
	for listeners.HasMorePages() {
		page, err := listeners.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, l := range page.Listeners {
			made, err := s.listener(ctx, l)
			if err != nil {
				return err
			}
			made.balancer = b
			found.listeners[made.arn] = made
		}
	}
	return nil
}

func (s *source) listener(ctx context.Context, l types.Listener) (listener, error) {
	made := listener{
		arn: aws.ToString(l.ListenerArn), port: int(aws.ToInt32(l.Port)),
		secure: l.Protocol == types.ProtocolEnumHttps, policy: aws.ToString(l.SslPolicy),
	}
	rules := elb.NewDescribeRulesPaginator(s.elb, &elb.DescribeRulesInput{ListenerArn: l.ListenerArn})
	for rules.HasMorePages() {
		page, err := rules.NextPage(ctx)
		if err != nil {
			return made, err
		}
		made.rules = append(made.rules, page.Rules...)
	}
	made.rules = inOrder(made.rules)
	if !made.secure {
		return made, nil
	}
	used := l.Certificates // the default one
	more, err := s.elb.DescribeListenerCertificates(ctx, &elb.DescribeListenerCertificatesInput{ListenerArn: l.ListenerArn})
	if err != nil {
		return made, err
	}
	seen := map[string]bool{}
	for _, certificate := range append(used, more.Certificates...) {
		arn := aws.ToString(certificate.CertificateArn)
		if arn == "" || seen[arn] {
			continue
		}
		seen[arn] = true
		issued, err := s.certificate(ctx, arn)
		if err != nil {
			s.log.Printf("%s: no certificate %s: %v", made.arn, arn, err)
			continue
		}
		made.certificates = append(made.certificates, issued)
	}
	return made, nil
}

// certificate issues what ACM describes: for exactly its names and for as long as it is valid.
func (s *source) certificate(ctx context.Context, arn string) (tls.Certificate, error) {
	if issued, ok := s.issued[arn]; ok {
		return issued, nil
	}
	out, err := s.acm.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String(arn)})
	if err != nil {
		return tls.Certificate{}, err
	}
	c := out.Certificate
	if c.Status != acmtypes.CertificateStatusIssued && c.Status != acmtypes.CertificateStatusExpired {
		return tls.Certificate{}, fmt.Errorf("its status is %s", c.Status)
	}
	names := []string{aws.ToString(c.DomainName)}
	for _, name := range c.SubjectAlternativeNames {
		if name != names[0] {
			names = append(names, name)
		}
	}
	issued, err := s.issuer.Issue(names, ca.Validity{From: aws.ToTime(c.NotBefore), Until: aws.ToTime(c.NotAfter)})
	if err == nil {
		s.issued[arn] = issued
	}
	return issued, err
}

func (s *source) groups(ctx context.Context, found *state) error {
	groups := elb.NewDescribeTargetGroupsPaginator(s.elb, &elb.DescribeTargetGroupsInput{})
	for groups.HasMorePages() {
		page, err := groups.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, one := range page.TargetGroups {
			health, err := s.elb.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: one.TargetGroupArn})
			if err != nil {
				return err
			}
			arn := aws.ToString(one.TargetGroupArn)
			found.groups[arn] = group{arn: arn, dimension: suffix(arn), targets: health.TargetHealthDescriptions}
		}
	}
	return nil
}
