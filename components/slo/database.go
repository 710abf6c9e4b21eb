package slo

import (
	"fmt"
	"strings"
)

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
	}}
}

// Names of the limits that relative thresholds multiply.
const (
	LimitMaxConnections = "maxConnections" // max_connections of the parameter group
	LimitStorage        = "storageBytes"   // allocated storage
	LimitMemory         = "memoryBytes"    // memory of the instance class
)

const gib = 1 << 30

// DatabaseLimits are the limits of a Database target, from its configuration.
func DatabaseLimits(class string, storageGiB, maxConnections int) (map[string]float64, error) {
	memory, err := InstanceMemoryGiB(class)
	if err != nil {
		return nil, err
	}
	return map[string]float64{
		LimitMaxConnections: float64(maxConnections),
		LimitStorage:        float64(storageGiB) * gib,
		LimitMemory:         memory * gib,
	}, nil
}

// InstanceMemoryGiB is the memory of an RDS instance class of the t, m and r
// families, which AWS sizes by rule: m has 4 GiB and r 8 GiB a vCPU, t has
// fixed steps. CloudWatch reports free memory in bytes only, so that a share
// of memory has to come from the class.
func InstanceMemoryGiB(class string) (float64, error) {
	parts := strings.Split(class, ".")
	if len(parts) != 3 || parts[0] != "db" || len(parts[1]) < 2 {
		return 0, fmt.Errorf("instance class %q: not of the form db.<family>.<size>, e.g. db.t4g.medium", class)
	}
	small := map[string]float64{"micro": 1, "small": 2, "medium": 4}
	large := map[byte]float64{'t': 8, 'm': 8, 'r': 16}
	family, size := parts[1], parts[2]
	if gib, ok := small[size]; ok && family[0] == 't' {
		return gib, nil
	}
	base, factor := large[family[0]], sizeFactor(size)
	if base*factor == 0 {
		return 0, fmt.Errorf("instance class %q: memory unknown; use a size of the t, m or r families", class)
	}
	return base * factor, nil
}

// sizeFactor tells how many times a "large" a size is: xlarge 2, 4xlarge 8; 0 where the size is none of these.
func sizeFactor(size string) float64 {
	switch size {
	case "large":
		return 1
	case "xlarge":
		return 2
	}
	var n int
	if _, err := fmt.Sscanf(size, "%dxlarge", &n); err != nil || n < 2 || fmt.Sprintf("%dxlarge", n) != size {
		return 0
	}
	return float64(2 * n)
}
