package slo

const elastiCache = "AWS/ElastiCache"

// cacheRows are per member of the replication group, as ElastiCache reports.
func cacheRows() []Objective {
	return []Objective{{
		//runbook:6.3#4,trouble.slow#5 has the target of 70 %.
		ID: "hit-rate", Title: "The cache hit rate is not above 70 %", Scope: Cache,
		Source: "runbook 6.3: Redis cache hit rate (target: >70%)", Anchor: "cache-hit-rate",
		Severity: Notify,
		Metrics: []Metric{
			{ID: "hits", Namespace: elastiCache, Name: "CacheHits", Stat: "Sum"},
			{ID: "misses", Namespace: elastiCache, Name: "CacheMisses", Stat: "Sum"},
		},
		// A member that hardly anybody reads, such as an idle replica or any at night, has missed nothing.
		Expression: "100 * hits / (hits + misses)",
		Enough:     "hits + misses >= 100", Quiet: 100,
		// Half an hour: after a restart the cache is cold and fills by itself.
		Comparison: LessOrEqual, Threshold: 70, Unit: Percent, Window: every(6, 300), MissingData: Unknown,
		// A cache that was just started has missed its first lookups.
		Least: 100, Samples: []string{"hits", "misses"},
	}, {
		ID: "cpu", Title: "Redis CPU use is not below 80 % of one vCPU", Scope: Cache, Trait: FewCPUs,
		Source:   "reason: the runbook's 80 % for the services; Redis runs commands on one thread, and below 4 vCPUs AWS advises the whole node's use",
		Anchor:   "cache-cpu",
		Severity: Notify, Metrics: []Metric{{ID: "cpu", Namespace: elastiCache, Name: "CPUUtilization", Stat: "Average"}},
		Comparison: GreaterOrEqual, Threshold: 80, Of: LimitCPUShare, Unit: Percent, Window: every(3, 300), MissingData: Unknown,
	}, {
		ID: "engine-cpu", Title: "Redis engine CPU use is not below 80 %", Scope: Cache, Trait: ManyCPUs,
		Source: "reason: the runbook's 80 % for the services; Redis runs commands on this one thread", Anchor: "cache-engine-cpu",
		Severity: Notify, Metrics: []Metric{{ID: "cpu", Namespace: elastiCache, Name: "EngineCPUUtilization", Stat: "Average"}},
		Comparison: GreaterOrEqual, Threshold: 80, Unit: Percent, Window: every(3, 300), MissingData: Unknown,
	}, creditRow(Cache, elastiCache, "A Redis node has used its CPU credits up", "cache-cpu-credits"), {
		ID: "memory", Title: "Redis memory use is not below 80 %", Scope: Cache,
		Source: "reason: with maxmemory-policy noeviction a full cache refuses writes, and jobs are lost", Anchor: "cache-memory",
		Severity: Page, Metrics: []Metric{{ID: "memory", Namespace: elastiCache, Name: "DatabaseMemoryUsagePercentage", Stat: "Maximum"}},
		Comparison: GreaterOrEqual, Threshold: 80, Unit: Percent, Window: every(3, 300), MissingData: Unknown,
	}, {
		ID: "evictions", Title: "Redis throws keys away", Scope: Cache,
		Source: "reason: noeviction is set because queued jobs must not vanish; an eviction means that it is not in force", Anchor: "cache-evictions",
		Severity: Notify, Metrics: []Metric{{ID: "evictions", Namespace: elastiCache, Name: "Evictions", Stat: "Sum"}},
		Comparison: Greater, Threshold: 0, Unit: Count, Window: every(1, 300), MissingData: Unknown,
	}, {
		ID: "replication-lag", Title: "A Redis replica is ten seconds behind", Scope: Cache,
		Source: "reason: a failover now would lose that much of sessions and queued jobs", Anchor: "cache-replication-lag",
		Severity: Notify, Metrics: []Metric{{ID: "lag", Namespace: elastiCache, Name: "ReplicationLag", Stat: "Maximum"}},
		// A primary does not report it, hence Harmless.
		Comparison: GreaterOrEqual, Threshold: 10, Unit: Seconds, Window: every(5, 60), MissingData: Harmless,
	}}
}
