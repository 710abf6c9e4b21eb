package alb

import (
	"net/http"
	"net/netip"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// choose is the first rule whose conditions all hold; the default rule has none.
func choose(rules []types.Rule, r *http.Request) (types.Rule, bool) {
	for _, rule := range rules {
		if all(rule.Conditions, r) {
			return rule, true
		}
	}
	return types.Rule{}, false
}

func all(conditions []types.RuleCondition, r *http.Request) bool {
	for _, condition := range conditions {
		if !holds(condition, r) {
			return false
		}
	}
	return true
}

// holds tells whether one condition is met: by any of its values. A condition of an unknown kind never is.
func holds(c types.RuleCondition, r *http.Request) bool {
	switch aws.ToString(c.Field) {
	case "host-header":
		return matches(values(c.Values, c.HostHeaderConfig, func(x *types.HostHeaderConditionConfig) []string { return x.Values }), hostname(r), true)
	case "path-pattern":
		return matches(values(c.Values, c.PathPatternConfig, func(x *types.PathPatternConditionConfig) []string { return x.Values }), r.URL.Path, false)
	case "http-request-method":
		return c.HttpRequestMethodConfig != nil && matches(c.HttpRequestMethodConfig.Values, r.Method, false)
	case "http-header":
		if c.HttpHeaderConfig == nil {
			return false
		}
		for _, value := range r.Header.Values(aws.ToString(c.HttpHeaderConfig.HttpHeaderName)) {
			if matches(c.HttpHeaderConfig.Values, value, true) {
				return true
			}
		}
		return false
	case "query-string":
		return c.QueryStringConfig != nil && queried(c.QueryStringConfig.Values, r)
	case "source-ip":
		return c.SourceIpConfig != nil && from(c.SourceIpConfig.Values, r.RemoteAddr)
	}
	return false
}

// values are a condition's, which AWS shows in the old place, in the new one, or in both.
func values[T any](old []string, config *T, of func(*T) []string) []string {
	if config != nil && len(of(config)) > 0 {
		return of(config)
	}
	return old
}

func queried(wanted []types.QueryStringKeyValuePair, r *http.Request) bool {
	for key, given := range r.URL.Query() {
		for _, want := range wanted {
			if name := aws.ToString(want.Key); name != "" && !matches([]string{name}, key, true) {
				continue
			}
			for _, value := range given {
				if matches([]string{aws.ToString(want.Value)}, value, true) {
					return true
				}
			}
		}
	}
	return false
}

func from(networks []string, remote string) bool {
	address, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	for _, network := range networks {
		if prefix, err := netip.ParsePrefix(network); err == nil && prefix.Contains(address.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// matches compares with patterns in which * stands for any text and ? for any one character.
func matches(patterns []string, text string, foldCase bool) bool {
	for _, pattern := range patterns {
		if foldCase {
			pattern, text = strings.ToLower(pattern), strings.ToLower(text)
		}
		// path.Match knows sets and escapes too, and stops at slashes.
		pattern = strings.NewReplacer(`\`, `\\`, "[", `\[`, "/", "\x00").Replace(pattern)
		if ok, err := path.Match(pattern, strings.ReplaceAll(text, "/", "\x00")); ok && err == nil {
			return true
		}
	}
	return false
}

// hostname is the Host header without a port, which host conditions and redirects ignore.
func hostname(r *http.Request) string {
	host := r.Host
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return host
}
