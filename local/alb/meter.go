package alb

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/flowcomply/infrastructure/local/awsclient"
)

// namespace is where load balancers report.
const namespace = "AWS/ApplicationELB"

// meter collects what happened until it is reported, as CloudWatch wants it: for a load balancer as a whole, and for
// each of its target groups.
type meter struct {
	mu     sync.Mutex
	counts map[series]float64
	values map[series][]float64
}

type series struct{ name, balancer, group string }

// sorted are the series of a map, by name, load balancer and group.
func sorted[V any](of map[series]V) []series {
	return slices.SortedFunc(maps.Keys(of), func(a, b series) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.balancer, b.balancer), cmp.Compare(a.group, b.group))
	})
}

func newMeter() *meter {
	return &meter{counts: map[series]float64{}, values: map[series][]float64{}}
}

// count adds one; group is empty for what has nothing to do with a target.
func (m *meter) count(name, balancer, group string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[series{name, balancer, ""}]++
	if group != "" {
		m.counts[series{name, balancer, group}]++
	}
}

func (m *meter) observe(name, balancer, group string, value float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range []series{{name, balancer, ""}, {name, balancer, group}} {
		m.values[s] = append(m.values[s], value)
	}
}

// report hands over what was collected, beside how many targets are healthy now. Counts that are zero are left out,
// as AWS does.
func (m *meter) report(now *state) []awsclient.Metric {
	m.mu.Lock()
	counts, values := m.counts, m.values
	m.counts, m.values = map[series]float64{}, map[series][]float64{}
	m.mu.Unlock()
	var metrics []awsclient.Metric
	for _, s := range sorted(counts) {
		metrics = append(metrics, awsclient.Value(s.name, s.dimensions(), counts[s], "Count"))
	}
	for _, s := range sorted(values) {
		metrics = append(metrics, awsclient.Metric{Name: s.name, Dimensions: s.dimensions(), Values: values[s], Unit: "Seconds"})
	}
	for _, pair := range now.used() {
		if len(now.groups[pair.group].targets) == 0 {
			continue // AWS reports these only for groups with registered targets
		}
		healthy, unhealthy := now.groups[pair.group].count()
		dimensions := series{"", pair.balancer, now.groups[pair.group].dimension}.dimensions()
		metrics = append(metrics,
			awsclient.Value("HealthyHostCount", dimensions, float64(healthy), "Count"),
			awsclient.Value("UnHealthyHostCount", dimensions, float64(unhealthy), "Count"))
	}
	return metrics
}

func (s series) dimensions() map[string]string {
	dimensions := map[string]string{"LoadBalancer": s.balancer}
	if s.group != "" {
		dimensions["TargetGroup"] = s.group
	}
	return dimensions
}

// use is a target group, by ARN, that a rule of a load balancer, by dimension, forwards to.
type use struct{ balancer, group string }

func (s *state) used() []use {
	var found []use
	seen := map[use]bool{}
	add := func(balancer, arn string) {
		pair := use{balancer, arn}
		if _, known := s.groups[arn]; known && !seen[pair] {
			seen[pair] = true
			found = append(found, pair)
		}
	}
	for _, l := range s.listeners {
		for _, rule := range l.rules {
			for _, action := range rule.Actions {
				for _, arn := range groupsOf(action) {
					add(l.balancer.dimension, arn)
				}
			}
		}
	}
	return found
}

// groupsOf are the ARNs of the target groups that an action forwards to.
func groupsOf(action types.Action) []string {
	arns := []string{aws.ToString(action.TargetGroupArn)}
	if action.ForwardConfig != nil {
		for _, g := range action.ForwardConfig.TargetGroups {
			arns = append(arns, aws.ToString(g.TargetGroupArn))
		}
	}
	return arns
}
