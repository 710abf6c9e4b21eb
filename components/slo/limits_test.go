package slo

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Proves the sizing rule on classes whose memory AWS publishes. It does not
// prove that a class is offered in a region.
func TestInstanceMemoryGiB(t *testing.T) {
	for class, want := range map[string]float64{
		"db.t3.micro": 1, "db.t4g.small": 2, "db.t4g.medium": 4, "db.t4g.large": 8, "db.t4g.2xlarge": 32,
		"db.m6g.large": 8, "db.m7g.4xlarge": 64, "db.r6g.large": 16, "db.r6g.xlarge": 32, "db.r5.24xlarge": 768,
	} {
		got, err := InstanceMemoryGiB(class)
		require.NoError(t, err, class)
		assert.InDelta(t, want, got, 0, class)
	}
}

func TestInstanceMemoryGiB_Unknown(t *testing.T) {
	for _, class := range []string{
		"", "db.t4g", "t4g.medium", "cache.t4g.medium", "db.t.medium", "db.m6g.medium", "db.x2g.large",
		"db.r5.large.tpc2.mem8x", "db.t4g.huge", "db.r5.1xlarge", "db.r5.02xlarge", "db.r5.2xlargest", "db.r5.-4xlarge",
	} {
		_, err := InstanceMemoryGiB(class)
		require.ErrorContains(t, err, class, class)
	}
}

func TestDatabaseLimits_ServeEveryDatabaseRow(t *testing.T) {
	limits, err := DatabaseLimits("db.t4g.medium", 100, 200)
	require.NoError(t, err)
	want := map[string]float64{
		"connections": 100, "cpu": 80, "memory": 0.05 * 4 * gib, "storage": 10 * gib, "transaction-ids": 1e9, "cpu-credits": 5,
	}
	for _, o := range For(Database, Burstable) {
		limit, err := o.Limit(limits)
		require.NoError(t, err)
		assert.InDelta(t, want[o.ID], limit, 1e-6, o.ID)
	}
	_, err = DatabaseLimits("db.z9.huge", 100, 200)
	require.Error(t, err)
}

// EngineCPUUtilization says little on a small node, and credits are of t classes alone.
func TestCacheTarget(t *testing.T) {
	for node, want := range map[string]struct {
		threshold float64 // of the row cpu; 0: there is none
		rows      []string
	}{
		"cache.t2.micro":    {80, []string{"cpu", "cpu-credits"}},
		"cache.t2.medium":   {40, []string{"cpu", "cpu-credits"}},
		"cache.t4g.small":   {40, []string{"cpu", "cpu-credits"}},
		"cache.m6g.large":   {40, []string{"cpu"}},
		"cache.r6g.xlarge":  {0, []string{"engine-cpu"}},
		"cache.r7g.4xlarge": {0, []string{"engine-cpu"}},
	} {
		t.Run(node, func(t *testing.T) {
			limits, traits, err := CacheTarget(node)
			require.NoError(t, err)
			var rows []string
			for _, o := range For(Cache, traits...) {
				limit, err := o.Limit(limits)
				require.NoError(t, err)
				if o.ID == "cpu" {
					assert.InDelta(t, want.threshold, limit, 0)
				}
				if strings.Contains(o.ID, "cpu") {
					rows = append(rows, o.ID)
				}
			}
			assert.Equal(t, want.rows, rows)
		})
	}
	for _, node := range []string{"", "t4g.small", "db.t4g.small", "cache.t4g", "cache.m6g.medium", "cache.r6g.huge"} {
		_, _, err := CacheTarget(node)
		require.ErrorContains(t, err, node, node)
	}
}

func TestDatabaseTraits(t *testing.T) {
	assert.Equal(t, []Trait{Burstable}, DatabaseTraits("db.t4g.medium"))
	assert.Empty(t, DatabaseTraits("db.m6g.large"))
}
