//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
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

// call is a line of the emulated AWS's journal.
type call struct {
	Call   string
	Status int
}

func (w world) journal(t *testing.T) []call {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.run, "moto", "calls.jsonl"))
	require.NoError(t, err)
	var calls []call
	for line := range bytes.Lines(text) {
		var one call
		if json.Unmarshal(line, &one) == nil { // the last line may be half written
			calls = append(calls, one)
		}
	}
	return calls
}
