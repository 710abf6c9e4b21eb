package ordering

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCoverage_CountsWhatRanSideBySide(t *testing.T) {
	const end = " +migration -migration +backend -backend +frontend -frontend "
	for name, row := range map[string]struct {
		events string
		want   Coverage
	}{
		"everything at a time":     {"+snapshot +backend-image +frontend-image -backend-image -snapshot -frontend-image +migration -migration +backend +frontend -frontend -backend", Coverage{SideBySide: 1, SnapshotFirst: 1, ServicesTogether: 1}},
		"images first":             {"+snapshot +backend-image -backend-image -snapshot" + end, Coverage{SideBySide: 1, ImagesFirst: 1}},
		"one after the other":      {"+snapshot -snapshot +backend-image -backend-image" + end, Coverage{SnapshotFirst: 1}},
		"images beside each other": {"+backend-image +frontend-image -backend-image -frontend-image +snapshot -snapshot" + end, Coverage{ImagesFirst: 1}},
		"no snapshot":              {"+backend-image -backend-image" + end, Coverage{}},
		"an image that failed":     {"+snapshot +backend-image !backend-image -snapshot", Coverage{SideBySide: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var coverage Coverage
			coverage.Add(Update{Events: journal(t, row.events)})
			assert.Equal(t, row.want, coverage)
		})
	}
}

func TestCoverage_NamesWhatIsMissing(t *testing.T) {
	full := Coverage{SideBySide: 1, SnapshotFirst: 1, ImagesFirst: 1, ServicesTogether: 1}
	assert.Empty(t, full.Missing())
	assert.Len(t, Coverage{}.Missing(), 4)
	for want, lacking := range map[string]Coverage{
		"an image and the snapshot side by side":  {SnapshotFirst: 1, ImagesFirst: 1, ServicesTogether: 1},
		"the snapshot done before the last image": {SideBySide: 1, ImagesFirst: 1, ServicesTogether: 1},
		"the last image done before the snapshot": {SideBySide: 1, SnapshotFirst: 1, ServicesTogether: 1},
		"two services that roll side by side":     {SideBySide: 1, SnapshotFirst: 1, ImagesFirst: 1},
	} {
		assert.Equal(t, []string{want}, lacking.Missing())
	}
}
