package awschecks

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// DefaultWindow is how far back metrics are measured: long enough for traffic of
// its own, short enough to be about the present release.
const DefaultWindow = 15 * time.Minute

// Measured checks one objective over a window that ends now, rounded to whole minutes outwards. The whole window is one
// value: an average, a percentile or a rate. So neither a single bad minute nor a single good one decides. The alarm on
// the same numbers takes several periods, up to half an hour; this sees a breach sooner.
//
// Without data, or with fewer samples than the objective needs, the result is not enough data. It is OK if the
// objective needs no samples and takes silence as good (missingData notBreaching).
//
// With since, a breached window is measured again from the deployment on; nil takes all of it.
//
//runbook:6.3#1-4,post.immediate#3,trouble.slow#2 measures each objective over the last quarter of an hour.
func Measured(o outputs.Objective, window *Window, interval time.Duration, since Deployed) check.Check {
	return polled("metrics", o.Name, interval, func(ctx context.Context) (string, error) {
		m, err := window.measured(ctx, o)
		if err != nil {
			return "", err
		}
		if m.known {
			check.Fact(ctx, "metrics."+o.Name, m.value)
		}
		check.Fact(ctx, "metrics."+o.Name+".samples", m.samples)
		seen, err := evaluateMeasured(o, m, window.length)
		if err != nil && !check.IsNoData(err) {
			return since.of(ctx, o, err, window.api)
		}
		return seen, err
	})
}

func worse(o outputs.Objective, a, b float64) bool {
	if strings.HasPrefix(o.Comparison, "LessThan") {
		return a < b
	}
	return a > b
}

func breaches(o outputs.Objective, value float64) bool {
	return worse(o, value, o.Threshold) || value == o.Threshold && strings.HasSuffix(o.Comparison, "OrEqualToThreshold")
}

// evaluateMeasured compares a value with the objective. Its answer is always permanent: a window does not change while
// one waits.
func evaluateMeasured(o outputs.Objective, m measured, window time.Duration) (string, error) {
	terms := fmt.Sprintf("breach at %s %s", operators[types.ComparisonOperator(o.Comparison)], inUnit(o, o.Threshold))
	over := fmt.Sprintf("%s in %s", text.Count(int(m.samples), "sample"), text.Duration(window))
	switch {
	case !m.known && o.MinimumSamples == 0 && o.MissingData == outputs.Harmless:
		return fmt.Sprintf("nothing reported in %s, which is as good (%s)", text.Duration(window), terms), nil
	case !m.known:
		return "", noData(fmt.Sprintf("no data in %s (%s; %s)", text.Duration(window), terms, over),
			"where there should be traffic, check "+o.AlarmName+" and its dimensions; otherwise look again once there is some, or with a longer --window")
	case m.samples < float64(o.MinimumSamples):
		return "", noData(fmt.Sprintf("%s, but of %s, and fewer than %d say nothing (%s)", inUnit(o, m.value), over, o.MinimumSamples, terms),
			"look again once there is more traffic, or with a longer --window")
	case breaches(o, m.value):
		return "", permanent(fmt.Sprintf("%s: %s (%s; %s)", o.Title, inUnit(o, m.value), terms, over), "follow "+o.Runbook)
	}
	return fmt.Sprintf("%s (%s; %s)", inUnit(o, m.value), terms, over), nil
}

// inUnit writes a value in the objective's unit.
func inUnit(o outputs.Objective, value float64) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	switch {
	case o.Unit == "percent":
		return number(value) + " %"
	case o.Unit == "seconds" && value < 1:
		return number(value*1000) + " ms"
	case o.Unit == "seconds":
		return number(value) + " s"
	case o.Unit == "bytes":
		return number(value/(1<<20)) + " MiB"
	case value == float64(int64(value)):
		return strconv.FormatInt(int64(value), 10)
	default:
		return number(value)
	}
}
