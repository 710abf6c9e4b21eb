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

// world is an emulated AWS with one load balancer as the program declares it, and the edge in front of it.
type world struct {
	t           *testing.T
	cfg         aws.Config
	elb         *elb.Client
	edge        *Edge
	client      *http.Client
	folder      string // of the authority
	vpc         string
	journal     func() string
	balancer    *types.LoadBalancer
	http, https *types.Listener
}

func open(t *testing.T) *world {
	t.Helper()
	c, journal := awsclienttest.Start(t)
	w := &world{t: t, cfg: awsclienttest.Anybody(c), folder: t.TempDir(), journal: journal}
	w.elb = elb.NewFromConfig(w.cfg)
	issuer, err := ca.New(w.folder)
	require.NoError(t, err)
	w.edge = New(c, issuer, log.New(t.Output(), "", 0))
	t.Cleanup(w.edge.close)
	w.declare()
	proxy := httptest.NewServer(w.edge.Proxy().Handler)
	t.Cleanup(proxy.Close)
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	text, err := os.ReadFile(ca.Bundle(w.folder))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	w.client = &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyURL(address), TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(w.client.CloseIdleConnections)
	require.NoError(t, w.edge.look(t.Context()))
	return w
}

func (w *world) declare() {
	ctx := w.t.Context()
	text := w.ec2("DescribeSubnets")
	subnets := regexp.MustCompile(`<subnetId>([^<]+)`).FindAllStringSubmatch(text, 2)
	w.vpc = regexp.MustCompile(`<vpcId>([^<]+)`).FindStringSubmatch(text)[1]
	made, err := w.elb.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{Name: aws.String("front"), Subnets: []string{subnets[0][1], subnets[1][1]}})
	require.NoError(w.t, err)
	w.balancer = &made.LoadBalancers[0]
	certificate, err := acm.NewFromConfig(w.cfg).RequestCertificate(ctx, &acm.RequestCertificateInput{
		DomainName: aws.String("app.x.test"), SubjectAlternativeNames: []string{"api.x.test"}, ValidationMethod: "DNS",
	})
	require.NoError(w.t, err)
	w.http = w.listen(&elb.CreateListenerInput{Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, DefaultActions: []types.Action{{
		Type:           types.ActionTypeEnumRedirect,
		RedirectConfig: &types.RedirectActionConfig{Protocol: aws.String("HTTPS"), Port: aws.String("443"), StatusCode: types.RedirectActionStatusCodeEnumHttp301},
	}}})
	w.https = w.listen(&elb.CreateListenerInput{
		Port: aws.Int32(443), Protocol: types.ProtocolEnumHttps, SslPolicy: aws.String("ELBSecurityPolicy-TLS13-1-2-2021-06"),
		Certificates: []types.Certificate{{CertificateArn: certificate.CertificateArn}},
		DefaultActions: []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{
			StatusCode: aws.String("404"), ContentType: aws.String("text/plain"), MessageBody: aws.String("not found"),
		}}},
	})
	zones := route53.NewFromConfig(w.cfg)
	zone, err := zones.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String("x.test"), CallerReference: aws.String("1")})
	require.NoError(w.t, err)
	var changes []r53types.Change
	for _, host := range []string{"app.x.test", "api.x.test", "other.x.test"} {
		changes = append(changes, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String(host), Type: r53types.RRTypeA,
			AliasTarget: &r53types.AliasTarget{DNSName: w.balancer.DNSName, HostedZoneId: w.balancer.CanonicalHostedZoneId},
		}})
	}
	_, err = zones.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: zone.HostedZone.Id, ChangeBatch: &r53types.ChangeBatch{Changes: changes}})
	require.NoError(w.t, err)
}

// ec2 asks without the SDK's client for EC2, which nothing else here needs.
func (w *world) ec2(action string) string {
	req, err := http.NewRequest(http.MethodPost, *w.cfg.BaseEndpoint, strings.NewReader("Action="+action+"&Version=2016-11-15"))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=emulated/20250101/ap-southeast-2/ec2/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return string(text)
}

func (w *world) listen(in *elb.CreateListenerInput) *types.Listener {
	in.LoadBalancerArn = w.balancer.LoadBalancerArn
	made, err := w.elb.CreateListener(w.t.Context(), in)
	require.NoError(w.t, err)
	return &made.Listeners[0]
}

// route sends a host to the addresses, by a target group of its own, which it returns.
func (w *world) route(host string, priority int32, addresses ...string) string {
	ctx := w.t.Context()
	group, err := w.elb.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String("g" + strconv.Itoa(int(priority))), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(w.vpc), TargetType: types.TargetTypeEnumIp,
	})
	require.NoError(w.t, err)
	arn := group.TargetGroups[0].TargetGroupArn
	for _, address := range addresses {
		ip, text, err := net.SplitHostPort(address)
		require.NoError(w.t, err)
		port, err := strconv.Atoi(text)
		require.NoError(w.t, err)
		_, err = w.elb.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: arn, Targets: []types.TargetDescription{{Id: aws.String(ip), Port: aws.Int32(int32(port))}}})
		require.NoError(w.t, err)
	}
	_, err = w.elb.CreateRule(ctx, &elb.CreateRuleInput{
		ListenerArn: w.https.ListenerArn, Priority: aws.Int32(priority),
		Conditions: []types.RuleCondition{{Field: aws.String("host-header"), HostHeaderConfig: &types.HostHeaderConditionConfig{Values: []string{host}}}},
		Actions:    []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: arn}},
	})
	require.NoError(w.t, err)
	require.NoError(w.t, w.edge.look(ctx))
	return aws.ToString(arn)
}

func (w *world) get(address string) (*http.Response, string) {
	res, err := w.client.Get(address)
	require.NoError(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
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
