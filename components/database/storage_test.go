package database

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// RDS takes IOPS and throughput from 400 GiB on, and refuses what a smaller volume had.
func TestNew_GivesALargeVolumeItsPerformance(t *testing.T) {
	for size, want := range map[int][2]any{20: {nil, nil}, 399: {nil, nil}, 400: {12000.0, 500.0}, 5000: {12000.0, 500.0}} {
		spec := production()
		spec.StorageGiB, spec.MaxStorageGiB = size, 10000
		got := instance(t, declare(t, spec, true))
		assert.InDelta(t, size, got.Get("allocatedStorage"), 0)
		assert.Equal(t, want, [2]any{got.Get("iops"), got.Get("storageThroughput")}, size)
	}
}

// The copy is as large as its data; the instance in use is left alone.
func TestNew_SizesTheCopyAlone(t *testing.T) {
	for _, slot := range []Slot{Main, Restored} {
		spec := restoring(slot, Cutover)
		spec.Restore.StorageGiB = 410
		g := declare(t, spec, true)
		names := map[Slot]string{Main: "main", Restored: copyName}
		made, before := g.One(t, "aws:rds/instance:Instance", names[slot.Other()]), g.One(t, "aws:rds/instance:Instance", names[slot])
		assert.InDelta(t, 410, made.Get("allocatedStorage"), 0, slot)
		assert.InDelta(t, 12000, made.Get("iops"), 0, slot)
		assert.InDelta(t, 100, before.Get("allocatedStorage"), 0, slot)
		assert.Nil(t, before.Get("iops"), slot)
		for _, one := range g.Of("aws:rds/instance:Instance") {
			assert.InDelta(t, 500, one.Get("maxAllocatedStorage"), 0, one.Name)
		}
	}
}

func TestSpec_CopyGiB(t *testing.T) {
	for _, row := range []struct {
		has            int
		moment         bool
		want           int
		ofDeclaredSize string
	}{
		{100, false, 0, "the same"},
		{100, true, 0, "the same"},
		{150, false, 150, "no smaller than the data"},
		{150, true, 150, "no smaller than the data"},
		{95, false, 95, "growing by less than a tenth is refused"},
		{50, false, 0, "grows to what is declared"},
		{50, true, 50, "a moment keeps its size"},
	} {
		assert.Equal(t, row.want, production().CopyGiB(row.has, row.moment), "%d GiB, moment %t: %s", row.has, row.moment, row.ofDeclaredSize)
	}
	spec := restoring(Main, Cutover)
	spec.Restore.StorageGiB = 455
	require.ErrorContains(t, spec.Validate(), "restore.storageGiB: leaves no room to grow; allowed: a tenth below maxStorageGiB or less")
	spec.Restore.StorageGiB = 454
	require.NoError(t, spec.Validate())
	spec.Restore.StorageGiB = 19
	require.ErrorContains(t, spec.Validate(), "restore.storageGiB: 19 is out of range")
}

// RDS backs a restored instance up before it is available, for hours; the provider's own limit for a creation is 40 minutes.
func TestNew_WaitsForHours(t *testing.T) {
	for _, one := range declare(t, restoring("", Cutover), true).Of("aws:rds/instance:Instance") {
		assert.Equal(t, "create=6h update=6h delete=3h", one.Timeouts, one.Name)
	}
}
