package databases

import (
	"fmt"
	"strings"
)

// gib is a GiB in bytes.
const gib = 1 << 30

// size is what an instance class or a node type has.
type size struct {
	memory float64 // bytes
	cpus   float64
}

// databaseSize is the size of an RDS instance class (https://aws.amazon.com/rds/instance-types/): the t, m and r
// families have 2 CPUs up to large and twice as many with each step, and 4 or 8 GiB a CPU; the small t have less.
func databaseSize(class string) (size, error) {
	family, step, ok := parts(class, "db")
	cpus := processors(step)
	if !ok || cpus == 0 {
		return size{}, fmt.Errorf("instance class %q: its size is not known here", class)
	}
	if small := map[string]float64{"micro": 1, "small": 2, "medium": 4}[step]; small > 0 {
		return size{small * gib, cpus}, nil
	}
	if family[0] == 'r' {
		return size{8 * cpus * gib, cpus}, nil
	}
	return size{4 * cpus * gib, cpus}, nil
}

// nodeMemory is the maxmemory of an ElastiCache node type, in bytes
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html#ParameterGroups.Redis.NodeSpecific).
// The larger types are left to a rule that comes within a few per cent of AWS's table.
func nodeMemory(nodeType string) (float64, error) {
	family, step, ok := parts(nodeType, "cache")
	cpus := processors(step)
	if !ok || cpus == 0 {
		return 0, fmt.Errorf("node type %q: its size is not known here", nodeType)
	}
	if small := map[string]float64{"micro": 536870912, "small": 1471026299, "medium": 3317862236}[step]; small > 0 {
		return small, nil
	}
	if family[0] == 'r' {
		return 6.6 * cpus * gib, nil
	}
	return 3.2 * cpus * gib, nil
}

// credits is the balance that is reported for whatever spends CPU credits: half of what a small one can save in a day. The
// processor here is not held to a baseline, so that none are spent.
const credits = 288

func parts(class, kind string) (family, step string, ok bool) {
	all := strings.Split(class, ".")
	if len(all) != 3 || all[0] != kind || all[1] == "" {
		return "", "", false
	}
	return all[1], all[2], true
}

func processors(step string) float64 {
	switch step {
	case "micro", "small", "medium", "large":
		return 2
	case "xlarge":
		return 4
	}
	var n int
	if _, err := fmt.Sscanf(step, "%dxlarge", &n); err != nil {
		return 0
	}
	return float64(4 * n)
}
