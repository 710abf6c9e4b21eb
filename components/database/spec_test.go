package database

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func production() Spec {
	return Spec{
		Class: "db.t4g.medium", EngineVersion: "16", StorageGiB: 100, MaxStorageGiB: 500, MultiAZ: true,
		BackupDays: 14, BackupWindow: "15:00-16:00", MaintenanceWindow: "sun:16:30-sun:17:30", MaxConnections: 200,
		MonitoringSeconds: 60, PerformanceInsightsDays: 7, LogDays: 365,
	}
}

// Each row breaks one rule of a good spec. What it does not prove: that AWS offers the class in the region, and that
// the two windows stay apart; AWS refuses both before it makes anything.
func TestSpec_Validate(t *testing.T) {
	require.NoError(t, production().Validate())
	for _, row := range []struct {
		name   string
		change func(*Spec)
		want   string
	}{
		{"class", func(s *Spec) { s.Class = "t4g.medium" }, `class: "t4g.medium" is malformed`},
		{"minor version", func(s *Spec) { s.EngineVersion = "16.4" }, `engineVersion: "16.4" is not known`},
		{"storage too small", func(s *Spec) { s.StorageGiB = 19 }, "storageGiB: 19 is out of range"},
		{"storage too large", func(s *Spec) { s.MaxStorageGiB = 65537 }, "maxStorageGiB: 65537 is out of range"},
		{"no room to grow", func(s *Spec) { s.MaxStorageGiB = 109 }, "maxStorageGiB: leaves no room to grow"},
		{"backups too short", func(s *Spec) { s.BackupDays = 6 }, "backupDays: 6 is out of range; allowed: 7 to 35"},
		{"backups too long", func(s *Spec) { s.BackupDays = 36 }, "backupDays: 36 is out of range"},
		{"backup window", func(s *Spec) { s.BackupWindow = "24:00-01:00" }, `backupWindow: "24:00-01:00" is malformed`},
		{"maintenance window", func(s *Spec) { s.MaintenanceWindow = "Sun:16:30-Sun:17:30" }, "maintenanceWindow:"},
		{"too few connections", func(s *Spec) { s.MaxConnections = 0 }, "maxConnections: 0 is out of range"},
		{"no monitoring", func(s *Spec) { s.MonitoringSeconds = 0 }, "monitoringSeconds: 0 is not offered"},
		{"insights", func(s *Spec) { s.PerformanceInsightsDays = 30 }, "performanceInsightsDays: 30 is not offered"},
		{"logs", func(s *Spec) { s.LogDays = 0 }, "logDays: 0 is not offered"},
		{"rotation", func(s *Spec) { s.PasswordRotation = -1 }, "passwordRotation: -1 is too small"},
	} {
		t.Run(row.name, func(t *testing.T) {
			spec := production()
			row.change(&spec)
			require.ErrorContains(t, spec.Validate(), row.want)
		})
	}
	t.Run("all problems at once", func(t *testing.T) {
		err := Spec{}.Validate()
		for _, field := range []string{"class:", "engineVersion:", "storageGiB:", "backupWindow:", "logDays:"} {
			require.ErrorContains(t, err, field)
		}
	})
}
