// Package slo is the one table of what FlowComply promises about itself: every
// number the runbook gives as prose, plus the few it needs to keep those.
// Alarms, the dashboard, docs/alarms.md and verification all read these rows,
// so that they cannot drift apart. The package is plain Go and knows no Pulumi.
package slo

import (
	"fmt"
	"slices"
)

// Scope is the kind of thing a row is about. All metrics of a scope share its
// CloudWatch dimensions.
type Scope string

// The scopes.
const (
	Service      Scope = "service"      // one ECS service
	Routed       Scope = "routed"       // one target group behind the load balancer
	Availability Scope = "availability" // the same target group, once its service runs
	LoadBalancer Scope = "loadBalancer" // the load balancer as a whole
	Deployments  Scope = "deployments"  // the EventBridge rule that matches failed deployments
	Database     Scope = "database"     // the PostgreSQL instance
	Cache        Scope = "cache"        // one member of the Redis replication group: <group>-00N
	Logs         Scope = "logs"         // one service's log group, counted by a metric filter
	Mail         Scope = "mail"         // the SES configuration set
	MailAccount  Scope = "mailAccount"  // SES in the account and region, whichever configuration set mail names
)

// Scopes lists every scope in the order a reader meets them on the dashboard.
func Scopes() []Scope {
	return []Scope{LoadBalancer, Routed, Availability, Service, Deployments, Database, Cache, Mail, MailAccount, Logs}
}

var dimensions = map[Scope][]string{
	Service:      {"ClusterName", "ServiceName"},
	Routed:       {"LoadBalancer", "TargetGroup"},
	Availability: {"LoadBalancer", "TargetGroup"},
	LoadBalancer: {"LoadBalancer"},
	Deployments:  {"RuleName"},
	Database:     {"DBInstanceIdentifier"},
	Cache:        {"CacheClusterId"},
	Mail:         {"ses:configuration-set"},
}

// Dimensions are the CloudWatch dimension names a target of the scope supplies,
// sorted. Logs has none: its metrics are told apart by name, see MetricName. MailAccount has none either: its metrics are
// those of the whole account.
func (s Scope) Dimensions() []string { return slices.Clone(dimensions[s]) }

// Trait is what only some targets of a scope are. A row with a trait is for those alone.
type Trait string

// The traits.
const (
	Burstable Trait = "burstable" // of a t class: above its baseline it spends CPU credits
	FewCPUs   Trait = "fewCPUs"   // a cache node with less than 4 vCPUs: the engine's own CPU use says too little
	ManyCPUs  Trait = "manyCPUs"  // a cache node with 4 vCPUs or more: the engine's thread is one of many
)

// Severity decides whom an alarm reaches.
type Severity string

// The severities.
const (
	Page   Severity = "page"   // users are hurt or soon will be: wakes the on-call engineer
	Notify Severity = "notify" // read within the working day
)

// Comparison is the CloudWatch operator that makes a value a breach. A promise
// "< 80 %" is broken at 80 already, hence the OrEqual forms.
type Comparison string

// The comparisons, as CloudWatch spells them.
const (
	Greater        Comparison = "GreaterThanThreshold"
	GreaterOrEqual Comparison = "GreaterThanOrEqualToThreshold"
	Less           Comparison = "LessThanThreshold"
	LessOrEqual    Comparison = "LessThanOrEqualToThreshold"
)

// MissingData is what a period without a data point means.
type MissingData string

const (
	// Unknown leaves the alarm in INSUFFICIENT_DATA, and tells the mailboxes. It is for metrics that AWS always reports:
	// silence is a fault to see. It should not page while a stack is being created, nor stop a deployment that watches
	// the alarm.
	Unknown MissingData = "missing"
	// Harmless is for counts that AWS reports only when they are not zero.
	Harmless MissingData = "notBreaching"
	// Breaching is for what AWS reports as long as there is any of it: silence is the fault itself.
	Breaching MissingData = "breaching"
)

// Unit is what a value is measured in, for text and graph axes. It is not sent
// to CloudWatch as a filter: a wrong unit there makes an alarm blind.
type Unit string

// The units.
const (
	Percent Unit = "percent" // 0..100
	Seconds Unit = "seconds"
	Count   Unit = "count"
	Bytes   Unit = "bytes"
	Ratio   Unit = "ratio" // 0..1
)

// Metric is one series a row reads.
type Metric struct {
	ID        string // name inside Expression, [a-z][a-zA-Z0-9_]*
	Namespace string
	Name      string // for Logs only the last part; see MetricName
	Stat      string // Average, Sum, Minimum, Maximum or a percentile such as p95
	Filter    string // CloudWatch Logs pattern that produces the metric; only in Logs
}

// Window is how long a row looks before it calls a promise broken.
type Window struct {
	PeriodSeconds     int
	EvaluationPeriods int // looked at together
	DatapointsToAlarm int // of them in breach
}

// every is a breach in each of several periods in a row.
func every(periods, seconds int) Window { return within(periods, periods, seconds) }

// within is a breach in some of several periods.
func within(breaches, periods, seconds int) Window {
	return Window{PeriodSeconds: seconds, EvaluationPeriods: periods, DatapointsToAlarm: breaches}
}

// Objective is one row: a promise, where it comes from, and how to tell that
// it is broken.
type Objective struct {
	ID     string // unique among the rows that one target can have; ends the alarm's name
	Title  string // the broken promise in a few words
	Scope  Scope
	Trait  Trait  // of the targets that the row is for; empty: all
	Source string // the runbook section and its number, or the reason for ours
	Anchor string // heading in docs/alarms.md, unique in the table

	Severity Severity
	Rollback bool // a deployment during which this breaks is rolled back: the target's, or any behind the load balancer

	Metrics    []Metric
	Expression string // CloudWatch metric math over the metrics' ids; empty for a single metric
	// Enough is the condition, in the same math, under which a period's value counts: a rate of hardly anything is no rate.
	// Otherwise the value is Quiet. Empty: every value counts.
	Enough string
	Quiet  float64

	Comparison Comparison
	Threshold  float64
	Unit       Unit
	Of         string // limit that Threshold is a fraction of, e.g. LimitMaxConnections; empty: absolute

	Window
	MissingData MissingData

	// What verification does with the row.
	Least   int      // fewer samples than this in its window say nothing; 0: any data point does
	Samples []string // ids of the metrics whose sums are the number of samples; none: CloudWatch's own count
	Direct  bool     // it looks at tasks, targets and log lines themselves, and measures nothing
}

// Objectives returns a fresh copy of the whole table, in the order of Scopes.
func Objectives() []Objective {
	return slices.Concat(
		loadBalancerRows(), routedRows(), availabilityRows(), serviceRows(), deploymentRows(),
		databaseRows(), cacheRows(), mailRows(), mailAccountRows(), logRows(),
	)
}

// For returns the rows of one scope for a target with these traits; none for a scope that does not exist.
func For(scope Scope, traits ...Trait) []Objective {
	return slices.DeleteFunc(Objectives(), func(o Objective) bool {
		return o.Scope != scope || o.Trait != "" && !slices.Contains(traits, o.Trait)
	})
}

// Limit is the number the alarm compares with: the threshold itself, or its
// share of the target's limit of that name. A limit that is absent or not
// positive is an error: an alarm at zero would never or always fire.
func (o Objective) Limit(limits map[string]float64) (float64, error) {
	if o.Of == "" {
		return o.Threshold, nil
	}
	limit, ok := limits[o.Of]
	if !ok {
		return 0, fmt.Errorf("objective %q: limit %q: missing; pass it in the target's limits", o.Anchor, o.Of)
	}
	if limit <= 0 {
		return 0, fmt.Errorf("objective %q: limit %q: %v is not positive", o.Anchor, o.Of, limit)
	}
	return o.Threshold * limit, nil
}

// Math is the metric math that alarm and graph go by; empty for a single metric. Verification measures by Expression, and says
// itself when there were too few samples.
func (o Objective) Math() string {
	if o.Enough == "" {
		return o.Expression
	}
	return fmt.Sprintf("IF(%s, %s, %g)", o.Enough, o.Expression, o.Quiet)
}

// AlarmName is the physical name of a row's alarm: <stack>-<role>-<id>.
func (o Objective) AlarmName(stack, role string) string { return stack + "-" + role + "-" + o.ID }

// MetricName is the name a metric goes by for one target. It differs from the
// table only in Logs: metric filters on plain text cannot set dimensions, so
// stack and role go into the name.
func (o Objective) MetricName(m Metric, stack, role string) string {
	if o.Scope != Logs {
		return m.Name
	}
	return stack + "-" + role + "-" + m.Name
}

// Anchors in docs/alarms.md of what reaches the topics as an event instead of as an alarm.
const (
	EventDeploymentFailed = "event-deployment-failed"
	EventImageFindings    = "event-image-findings"
)
