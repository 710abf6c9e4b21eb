package firewall

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Limit is the application's own limiter (runbook, appendix A): so many requests of one address in a window of time.
// The API enforces it, answers 429 and tells honest clients to wait; the firewall only stands behind it.
type Limit struct {
	// Max is RATE_LIMIT_MAX: requests of one address in a window.
	Max int `json:"max"`
	// WindowMS is RATE_LIMIT_WINDOW_MS: the window in milliseconds.
	WindowMS int `json:"windowMs"`
}

// Validate returns every problem of the limit. Its bounds are those within which the arithmetic is exact.
func (l Limit) Validate() error {
	return validate.All(
		validate.Range("max", l.Max, 1, 1_000_000),
		validate.Range("windowMs", l.WindowMS, 1_000, 7*24*3_600_000),
	)
}

// ParseLimit reads the limiter from the environment of the service that has it, so that it is written down once.
//
//runbook:appendix.A#10-11 derives the firewall's own limit from the application's.
func ParseLimit(environment map[string]string) (Limit, error) {
	var limit Limit
	var errs []error
	for _, field := range []struct {
		name string
		to   *int
	}{{"RATE_LIMIT_MAX", &limit.Max}, {"RATE_LIMIT_WINDOW_MS", &limit.WindowMS}} {
		value, err := strconv.Atoi(environment[field.name])
		errs = append(errs,
			validate.Demand(err == nil, field.name, fmt.Sprintf("%q is not a whole number", environment[field.name]), "a whole number"))
		*field.to = value
	}
	if err := errors.Join(errs...); err != nil {
		return Limit{}, err
	}
	return limit, limit.Validate()
}

// Rate is AWS WAF's rule: requests of one address in the last so many seconds.
type Rate struct {
	Limit         int
	WindowSeconds int
}

// The values that WAF knows (https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html).
var windows = []int{600, 300, 120, 60}

const (
	minimumRate = 10
	maximumRate = 2_000_000_000
)

// Fence is the tightest WAF rate that is never stricter than the application's limiter: an address whose every
// request the application accepts is never blocked.
//
// The window is WAF's largest that is not longer than the application's. The limiter counts in fixed windows, and WAF
// in one that slides: 100 requests at the end of one window and 100 at the start of the next are all accepted, and
// are 200 within WAF's window. So the limit is the application's maximum for every window that WAF's can touch, which
// is two, or more where the application's window is shorter than WAF's shortest.
//
// Both count per address, and the API's processes share their count. What the limiter has rejected, WAF still counts:
// who goes on after 429 is what it is for.
func Fence(limit Limit) Rate {
	window := windows[len(windows)-1]
	if i := slices.IndexFunc(windows, func(seconds int) bool { return seconds*1000 <= limit.WindowMS }); i >= 0 {
		window = windows[i]
	}
	touched := (window*1000+limit.WindowMS-1)/limit.WindowMS + 1
	return Rate{WindowSeconds: window, Limit: min(max(limit.Max*touched, minimumRate), maximumRate)}
}

// rateRule answers 429 as the application does, to who goes on after the application's own 429.
func rateRule(rate Rate, args Args) wafv2.WebAclRuleArgs {
	return wafv2.WebAclRuleArgs{
		Name:     pulumi.String("rate"),
		Priority: pulumi.Int(10),
		Action: wafv2.WebAclRuleActionArgs{Block: wafv2.WebAclRuleActionBlockArgs{
			CustomResponse: wafv2.WebAclRuleActionBlockCustomResponseArgs{
				ResponseCode: pulumi.Int(429),
				ResponseHeaders: wafv2.WebAclRuleActionBlockCustomResponseResponseHeaderArray{
					wafv2.WebAclRuleActionBlockCustomResponseResponseHeaderArgs{
						Name: pulumi.String("Retry-After"), Value: pulumi.String(strconv.Itoa(rate.WindowSeconds)),
					},
				},
			},
		}},
		Statement: wafv2.WebAclRuleStatementArgs{RateBasedStatement: wafv2.WebAclRuleStatementRateBasedStatementArgs{
			AggregateKeyType:    pulumi.String("IP"),
			EvaluationWindowSec: pulumi.Int(rate.WindowSeconds),
			Limit:               pulumi.Int(rate.Limit),
			ScopeDownStatement:  toHost(args.APIHost),
		}},
		VisibilityConfig: visible(args, "rate"),
	}
}

// toHost matches requests for a host, with a port behind it or in other letters as well: both reach the same service,
// and an exact match would let them pass uncounted.
func toHost(host string) wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementArgs {
	return wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementArgs{
		ByteMatchStatement: wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementArgs{
			FieldToMatch: wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementFieldToMatchArgs{
				SingleHeader: wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementFieldToMatchSingleHeaderArgs{
					Name: pulumi.String("host"),
				},
			},
			PositionalConstraint: pulumi.String("STARTS_WITH"),
			SearchString:         pulumi.String(host),
			TextTransformations: wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementTextTransformationArray{
				wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementTextTransformationArgs{
					Priority: pulumi.Int(0), Type: pulumi.String("LOWERCASE"),
				},
			},
		},
	}
}
