package databases

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/awsclient"
)

// measure is what ElastiCache reports for each member of the group. There is one server, which is the primary;
// replicas hold the same, are asked nothing and are never behind.
func (r *redisServer) measure(ctx context.Context, d details) (string, []awsclient.Metric, error) {
	text, err := r.client.Info(ctx, "everything").Result()
	if err != nil {
		return "", nil, err
	}
	info := parseInfo(text)
	for _, name := range []string{
		"keyspace_hits", "keyspace_misses", "evicted_keys", "used_memory", "maxmemory",
		"connected_clients", "used_cpu_user", "used_cpu_sys",
	} {
		if _, ok := info[name]; !ok {
			return "", nil, fmt.Errorf("the server's INFO has no %s", name)
		}
	}
	memory := 0.0
	if info["maxmemory"] > 0 {
		memory = 100 * info["used_memory"] / info["maxmemory"]
	}
	now := time.Now()
	changed := map[string]float64{}
	hits, _, known := r.hits.since(info["keyspace_hits"], now)
	misses, _, _ := r.misses.since(info["keyspace_misses"], now)
	evicted, _, _ := r.evicted.since(info["evicted_keys"], now)
	spent, seconds, _ := r.cpu.since(info["used_cpu_user"]+info["used_cpu_sys"], now)
	if known {
		engine := min(100, 100*spent/seconds) // of its one thread
		changed = map[string]float64{
			"CacheHits": hits, "CacheMisses": misses, "Evictions": evicted, "EngineCPUUtilization": engine, "CPUUtilization": engine / d.size.cpus,
		}
	}
	var metrics []awsclient.Metric
	for i, member := range d.members {
		dimensions := map[string]string{"CacheClusterId": member}
		metrics = append(metrics, awsclient.Value("DatabaseMemoryUsagePercentage", dimensions, memory, "Percent"))
		if d.credits {
			metrics = append(metrics, awsclient.Value("CPUCreditBalance", dimensions, credits, "Count"))
		}
		if i > 0 {
			metrics = append(metrics, awsclient.Value("ReplicationLag", dimensions, 0, "Seconds"))
		} else {
			metrics = append(metrics, awsclient.Value("CurrConnections", dimensions, info["connected_clients"]-1, "Count")) // all but our own
		}
		for _, name := range slices.Sorted(maps.Keys(changed)) {
			unit, value := "Count", changed[name]
			if strings.HasSuffix(name, "CPUUtilization") {
				unit = "Percent"
			}
			if i > 0 {
				value = 0
			}
			metrics = append(metrics, awsclient.Value(name, dimensions, value, unit))
		}
	}
	return "AWS/ElastiCache", metrics, nil
}

// parseInfo reads the numbers of Redis' INFO; what is no number is left out.
func parseInfo(text string) map[string]float64 {
	info := map[string]float64{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			info[name] = number
		}
	}
	return info
}
