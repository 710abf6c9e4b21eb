package cache

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func production() Spec {
	return Spec{
		NodeType: "cache.t4g.small", EngineVersion: "7.1", Nodes: 2, SnapshotDays: 7, SnapshotWindow: "14:00-15:00",
		MaintenanceWindow: "sun:17:30-sun:18:30", LogDays: 365,
	}
}

// Each row breaks one rule of a good spec. What it does not prove: that AWS offers the node type in the region, and
// that the two windows stay apart; AWS refuses both before it makes anything.
func TestSpec_Validate(t *testing.T) {
	require.NoError(t, production().Validate())
	for _, row := range []struct {
		name   string
		change func(*Spec)
		want   string
	}{
		{"node type", func(s *Spec) { s.NodeType = "t4g.small" }, `nodeType: "t4g.small" is malformed`},
		{"version", func(s *Spec) { s.EngineVersion = "7" }, `engineVersion: "7" is not known; allowed: 7.0, 7.1`},
		{"no node", func(s *Spec) { s.Nodes = 0 }, "nodes: 0 is out of range; allowed: 1 to 6"},
		{"too many nodes", func(s *Spec) { s.Nodes = 7 }, "nodes: 7 is out of range"},
		{"no snapshots", func(s *Spec) { s.SnapshotDays = 0 }, "snapshotDays: 0 is out of range; allowed: 1 to 35"},
		{"snapshot window", func(s *Spec) { s.SnapshotWindow = "2pm" }, `snapshotWindow: "2pm" is malformed`},
		{"maintenance window", func(s *Spec) { s.MaintenanceWindow = "17:30-18:30" }, "maintenanceWindow:"},
		{"logs", func(s *Spec) { s.LogDays = 100 }, "logDays: 100 is not offered"},
		{"rotation", func(s *Spec) { s.TokenRotation = -1 }, "tokenRotation: -1 is too small"},
	} {
		t.Run(row.name, func(t *testing.T) {
			spec := production()
			row.change(&spec)
			require.ErrorContains(t, spec.Validate(), row.want)
		})
	}
	t.Run("all problems at once", func(t *testing.T) {
		err := Spec{}.Validate()
		for _, field := range []string{"nodeType:", "engineVersion:", "nodes:", "snapshotDays:", "logDays:"} {
			require.ErrorContains(t, err, field)
		}
	})
}
