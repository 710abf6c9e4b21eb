package slo

const rds = "AWS/RDS"

// databaseRows; the target's limits come from DatabaseLimits.
func databaseRows() []Objective {
	return []Objective{{
		//runbook:6.3#3 has the target of half the connections.
		ID: "connections", Title: "Half of the database's connections are in use", Scope: Database,
		Source: "runbook 6.3: RDS connections (target: <50% max)", Anchor: "database-connections",
		Severity: Notify, Metrics: []Metric{{ID: "connections", Namespace: rds, Name: "DatabaseConnections", Stat: "Maximum"}},
		Comparison: GreaterOrEqual, Threshold: 0.5, Of: LimitMaxConnections, Unit: Count, Window: every(3, 300), MissingData: Unknown,
	}, {
		ID: "cpu", Title: "Database CPU use is not below 80 %", Scope: Database,
		Source: "reason: the runbook's 80 % for the services, applied to what they all wait for", Anchor: "database-cpu",
		Severity: Notify, Metrics: []Metric{{ID: "cpu", Namespace: rds, Name: "CPUUtilization", Stat: "Average"}},
		Comparison: GreaterOrEqual, Threshold: 80, Unit: Percent, Window: every(3, 300), MissingData: Unknown,
	}, {
		ID: "memory", Title: "Less than 5 % of the database's memory is free", Scope: Database,
		Source: "reason: below this PostgreSQL loses its file cache and then swaps", Anchor: "database-memory",
		Severity: Notify, Metrics: []Metric{{ID: "memory", Namespace: rds, Name: "FreeableMemory", Stat: "Average"}},
		Comparison: Less, Threshold: 0.05, Of: LimitMemory, Unit: Bytes, Window: every(3, 300), MissingData: Unknown,
	}, {
		ID: "storage", Title: "Less than 10 % of the database's storage is free", Scope: Database,
		Source: "reason: RDS grows storage at 10 % after five minutes; a longer breach means that it cannot", Anchor: "database-storage",
		Severity: Page, Metrics: []Metric{{ID: "free", Namespace: rds, Name: "FreeStorageSpace", Stat: "Minimum"}},
		Comparison: Less, Threshold: 0.1, Of: LimitStorage, Unit: Bytes, Window: every(3, 300), MissingData: Unknown,
	}, {
		ID: "transaction-ids", Title: "A billion transaction ids are in use", Scope: Database,
		Source: "reason: PostgreSQL refuses writes at two billion; autovacuum should stay near 200 million", Anchor: "database-transaction-ids",
		Severity: Notify, Metrics: []Metric{{ID: "ids", Namespace: rds, Name: "MaximumUsedTransactionIDs", Stat: "Maximum"}},
		Comparison: GreaterOrEqual, Threshold: 1e9, Unit: Count, Window: every(1, 3600), MissingData: Unknown,
	}, creditRow(Database, rds, "The database has used its CPU credits up", "database-cpu-credits")}
}

// creditRow is for what runs above its baseline by credits. A new one begins with none and earns a few in the first
// minutes, hence an hour.
func creditRow(scope Scope, namespace, title, anchor string) Objective {
	return Objective{
		ID: "cpu-credits", Title: title, Scope: scope, Trait: Burstable,
		Source: "reason: without credits a t class is held to its baseline, or costs more", Anchor: anchor,
		Severity: Notify, Metrics: []Metric{{ID: "credits", Namespace: namespace, Name: "CPUCreditBalance", Stat: "Minimum"}},
		Comparison: Less, Threshold: 5, Unit: Count, Window: every(12, 300), MissingData: Unknown,
	}
}
