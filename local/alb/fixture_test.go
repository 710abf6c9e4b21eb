package alb

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/awsclient/awsclienttest"
	"github.com/flowcomply/infrastructure/local/ca"
)

// fixture is an emulated AWS with one load balancer as the program declares it, and the ALB server in front of it.
type fixture struct {
	t           *testing.T
	cfg         aws.Config
	elb         *elb.Client
	alb         *Server
	client      *http.Client
	folder      string // of the CA
	vpc         string
	journal     func() string
	balancer    *types.LoadBalancer
	http, https *types.Listener
	zone        *string // the hosted zone's id
}

func open(t *testing.T) *fixture {
	t.Helper()
	c, journal := awsclienttest.Start(t)
	f := &fixture{t: t, cfg: awsclienttest.Anybody(c), folder: t.TempDir(), journal: journal}
	f.elb = elb.NewFromConfig(f.cfg)
	issuer, err := ca.New(f.folder)
	require.NoError(t, err)
	f.alb = New(c, issuer, log.New(t.Output(), "", 0))
	t.Cleanup(f.alb.close)
	f.declare()
	proxy := httptest.NewServer(f.alb.Proxy().Handler)
	t.Cleanup(proxy.Close)
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	text, err := os.ReadFile(ca.Bundle(f.folder))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	f.client = &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyURL(address), TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(f.client.CloseIdleConnections)
	require.NoError(t, f.alb.refresh(t.Context(), time.Now()))
	return f
}

func (f *fixture) declare() {
	ctx := f.t.Context()
	text := f.ec2("DescribeSubnets")
	subnets := regexp.MustCompile(`<subnetId>([^<]+)`).FindAllStringSubmatch(text, 2)
	f.vpc = regexp.MustCompile(`<vpcId>([^<]+)`).FindStringSubmatch(text)[1]
	made, err := f.elb.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{Name: aws.String("front"), Subnets: []string{subnets[0][1], subnets[1][1]}})
	require.NoError(f.t, err)
	f.balancer = &made.LoadBalancers[0]
	certificate, err := acm.NewFromConfig(f.cfg).RequestCertificate(ctx, &acm.RequestCertificateInput{
		DomainName: aws.String("app.x.test"), SubjectAlternativeNames: []string{"api.x.test"}, ValidationMethod: "DNS",
	})
	require.NoError(f.t, err)
	f.http = f.listen(&elb.CreateListenerInput{Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, DefaultActions: []types.Action{{
		Type:           types.ActionTypeEnumRedirect,
		RedirectConfig: &types.RedirectActionConfig{Protocol: aws.String("HTTPS"), Port: aws.String("443"), StatusCode: types.RedirectActionStatusCodeEnumHttp301},
	}}})
	f.https = f.listen(&elb.CreateListenerInput{
		Port: aws.Int32(443), Protocol: types.ProtocolEnumHttps, SslPolicy: aws.String("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"),
		Certificates: []types.Certificate{{CertificateArn: certificate.CertificateArn}},
		DefaultActions: []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{
			StatusCode: aws.String("404"), ContentType: aws.String("text/plain"), MessageBody: aws.String("not found"),
		}}},
	})
	zones := route53.NewFromConfig(f.cfg)
	zone, err := zones.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String("x.test"), CallerReference: aws.String("1")})
	require.NoError(f.t, err)
	f.zone = zone.HostedZone.Id
	for _, host := range []string{"app.x.test", "api.x.test", "other.x.test"} {
		f.change(r53types.ChangeActionCreate, f.alias(host))
	}
}

// alias is the record that leads a host to the load balancer.
func (f *fixture) alias(host string) *r53types.ResourceRecordSet {
	return &r53types.ResourceRecordSet{
		Name: aws.String(host), Type: r53types.RRTypeA,
		AliasTarget: &r53types.AliasTarget{DNSName: f.balancer.DNSName, HostedZoneId: f.balancer.CanonicalHostedZoneId},
	}
}

func (f *fixture) change(action r53types.ChangeAction, record *r53types.ResourceRecordSet) {
	_, err := route53.NewFromConfig(f.cfg).ChangeResourceRecordSets(f.t.Context(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: f.zone, ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{{Action: action, ResourceRecordSet: record}}},
	})
	require.NoError(f.t, err)
}

// ec2 asks without the SDK's client for EC2, which nothing else here needs.
func (f *fixture) ec2(action string) string {
	req, err := http.NewRequest(http.MethodPost, *f.cfg.BaseEndpoint, strings.NewReader("Action="+action+"&Version=2016-11-15"))
	require.NoError(f.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=emulated/20250101/ap-southeast-2/ec2/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(req)
	require.NoError(f.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(f.t, err)
	return string(text)
}

func (f *fixture) listen(in *elb.CreateListenerInput) *types.Listener {
	in.LoadBalancerArn = f.balancer.LoadBalancerArn
	made, err := f.elb.CreateListener(f.t.Context(), in)
	require.NoError(f.t, err)
	return &made.Listeners[0]
}

// route sends a host to the addresses, by a target group of its own, which it returns.
func (f *fixture) route(host string, priority int32, addresses ...string) string {
	ctx := f.t.Context()
	group, err := f.elb.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String("g" + strconv.Itoa(int(priority))), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(f.vpc), TargetType: types.TargetTypeEnumIp,
	})
	require.NoError(f.t, err)
	arn := group.TargetGroups[0].TargetGroupArn
	for _, address := range addresses {
		ip, text, err := net.SplitHostPort(address)
		require.NoError(f.t, err)
		port, err := strconv.Atoi(text)
		require.NoError(f.t, err)
		_, err = f.elb.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: arn, Targets: []types.TargetDescription{{Id: aws.String(ip), Port: aws.Int32(int32(port))}}})
		require.NoError(f.t, err)
	}
	_, err = f.elb.CreateRule(ctx, &elb.CreateRuleInput{
		ListenerArn: f.https.ListenerArn, Priority: aws.Int32(priority),
		Conditions: []types.RuleCondition{{Field: aws.String("host-header"), HostHeaderConfig: &types.HostHeaderConditionConfig{Values: []string{host}}}},
		Actions:    []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: arn}},
	})
	require.NoError(f.t, err)
	require.NoError(f.t, f.alb.refresh(ctx, time.Now()))
	return aws.ToString(arn)
}

func (f *fixture) get(address string) (*http.Response, string) {
	res, err := f.client.Get(address)
	require.NoError(f.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(f.t, err)
	return res, string(text)
}

// target is an application's server, and its address.
func target(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// closed is an address where nothing listens.
func closed(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

func echo(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Amzn-Trace-Id"} {
		fmt.Fprintf(w, "%s=%s\n", name, r.Header.Get(name))
	}
	fmt.Fprintf(w, "Host=%s\nPath=%s\n", r.Host, r.URL.RequestURI())
}
