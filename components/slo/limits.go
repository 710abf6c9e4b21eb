package slo

import (
	"fmt"
	"slices"
	"strings"
)

// Names of the limits that relative thresholds multiply.
const (
	LimitMaxConnections = "maxConnections" // max_connections of the parameter group
	LimitStorage        = "storageBytes"   // allocated storage
	LimitMemory         = "memoryBytes"    // memory of the instance class
	LimitCPUShare       = "cpuShare"       // what part of a cache node's CPU one vCPU is
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

// DatabaseTraits are the traits of a database of this class.
func DatabaseTraits(class string) []Trait { return burstable(strings.TrimPrefix(class, "db.")) }

func burstable(class string) []Trait {
	if strings.HasPrefix(class, "t") {
		return []Trait{Burstable}
	}
	return nil
}

// manyCPUs is from how many vCPUs on AWS advises to watch the engine's thread and not the whole node:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
const manyCPUs = 4

// CacheTarget is what the rows of a Cache target need to know of its node type: its limits and traits.
func CacheTarget(nodeType string) (map[string]float64, []Trait, error) {
	cpus, err := nodeCPUs(nodeType)
	if err != nil {
		return nil, nil, err
	}
	traits := burstable(strings.TrimPrefix(nodeType, "cache."))
	if cpus < manyCPUs {
		traits = append(traits, FewCPUs)
	} else {
		traits = append(traits, ManyCPUs)
	}
	return map[string]float64{LimitCPUShare: 1 / cpus}, traits, nil
}

// nodeCPUs is how many vCPUs a node type has, by AWS's rule: a large has 2, an xlarge 4, and so on; the small sizes of the
// t family have 2, but for those of t2.
func nodeCPUs(nodeType string) (float64, error) {
	parts := strings.Split(nodeType, ".")
	if len(parts) != 3 || parts[0] != "cache" {
		return 0, fmt.Errorf("node type %q: not of the form cache.<family>.<size>, e.g. cache.t4g.small", nodeType)
	}
	family, size := parts[1], parts[2]
	switch {
	case family == "t2" && slices.Contains([]string{"micro", "small"}, size):
		return 1, nil
	case strings.HasPrefix(family, "t") && slices.Contains([]string{"micro", "small", "medium"}, size):
		return 2, nil
	case sizeFactor(size) == 0:
		return 0, fmt.Errorf("node type %q: number of vCPUs unknown; use a size of the t, m, r or c families", nodeType)
	}
	return 2 * sizeFactor(size), nil
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
