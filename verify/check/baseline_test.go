package check

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBaseline_IsReadFromAReport(t *testing.T) {
	report := good()
	report.Results[0].Facts = map[string]float64{"tables.Asset": 3}
	report.Results = append(report.Results, Result{Group: "smoke", Name: "assets", Outcome: FailedNow, Facts: map[string]float64{"assets.total": 0}})
	b, err := ReadBaseline([]byte(written(t, report, JSON, false)), "production")
	require.NoError(t, err)
	value, known := b.Fact("tables.Asset")
	assert.True(t, known)
	assert.EqualValues(t, 3, value)
	_, known = b.Fact("assets.total")
	assert.False(t, known, "what a failed check saw is no measure")
	assert.Equal(t, "2025-10-07 12:00 UTC", b.When())
}

func TestBaseline_NeverComparesWithNothing(t *testing.T) {
	for text, want := range map[string]string{
		"<testsuites>":                    "not a report of `flowcomply verify --format json`",
		"{}":                              "it has no stack or no checks",
		written(t, mixed(), JSON, false):  "holds no facts to compare with",
		`{"stack":"staging","checks":[]}`: `a report of stack "staging"; this is "production"`,
	} {
		_, err := ReadBaseline([]byte(text), "production")
		assert.ErrorContains(t, err, want)
	}
}
