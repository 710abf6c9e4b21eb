package alb

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(body)
}

func describe(t *testing.T, address string) []types.TargetDescription {
	t.Helper()
	ip, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	return []types.TargetDescription{{Id: aws.String(ip), Port: aws.Int32(int32(number))}}
}

func TestMatches(t *testing.T) {
	for _, row := range []struct {
		pattern, text string
		fold, want    bool
	}{
		{"api.x.test", "API.x.test", true, true},
		{"*.x.test", "a.b.x.test", true, true},
		{"*.x.test", "x.test", true, false},
		{"/api/*", "/api/a/b", false, true},
		{"/API/*", "/api/a", false, false},
		{"/img?", "/img1", false, true},
		{"/img?", "/img", false, false},
		{"/a[b]", "/a[b]", false, true},
		{`/a\*`, `/a\x`, false, true},
	} {
		assert.Equal(t, row.want, matches([]string{"never", row.pattern}, row.text, row.fold), "%s %s", row.pattern, row.text)
	}
}

func TestHolds_EveryKindOfCondition(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "http://api.x.test:8080/a/b?version=v1&x=2", nil)
	r.RemoteAddr = "127.0.0.1:999"
	r.Header.Set("User-Agent", "curl/8")
	for name, row := range map[string]struct {
		condition types.RuleCondition
		want      bool
	}{
		"host, without its port": {types.RuleCondition{Field: aws.String("host-header"), Values: []string{"api.x.test"}}, true},
		"another path":           {types.RuleCondition{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{Values: []string{"/b/*"}}}, false},
		"method":                 {types.RuleCondition{Field: aws.String("http-request-method"), HttpRequestMethodConfig: &types.HttpRequestMethodConditionConfig{Values: []string{"POST"}}}, true},
		"header":                 {types.RuleCondition{Field: aws.String("http-header"), HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("User-Agent"), Values: []string{"curl*"}}}, true},
		"query": {types.RuleCondition{Field: aws.String("query-string"), QueryStringConfig: &types.QueryStringConditionConfig{
			Values: []types.QueryStringKeyValuePair{{Key: aws.String("version"), Value: aws.String("v?")}},
		}}, true},
		"source":  {types.RuleCondition{Field: aws.String("source-ip"), SourceIpConfig: &types.SourceIpConditionConfig{Values: []string{"10.0.0.0/8"}}}, false},
		"unknown": {types.RuleCondition{Field: aws.String("moon-phase"), Values: []string{"full"}}, false},
	} {
		assert.Equal(t, row.want, holds(row.condition, r), name)
	}
}

func TestAvailable_FailsOpenButNotForThoseThatComeAndGo(t *testing.T) {
	targets := func(states ...types.TargetHealthStateEnum) group {
		g := group{}
		for i, state := range states {
			g.targets = append(g.targets, types.TargetHealthDescription{
				Target: &types.TargetDescription{Id: aws.String("10.0.0." + strconv.Itoa(i)), Port: aws.Int32(80)}, TargetHealth: &types.TargetHealth{State: state},
			})
		}
		return g
	}
	assert.Equal(t, []string{"10.0.0.1:80"}, targets("unhealthy", "healthy", "draining").available())
	assert.Equal(t, []string{"10.0.0.0:80", "10.0.0.1:80"}, targets("unhealthy", "unhealthy", "initial").available())
	assert.Empty(t, targets("initial", "draining", "unused").available())
	healthy, unhealthy := targets("healthy", "healthy", "unhealthy", "initial", "draining").count()
	assert.Equal(t, []int{2, 2}, []int{healthy, unhealthy})
}

func TestPick_ByWeight(t *testing.T) {
	action := types.Action{ForwardConfig: &types.ForwardActionConfig{TargetGroups: []types.TargetGroupTuple{
		{TargetGroupArn: aws.String("none"), Weight: aws.Int32(0)}, {TargetGroupArn: aws.String("one"), Weight: aws.Int32(1)}, {TargetGroupArn: aws.String("nine"), Weight: aws.Int32(9)},
	}}}
	got := map[string]int{}
	for i := range 10 {
		got[pick(action, func(n int) int { assert.Equal(t, 10, n); return i })]++
	}
	assert.Equal(t, map[string]int{"one": 1, "nine": 9}, got)
	assert.Equal(t, "alone", pick(types.Action{TargetGroupArn: aws.String("alone")}, nil))
}

func TestInOrder_DefaultLast(t *testing.T) {
	rules := inOrder([]types.Rule{{Priority: aws.String("default"), IsDefault: aws.Bool(true)}, {Priority: aws.String("20")}, {Priority: aws.String("3")}})
	assert.Equal(t, "3", *rules[0].Priority)
	assert.Equal(t, "default", *rules[2].Priority)
}
