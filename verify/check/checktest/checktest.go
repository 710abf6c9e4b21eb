// Package checktest runs checks in tests, on synctest's clock, and compares how they end.
package checktest

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
)

// Run runs the checks on synctest's clock, as the command does.
func Run(t *testing.T, hide *check.Redactor, checks ...check.Check) check.Report {
	t.Helper()
	var report check.Report
	synctest.Test(t, func(t *testing.T) {
		report = check.Run(t.Context(), checks, check.Options{Hide: hide, Subject: check.Subject{Stack: "production", Version: "v1.0.0"}})
	})
	return report
}

// One is the result of a single check.
func One(t *testing.T, check check.Check) check.Result {
	t.Helper()
	return Run(t, nil, check).Results[0]
}

// Expect compares a result with an outcome and parts of what it says.
func Expect(t *testing.T, got check.Result, outcome check.Outcome, says ...string) {
	t.Helper()
	text := strings.Join([]string{got.Seen, got.Cause, strings.Join(got.Details, "\n")}, "\n")
	require.Equal(t, outcome, got.Outcome, text)
	for _, part := range says {
		require.Contains(t, text, part)
	}
	if outcome != check.OK {
		require.NotEmpty(t, got.Next, "what to do next: %s", text)
	}
}

// Text is a report in the format, without colour.
func Text(t *testing.T, r check.Report, format check.Format) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, r.Write(&b, format, false))
	return b.String()
}
