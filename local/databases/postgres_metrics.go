package databases

import (
	"context"
	"time"

	"github.com/flowcomply/infrastructure/local/awsclient"
)

// asked are the numbers that only the server knows. Connections are those of clients, without the one that asks.
const asked = `SELECT
	(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
	(SELECT max(age(datfrozenxid)) FROM pg_database),
	(SELECT sum(pg_database_size(oid)) FROM pg_database)::float8 + (SELECT coalesce(sum(size), 0) FROM pg_ls_waldir())::float8`

// measure is what RDS reports: of the server itself, and of an instance of the size that AWS was asked for.
func (p *postgres) measure(ctx context.Context, d details) (string, []awsclient.Metric, error) {
	conn, err := p.connection(ctx)
	if err != nil {
		return "", nil, err
	}
	var connections, age int64
	var stored float64
	if err := conn.QueryRow(ctx, asked).Scan(&connections, &age, &stored); err != nil {
		return "", nil, err
	}
	dimensions := map[string]string{"DBInstanceIdentifier": p.applied.ID}
	spent, memory := usage(p.process.cmd.Process.Pid)
	metrics := []awsclient.Metric{
		awsclient.Value("DatabaseConnections", dimensions, float64(connections), "Count"),
		awsclient.Value("FreeableMemory", dimensions, max(0, d.size.memory-memory), "Bytes"),
		awsclient.Value("FreeStorageSpace", dimensions, max(0, d.storage-stored), "Bytes"),
		awsclient.Value("MaximumUsedTransactionIDs", dimensions, float64(age), "Count"),
	}
	if d.credits {
		metrics = append(metrics, awsclient.Value("CPUCreditBalance", dimensions, credits, "Count"))
	}
	if used, seconds, ok := p.cpu.since(spent, time.Now()); ok {
		percent := min(100, 100*used/seconds/d.size.cpus)
		metrics = append(metrics, awsclient.Value("CPUUtilization", dimensions, percent, "Percent"))
	}
	return "AWS/RDS", metrics, nil
}
