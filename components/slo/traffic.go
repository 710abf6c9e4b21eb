package slo

const elb = "AWS/ApplicationELB"

// wholeRequest is how many requests it takes to judge by a share of 5 %: one of
// fewer than twenty is more than that, and their p95 is the slowest of them. So
// a period with fewer is never a breach: at night one failed request is 100 %.
const wholeRequest = 20

// loadBalancerRows see what no target group does: errors the load balancer
// answers itself when a target dies or none is left.
func loadBalancerRows() []Objective {
	return []Objective{{
		//runbook:rollback.when#1,post.immediate#1 pages, and takes a running deployment back, above 5 % of all requests.
		ID: "error-rate", Title: "More than 5 % of all requests end in a 5xx answer", Scope: LoadBalancer,
		Source: "runbook, When to Rollback: critical production errors (5xx > 5%)", Anchor: "load-balancer-error-rate",
		Severity: Page, Rollback: true,
		Metrics: []Metric{
			{ID: "target", Namespace: elb, Name: "HTTPCode_Target_5XX_Count", Stat: "Sum"},
			{ID: "elb", Namespace: elb, Name: "HTTPCode_ELB_5XX_Count", Stat: "Sum"},
			{ID: "requests", Namespace: elb, Name: "RequestCount", Stat: "Sum"},
		},
		// RequestCount leaves out requests that found no target, so in an outage
		// it is below the errors: the larger of the two is the number of requests.
		Expression: "IF(FILL(target, 0) + FILL(elb, 0) > 0, " +
			"100 * (FILL(target, 0) + FILL(elb, 0)) / MAX([FILL(requests, 0), FILL(target, 0) + FILL(elb, 0)]), 0)",
		Enough:     "MAX([FILL(requests, 0), FILL(target, 0) + FILL(elb, 0)]) >= 20",
		Comparison: Greater, Threshold: 5, Unit: Percent, Window: within(3, 5, 60), MissingData: Harmless,
		Least: wholeRequest, Samples: []string{"requests", "elb"},
	}, {
		ID: "rejected-connections", Title: "The load balancer turns connections away", Scope: LoadBalancer,
		Source: "reason: it has reached its maximum number of connections; no user should meet that", Anchor: "load-balancer-rejected-connections",
		Severity: Page, Metrics: []Metric{{ID: "rejected", Namespace: elb, Name: "RejectedConnectionCount", Stat: "Sum"}},
		Comparison: Greater, Threshold: 0, Unit: Count, Window: within(2, 5, 60), MissingData: Harmless,
	}}
}

// routedRows are what a service's users feel.
func routedRows() []Objective {
	return []Objective{{
		//runbook:trouble.high#1,rollback.when#1 pages, and takes a running deployment back, above 5 % of one service's requests.
		ID: "error-rate", Title: "More than 5 % of the service's requests end in a 5xx answer", Scope: Routed,
		Source: "runbook, When to Rollback: critical production errors (5xx > 5%)", Anchor: "routed-error-rate",
		Severity: Page, Rollback: true,
		Metrics: []Metric{
			{ID: "errors", Namespace: elb, Name: "HTTPCode_Target_5XX_Count", Stat: "Sum"},
			{ID: "requests", Namespace: elb, Name: "RequestCount", Stat: "Sum"},
		},
		// Both are reported only when not zero: no requests, no data point.
		Expression: "100 * FILL(errors, 0) / requests",
		// Five failed requests in a minute are no accident, however few there are: where hardly anybody asks, and everybody
		// fails, twenty would never come together.
		Enough:     "FILL(requests, 0) >= 20 OR FILL(errors, 0) >= 5",
		Comparison: Greater, Threshold: 5, Unit: Percent, Window: within(3, 5, 60), MissingData: Harmless,
		Least: wholeRequest, Samples: []string{"requests"},
	}, {
		//runbook:6.3#1 has the target of 200 ms, for an alarm, a graph and verification.
		ID: "latency", Title: "p95 response time is not below 200 ms", Scope: Routed,
		Source: "runbook 6.3: ALB response times (target: <200ms p95)", Anchor: "routed-latency",
		Severity: Notify, Metrics: responseTime(), Expression: "latency", Enough: wholeRequests,
		Comparison: GreaterOrEqual, Threshold: 0.2, Unit: Seconds, Window: every(3, 300), MissingData: Harmless,
		Least: wholeRequest, Samples: []string{"requests"},
	}, {
		//runbook:trouble.slow#1 pages, and takes a running deployment back, above 2 s.
		ID: "slow", Title: "p95 response time is above 2 s", Scope: Routed,
		Source: "runbook, Troubleshooting, Slow response times: API response time > 2s", Anchor: "routed-slow",
		Severity: Page, Rollback: true, Metrics: responseTime(), Expression: "latency", Enough: wholeRequests,
		Comparison: Greater, Threshold: 2, Unit: Seconds, Window: within(3, 5, 60), MissingData: Harmless,
		Least: wholeRequest, Samples: []string{"requests"},
	}, {
		//runbook:rollback.when#4 takes a running deployment back when no target is healthy; availabilityRows page.
		ID: "no-healthy-target", Title: "No healthy target is left", Scope: Routed,
		Source: "runbook, When to Rollback: complete service outage", Anchor: "routed-no-healthy-target",
		Severity: Notify, Rollback: true,
		// Maximum over the zones: a zone without a task reports zero by itself.
		Metrics:    []Metric{{ID: "healthy", Namespace: elb, Name: "HealthyHostCount", Stat: "Maximum"}},
		Comparison: Less, Threshold: 1, Unit: Count, Window: every(2, 60), MissingData: Unknown,
		Direct: true,
	}, {
		//runbook:trouble.service#1 tells of tasks that keep failing their health check.
		ID: "unhealthy-targets", Title: "Targets keep failing their health check", Scope: Routed,
		Source: "runbook, Troubleshooting, Service won't start: failing health checks", Anchor: "routed-unhealthy-targets",
		Severity: Notify, Metrics: []Metric{{ID: "unhealthy", Namespace: elb, Name: "UnHealthyHostCount", Stat: "Maximum"}},
		// Five minutes: a replaced task may fail a check or two while it leaves.
		Comparison: Greater, Threshold: 0, Unit: Count, Window: every(5, 60), MissingData: Unknown,
		Direct: true,
	}}
}

// wholeRequests is when a period has enough requests for its 95th percentile. CloudWatch's own remedy for few samples
// (EvaluateLowSampleCountPercentile) leaves an alarm in the state that it has: one that fired in the evening would fire all
// night, and a deployment is not judged by an alarm that fires when it begins.
const wholeRequests = "FILL(requests, 0) >= 20"

func responseTime() []Metric {
	return []Metric{
		{ID: "latency", Namespace: elb, Name: "TargetResponseTime", Stat: "p95"},
		{ID: "requests", Namespace: elb, Name: "RequestCount", Stat: "Sum"},
	}
}

// availabilityRows page when a service is down. Their alarms are declared after the service: before its first task,
// silence is no outage. The load balancer reports no number for a target group that has no target, so that silence is
// a breach here; a deployment must not be judged by it, as it would not be monitored at all.
func availabilityRows() []Objective {
	return []Objective{{
		//runbook:rollback.when#4 pages when no target is healthy, or none is there.
		ID: "unavailable", Title: "The service has no healthy target, or none at all", Scope: Availability,
		Source: "runbook, When to Rollback: complete service outage", Anchor: "availability-unavailable",
		Severity: Page, Metrics: []Metric{{ID: "healthy", Namespace: elb, Name: "HealthyHostCount", Stat: "Maximum"}},
		Comparison: Less, Threshold: 1, Unit: Count, Window: every(3, 60), MissingData: Breaching,
		Direct: true,
	}}
}
