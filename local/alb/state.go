package alb

import (
	"cmp"
	"crypto/tls"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// state is what AWS says there is. It is never changed once it is in use; a newer one takes its place.
type state struct {
	listeners map[string]listener // by ARN
	groups    map[string]group    // by ARN
	zones     zones
}

// listener is one port of a load balancer.
type listener struct {
	arn          string
	port         int
	secure       bool
	policy       string
	certificates []tls.Certificate // the first is for clients that name no host, or another one
	rules        []types.Rule      // in the order in which they are tried; the default rule is the last
	balancer     balancer
}

type balancer struct {
	name        string // its own DNS name, in lower case
	dimension   string // app/<name>/<id>
	idleTimeout time.Duration
}

// group is a target group.
type group struct {
	arn       string
	dimension string // targetgroup/<name>/<id>
	targets   []types.TargetHealthDescription
}

// suffix is what CloudWatch calls a load balancer or a target group: the end of its ARN.
func suffix(arn string) string {
	resource := arn[strings.LastIndexByte(arn, ':')+1:]
	return strings.TrimPrefix(resource, "loadbalancer/")
}

// available are the addresses that requests may go to. Like the load balancer's, the choice fails open: where no
// target is healthy, all that are unhealthy get requests
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health.html).
func (g group) available() []string {
	var healthy, failing []string
	for _, target := range g.targets {
		address := aws.ToString(target.Target.Id) + ":" + strconv.Itoa(int(aws.ToInt32(target.Target.Port)))
		switch target.TargetHealth.State {
		case types.TargetHealthStateEnumHealthy:
			healthy = append(healthy, address)
		case types.TargetHealthStateEnumUnhealthy:
			failing = append(failing, address)
		default: // initial, draining, unused: not asked
		}
	}
	if len(healthy) > 0 {
		return healthy
	}
	return failing
}

// count tells how many targets are healthy and unhealthy, as CloudWatch is told: those that leave count for neither.
func (g group) count() (healthy, unhealthy int) {
	for _, target := range g.targets {
		switch target.TargetHealth.State {
		case types.TargetHealthStateEnumHealthy:
			healthy++
		case types.TargetHealthStateEnumUnhealthy, types.TargetHealthStateEnumInitial:
			unhealthy++
		default:
		}
	}
	return healthy, unhealthy
}

// inOrder sorts rules by priority, the default rule last.
func inOrder(rules []types.Rule) []types.Rule {
	slices.SortFunc(rules, func(a, b types.Rule) int { return cmp.Compare(priority(a), priority(b)) })
	return rules
}

func priority(rule types.Rule) int {
	number, err := strconv.Atoi(aws.ToString(rule.Priority))
	if err != nil || aws.ToBool(rule.IsDefault) {
		return 1 << 30
	}
	return number
}
