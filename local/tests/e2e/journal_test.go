//go:build e2e

package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/harness"
)

// What a release does in AWS, and must not do twice.
const (
	pushed      = "ecr:PutImage"
	snapshotted = "rds:CreateDBSnapshot"
	ranTask     = "ecs:RunTask"
)

// did is how often AWS carried out a call in these updates.
func did(call string, updates ...update) int {
	count := 0
	for _, one := range updates {
		count += one.calls[call]
	}
	return count
}

func (f fixture) journal(t *testing.T) []harness.Call {
	t.Helper()
	calls, err := harness.Journal(f.run)
	require.NoError(t, err)
	return calls
}
