package slo

const (
	ecs      = "AWS/ECS"
	insights = "ECS/ContainerInsights"
)

// serviceRows need Container Insights on the cluster for the task counts.
func serviceRows() []Objective {
	return []Objective{{
		//runbook:6.3#2 has the target of 80 % CPU.
		ID: "cpu", Title: "CPU use is not below 80 %", Scope: Service,
		Source: "runbook 6.3: ECS CPU/Memory usage (target: <80%)", Anchor: "service-cpu",
		Severity: Notify, Metrics: []Metric{{ID: "cpu", Namespace: ecs, Name: "CPUUtilization", Stat: "Average"}},
		// Fifteen minutes: auto-scaling gets its chance first.
		Comparison: GreaterOrEqual, Threshold: 80, Unit: Percent, Window: every(3, 300), MissingData: Unknown,
	}, {
		//runbook:6.3#2 has the target of 80 % memory.
		ID: "memory", Title: "Memory use is not below 80 %", Scope: Service,
		Source: "runbook 6.3: ECS CPU/Memory usage (target: <80%)", Anchor: "service-memory",
		Severity: Notify, Metrics: []Metric{{ID: "memory", Namespace: ecs, Name: "MemoryUtilization", Stat: "Average"}},
		Comparison: GreaterOrEqual, Threshold: 80, Unit: Percent, Window: every(3, 300), MissingData: Unknown,
	}, {
		//runbook:trouble.service#1 pages when tasks are stuck in PENDING.
		ID: "missing-tasks", Title: "Fewer tasks run than the service wants", Scope: Service,
		Source: "runbook, Troubleshooting, Service won't start: ECS tasks stuck in PENDING", Anchor: "service-missing-tasks",
		Severity: Page,
		Metrics: []Metric{
			{ID: "desired", Namespace: insights, Name: "DesiredTaskCount", Stat: "Average"},
			{ID: "running", Namespace: insights, Name: "RunningTaskCount", Stat: "Average"},
		},
		Expression: "desired - running",
		// Ten minutes: scaling out takes a few, a task that never starts takes all.
		Comparison: Greater, Threshold: 0, Unit: Count, Window: every(10, 60), MissingData: Unknown,
		Direct: true,
	}}
}

// deploymentRows page by an alarm, and not by the event itself: PagerDuty opens and resolves incidents by alarms.
func deploymentRows() []Objective {
	return []Objective{{
		ID: "failed", Title: "ECS gave up on a deployment", Scope: Deployments,
		Source: "runbook, Troubleshooting, Service won't start", Anchor: "deployments-failed",
		Severity: Page, Metrics: []Metric{{ID: "failed", Namespace: "AWS/Events", Name: "TriggeredRules", Stat: "Sum"}},
		// Any in five minutes: the metric has a single minute, and then is missing again.
		Comparison: Greater, Threshold: 0, Unit: Count, Window: within(1, 5, 60), MissingData: Harmless,
		Direct: true,
	}}
}

// errorPattern finds the runbook's word, and the levels of Node's loggers: "level":"error" or "level":"fatal" of winston, 50 and 60
// of pino and bunyan. CloudWatch's expressions have neither quotes nor groups, so the signs between are counted
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html).
const errorPattern = `%ERROR|level.{3,4}error|level.{3,4}fatal|level.{2,3}[56]0%`

// logRows count what the runbook greps for, and what the same line looks like as JSON.
func logRows() []Objective {
	return []Objective{{
		ID: "log-errors", Title: "Errors keep appearing in the log", Scope: Logs,
		Source: "runbook 6.2: no critical errors, normal application logs", Anchor: "log-errors",
		Severity: Notify, Metrics: []Metric{{ID: "errors", Namespace: "FlowComply/Logs", Name: "errors", Stat: "Sum", Filter: errorPattern}},
		// Three periods in a row: one stray error is for the log, not for an alarm.
		Comparison: Greater, Threshold: 0, Unit: Count, Window: every(3, 300), MissingData: Harmless,
		Direct: true,
	}}
}

// ErrorPattern is what the log rows count unless a stack file decides otherwise, as a CloudWatch Logs filter pattern.
func ErrorPattern() string { return logRows()[0].Metrics[0].Filter }

// mailRows keep the account able to send: AWS reviews an account at these rates. They are those of the stack's own mail.
func mailRows() []Objective { return reputationRows(Mail, "mail", "the stack's mail") }

// mailAccountRows are the rates that AWS goes by: of all that the account sends in the region, by whichever stack.
func mailAccountRows() []Objective {
	return reputationRows(MailAccount, "mail-account", "the account's mail")
}

func reputationRows(scope Scope, anchor, whose string) []Objective {
	return []Objective{{
		ID: "bounce-rate", Title: "5 % of " + whose + " bounces", Scope: scope,
		Source: "reason: SES puts an account under review at a bounce rate of 5 %", Anchor: anchor + "-bounce-rate",
		Severity: Notify, Metrics: []Metric{{ID: "bounces", Namespace: "AWS/SES", Name: "Reputation.BounceRate", Stat: "Average"}},
		Comparison: GreaterOrEqual, Threshold: 0.05, Unit: Ratio, Window: every(1, 3600), MissingData: Harmless,
	}, {
		ID: "complaint-rate", Title: "One in a thousand of " + whose + " is reported as spam", Scope: scope,
		Source: "reason: SES puts an account under review at a complaint rate of 0.1 %", Anchor: anchor + "-complaint-rate",
		Severity: Notify, Metrics: []Metric{{ID: "complaints", Namespace: "AWS/SES", Name: "Reputation.ComplaintRate", Stat: "Average"}},
		Comparison: GreaterOrEqual, Threshold: 0.001, Unit: Ratio, Window: every(1, 3600), MissingData: Harmless,
	}}
}
