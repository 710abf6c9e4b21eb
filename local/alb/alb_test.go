package alb

import (
	"crypto/tls"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/awsclient"
)

// These tests send requests through the proxy to load balancers that the real emulator describes; the targets are
// servers of the tests, which the emulator takes for healthy. That AWS answers the same, its documentation says.

func TestEdge_IsTheLoadBalancerThatAWSDescribes(t *testing.T) {
	f := open(t)
	f.route("api.x.test", 10, target(t, echo))

	t.Run("a host with a rule reaches its target", func(t *testing.T) {
		res, body := f.get("https://api.x.test/api/users?id=1")
		assert.Equal(t, 200, res.StatusCode)
		assert.Contains(t, body, "X-Forwarded-For=127.0.0.1\nX-Forwarded-Proto=https\nX-Forwarded-Port=443\nX-Amzn-Trace-Id=Root=1-")
		assert.Contains(t, body, "Host=api.x.test\nPath=/api/users?id=1\n")
		assert.Equal(t, "HTTP/2.0", res.Proto)
	})
	t.Run("what a proxy before it added is kept", func(t *testing.T) {
		req, err := http.NewRequest(http.MethodGet, "https://api.x.test/", nil)
		require.NoError(t, err)
		req.Header.Set("X-Forwarded-For", "203.0.113.7")
		req.Header.Set("X-Amzn-Trace-Id", "Root=1-mine")
		res, err := f.client.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		assert.Contains(t, text(t, res), "X-Forwarded-For=203.0.113.7, 127.0.0.1\nX-Forwarded-Proto=https\nX-Forwarded-Port=443\nX-Amzn-Trace-Id=Root=1-mine")
	})
	t.Run("a host without a rule gets the default action", func(t *testing.T) {
		res, body := f.get("https://app.x.test/")
		assert.Equal(t, 404, res.StatusCode)
		assert.Equal(t, "not found", body)
		assert.Equal(t, "awselb/2.0", res.Header.Get("Server"))
	})
	t.Run("HTTP is redirected, the port named", func(t *testing.T) {
		res, _ := f.get("http://app.x.test/a%20b?q=1")
		assert.Equal(t, 301, res.StatusCode)
		assert.Equal(t, "https://app.x.test:443/a%20b?q=1", res.Header.Get("Location"))
	})
	t.Run("the certificate is for the names of ACM's and no other", func(t *testing.T) {
		res, _ := f.get("https://app.x.test/")
		leaf := res.TLS.PeerCertificates[0]
		assert.ElementsMatch(t, []string{"app.x.test", "api.x.test"}, leaf.DNSNames)
		assert.WithinDuration(t, time.Now().AddDate(1, 0, 0), leaf.NotAfter, 48*time.Hour, "as ACM says")
		_, err := f.client.Get("https://other.x.test/")
		require.ErrorContains(t, err, "not other.x.test")
	})
	t.Run("TLS 1.1 is refused, as the policy says", func(t *testing.T) {
		address, err := f.alb.find(t.Context(), "app.x.test", 443)
		require.NoError(t, err)
		_, err = tls.Dial("tcp", address, &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10, InsecureSkipVerify: true})
		require.ErrorContains(t, err, "protocol version")
	})
	t.Run("its own questions are not in the journal", func(t *testing.T) {
		assert.Contains(t, f.journal(), "CreateListener")
		assert.NotContains(t, f.journal(), "DescribeTargetHealth")
	})
}

func TestEdge_AnswersForTargetsAsALoadBalancerDoes(t *testing.T) {
	f := open(t)
	_, err := f.elb.ModifyLoadBalancerAttributes(t.Context(), &elb.ModifyLoadBalancerAttributesInput{
		LoadBalancerArn: f.balancer.LoadBalancerArn,
		Attributes:      []types.LoadBalancerAttribute{{Key: aws.String("idle_timeout.timeout_seconds"), Value: aws.String("1")}},
	})
	require.NoError(t, err)
	group := f.route("api.x.test", 10)
	for _, row := range []struct {
		name   string
		target string
		status int
		page   string
	}{
		{"no target at all", "", 503, "503 Service Temporarily Unavailable"},
		{"nobody listens", closed(t), 502, "502 Bad Gateway"},
		{"the connection ends without an answer", target(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), 502, "502 Bad Gateway"},
		{"no answer within the idle timeout", target(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), 504, "504 Gateway Time-out"},
		{"the target's own error", target(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "mine", http.StatusServiceUnavailable) }), 503, "mine\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.target != "" {
				d := describe(t, row.target)
				_, err := f.elb.RegisterTargets(t.Context(), &elb.RegisterTargetsInput{TargetGroupArn: &group, Targets: d})
				require.NoError(t, err)
				defer func() {
					_, err := f.elb.DeregisterTargets(t.Context(), &elb.DeregisterTargetsInput{TargetGroupArn: &group, Targets: d})
					require.NoError(t, err)
				}()
			}
			require.NoError(t, f.alb.refresh(t.Context(), time.Now()))
			res, body := f.get("https://api.x.test/")
			assert.Equal(t, row.status, res.StatusCode)
			assert.Contains(t, body, row.page)
		})
	}
	sum := map[string]float64{}
	for _, m := range f.alb.meter.report(f.alb.current.Load()) {
		assert.Equal(t, suffix(*f.balancer.LoadBalancerArn), m.Dimensions["LoadBalancer"])
		if m.Dimensions["TargetGroup"] == "" && m.Value != nil {
			sum[m.Name] = *m.Value
		}
		if m.Name == "TargetResponseTime" {
			assert.Len(t, m.Values, 1, "only one target answered")
		}
	}
	assert.Equal(t, map[string]float64{
		"RequestCount": 4, "HTTPCode_ELB_5XX_Count": 4, "HTTPCode_ELB_503_Count": 1, "HTTPCode_ELB_502_Count": 2, "HTTPCode_ELB_504_Count": 1,
		"HTTPCode_Target_5XX_Count": 1, "TargetConnectionErrorCount": 1,
	}, sum)
	for _, m := range f.alb.meter.report(f.alb.current.Load()) {
		assert.Contains(t, []string{"HealthyHostCount", "UnHealthyHostCount"}, m.Name, "what was reported is not reported again")
		assert.Contains(t, m.Dimensions["TargetGroup"], "targetgroup/g10/")
	}
}

func TestEdge_FollowsWhatChanges(t *testing.T) {
	f := open(t)
	api := acm.NewFromConfig(f.cfg)
	other, err := api.RequestCertificate(t.Context(), &acm.RequestCertificateInput{DomainName: aws.String("other.x.test"), ValidationMethod: "DNS"})
	require.NoError(t, err)
	_, err = f.elb.ModifyListener(t.Context(), &elb.ModifyListenerInput{ListenerArn: f.https.ListenerArn, Certificates: []types.Certificate{{CertificateArn: other.CertificateArn}}})
	require.NoError(t, err)
	require.NoError(t, f.alb.refresh(t.Context(), time.Now()))
	_, err = f.client.Get("https://app.x.test/")
	require.ErrorContains(t, err, "not app.x.test")

	before, err := f.alb.find(t.Context(), "app.x.test", 443)
	require.NoError(t, err)
	_, err = f.elb.DeleteListener(t.Context(), &elb.DeleteListenerInput{ListenerArn: f.https.ListenerArn})
	require.NoError(t, err)
	require.NoError(t, f.alb.refresh(t.Context(), time.Now()))
	_, err = tls.Dial("tcp", before, nil)
	require.ErrorContains(t, err, "refused", "a deleted listener listens no more")
	_, err = f.client.Get("https://app.x.test/")
	require.ErrorContains(t, err, "has no listener on port 443")
}

func TestProxy_KnowsNothingElse(t *testing.T) {
	f := open(t)
	_, err := f.client.Get("https://example.com/")
	require.ErrorContains(t, err, "example.com is in no hosted zone")
	_, err = f.client.Get("https://nobody.x.test/")
	require.ErrorContains(t, err, "no A record of nobody.x.test in the hosted zone x.test")
	res, body := f.get("http://example.com/")
	assert.Equal(t, 502, res.StatusCode)
	assert.Contains(t, body, "example.com is in no hosted zone")
	assert.Equal(t, `emulated-aws; error=dns_error; rcode="NXDOMAIN"; details="example.com is in no hosted zone, and no load balancer's name"`, res.Header.Get("Proxy-Status"))
	res, body = f.get("http://" + *f.balancer.DNSName + "/x")
	assert.Equal(t, 301, res.StatusCode, body)
}

func TestProxy_AnswersByTheRecordsAlone(t *testing.T) {
	f := open(t)
	record := f.alias("app.x.test")
	resolves := func() error {
		f.client.CloseIdleConnections() // as one that is open needs no name
		res, err := f.client.Get("https://app.x.test/")
		if err == nil {
			_ = res.Body.Close()
		}
		return err
	}
	require.NoError(t, resolves())

	f.change(r53types.ChangeActionDelete, record)
	require.NoError(t, f.alb.refresh(t.Context(), time.Now()))
	require.ErrorContains(t, resolves(), "no A record of app.x.test in the hosted zone x.test")
	f.change(r53types.ChangeActionCreate, record)
	require.NoError(t, resolves(), "a name that did not resolve is looked up again at once")

	f.change(r53types.ChangeActionUpsert, &r53types.ResourceRecordSet{
		Name: record.Name, Type: record.Type, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("192.0.2.1")}},
	})
	require.NoError(t, f.alb.refresh(t.Context(), time.Now()))
	require.ErrorContains(t, resolves(), "app.x.test leads to 192.0.2.1: no load balancer has the address")
	f.change(r53types.ChangeActionUpsert, record)
	require.NoError(t, resolves())
}

func TestEdge_SaysSoWhenAWSIsGone(t *testing.T) {
	s := New(awsclient.New("http://"+closed(t), "ap-southeast-2"), nil, nil)
	_, err := s.find(t.Context(), "app.x.test", 443)
	require.ErrorContains(t, err, "is in no hosted zone")
	require.ErrorContains(t, err, "the emulated AWS does not answer")
}
