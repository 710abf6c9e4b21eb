package cache

import (
	"regexp"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Spec is what an operator decides about the cache. Times are UTC. A change is applied at once.
type Spec struct {
	// NodeType is the size of each node, e.g. cache.t4g.small.
	NodeType string `json:"nodeType"`
	// EngineVersion is Redis's version: 7.0 or 7.1. There is no way back to an earlier one.
	EngineVersion string `json:"engineVersion"`
	// Nodes counts the primary and its replicas, 1 to 6. Two or more lie in different zones and fail over.
	Nodes int `json:"nodes"`
	// SnapshotDays is how long the daily snapshot is kept, 1 to 35: queued jobs live here, not only copies.
	SnapshotDays int `json:"snapshotDays"`
	// SnapshotWindow is when the daily snapshot is taken, hh:mm-hh:mm, an hour or longer, outside the maintenance
	// window.
	SnapshotWindow string `json:"snapshotWindow"`
	// MaintenanceWindow is when AWS may patch, ddd:hh:mm-ddd:hh:mm, an hour or longer.
	MaintenanceWindow string `json:"maintenanceWindow"`
	// LogDays is how many days CloudWatch keeps the slow log and the engine log; one of the values that it offers.
	LogDays int `json:"logDays"`
	// TokenRotation counts the AUTH token's rotations: the next number makes a new one; the one before stays good
	// until the rotation after. Default: 0.
	TokenRotation int `json:"tokenRotation,omitempty"`
}

const (
	clock   = `([01][0-9]|2[0-3]):[0-5][0-9]`
	weekday = `(mon|tue|wed|thu|fri|sat|sun)`
)

var (
	nodeForm        = regexp.MustCompile(`cache\.[a-z0-9]+\.[a-z0-9]+`)
	snapshotForm    = regexp.MustCompile(clock + `-` + clock)
	maintenanceForm = regexp.MustCompile(weekday + `:` + clock + `-` + weekday + `:` + clock)
)

// Validate returns every problem of the spec at once.
func (s Spec) Validate() error {
	return validate.All(
		validate.Match("nodeType", s.NodeType, nodeForm, "a node type such as cache.t4g.small"),
		validate.OneOf("engineVersion", s.EngineVersion, "7.0", "7.1"),
		validate.Range("nodes", s.Nodes, 1, 6),
		validate.Range("snapshotDays", s.SnapshotDays, 1, 35),
		validate.Match("snapshotWindow", s.SnapshotWindow, snapshotForm, "hh:mm-hh:mm"),
		validate.Match("maintenanceWindow", s.MaintenanceWindow, maintenanceForm, "ddd:hh:mm-ddd:hh:mm, days in lower case"),
		validate.LogDays("logDays", s.LogDays),
		validate.Min("tokenRotation", s.TokenRotation, 0),
	)
}
