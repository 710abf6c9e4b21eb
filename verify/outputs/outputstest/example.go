// Package outputstest has outputs of a stack for tests.
package outputstest

import (
	_ "embed"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// JSON is what `pulumi stack output --json` prints of the example.
//
//go:embed example.json
var JSON []byte

// Example is a stack whose outputs are valid. Each call returns its own copy.
func Example(t *testing.T) outputs.Outputs {
	t.Helper()
	out, err := outputs.Parse(JSON)
	require.NoError(t, err)
	return out
}
