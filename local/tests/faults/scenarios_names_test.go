package faults

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/alb"
	"github.com/flowcomply/infrastructure/local/awsclient/awsclienttest"
	"github.com/flowcomply/infrastructure/local/ca"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/flowcomply/infrastructure/verify/web"
)

// Each fault of a name is made in the real emulator, in front of which the real load balancer and proxy are, and looked at by
// verify's own checks. What answers behind them is a page of the test's; a whole stack has `make faults`.
func TestMisnamed_IsCaughtAndPutRight(t *testing.T) {
	target, client := reachable(t)
	look := func(fault Fault, timeout time.Duration) Outcome {
		ran := check.Run(t.Context(), []check.Check{
			web.Health(target.Outputs.APIURL, client, 50*time.Millisecond),
			web.Site(target.Outputs.SiteURL, target.Outputs.APIURL, client, 50*time.Millisecond),
		}, check.Options{Timeout: timeout})
		client.CloseIdleConnections() // verify is a program of its own each time
		var text bytes.Buffer
		require.NoError(t, ran.Write(&text, check.JSON, false))
		seen := report{code: min(ran.Bad(), 1)}
		require.NoError(t, json.Unmarshal(text.Bytes(), &seen))
		return seen.judge(fault)
	}
	for _, s := range misnamed() {
		fault := s.faults[0]
		t.Run(fault.Name, func(t *testing.T) {
			assert.Contains(t, look(fault, time.Minute).Why, "says ok")
			_, err := s.make(t.Context(), target)
			require.NoError(t, err)
			before := target.record
			outcome := look(fault, 3*time.Second)
			assert.True(t, outcome.Caught, outcome.Why)
			assert.Equal(t, "timed out", outcome.Outcome)
			require.NoError(t, s.undo(t.Context(), target))
			assert.Contains(t, look(fault, time.Minute).Why, "says ok")
			_, after, err := target.recordOf(t.Context(), aws.ToString(before.Name)[:len(*before.Name)-1])
			require.NoError(t, err)
			assert.Equal(t, before, after)
		})
	}
}

const page = `<html><script src="/app.js"></script></html>`

// reachable is a stack of one load balancer, whose site and API answer by their names, and verify's client for it.
func reachable(t *testing.T) (*target, *http.Client) {
	t.Helper()
	c, _ := awsclienttest.Start(t)
	cfg, folder := awsclienttest.Anybody(c), t.TempDir()
	declare(t, cfg, application(t))
	issuer, err := ca.New(folder)
	require.NoError(t, err)
	balancers := alb.New(c, issuer, log.New(t.Output(), "", 0))
	go balancers.Run(t.Context())
	proxy := httptest.NewServer(balancers.Proxy().Handler)
	t.Cleanup(proxy.Close)
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	bundle, err := os.ReadFile(ca.Bundle(folder))
	require.NoError(t, err)
	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM(bundle))
	client := func() *http.Client {
		made := web.NewHTTPClient()
		transport := made.Transport.(*http.Transport)
		transport.Proxy, transport.TLSClientConfig = http.ProxyURL(address), &tls.Config{RootCAs: trusted}
		t.Cleanup(made.CloseIdleConnections)
		return made
	}
	stack := &harness.Stack{AWS: cfg, Web: client(), Outputs: outputs.Outputs{SiteURL: "https://app.x.test", APIURL: "https://api.x.test"}}
	return &target{Stack: stack}, client()
}

// application answers as site and API at once, and returns where it does.
func application(t *testing.T) *url.URL {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case web.HealthPath:
			_, _ = io.WriteString(w, `{"status":"healthy","services":{"database":"connected","redis":"connected","s3":"connected"}}`)
		case "/app.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, `"https://api.x.test"`)
		default:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, page)
		}
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	return address
}

// declare makes the load balancer in front of the application, its certificate, and a hosted zone with both names.
func declare(t *testing.T, cfg aws.Config, application *url.URL) {
	t.Helper()
	ctx, balancers, names := t.Context(), elb.NewFromConfig(cfg), []string{"app.x.test", "api.x.test"}
	made, err := balancers.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{Name: aws.String("front"), Subnets: awsclienttest.Subnets(t, cfg)})
	require.NoError(t, err)
	balancer := made.LoadBalancers[0]
	host, text, err := net.SplitHostPort(application.Host)
	require.NoError(t, err)
	port, err := strconv.ParseInt(text, 10, 32)
	require.NoError(t, err)
	group, err := balancers.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String("all"), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: balancer.VpcId, TargetType: elbtypes.TargetTypeEnumIp,
	})
	require.NoError(t, err)
	arn := group.TargetGroups[0].TargetGroupArn
	_, err = balancers.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: arn, Targets: []elbtypes.TargetDescription{{Id: &host, Port: aws.Int32(int32(port))}}})
	require.NoError(t, err)
	certificate, err := acm.NewFromConfig(cfg).RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: &names[0], SubjectAlternativeNames: names[1:]})
	require.NoError(t, err)
	_, err = balancers.CreateListener(ctx, &elb.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancerArn, Port: aws.Int32(443), Protocol: elbtypes.ProtocolEnumHttps,
		Certificates:   []elbtypes.Certificate{{CertificateArn: certificate.CertificateArn}},
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: arn}},
	})
	require.NoError(t, err)
	dns := route53.NewFromConfig(cfg)
	zone, err := dns.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String("x.test"), CallerReference: aws.String("1")})
	require.NoError(t, err)
	for _, name := range names {
		_, err = dns.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: zone.HostedZone.Id, ChangeBatch: &types.ChangeBatch{
			Changes: []types.Change{{Action: types.ChangeActionCreate, ResourceRecordSet: &types.ResourceRecordSet{
				Name: &name, Type: types.RRTypeA, AliasTarget: &types.AliasTarget{DNSName: balancer.DNSName, HostedZoneId: balancer.CanonicalHostedZoneId},
			}}},
		}})
		require.NoError(t, err)
	}
}
