package run

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Bad arguments do nothing; package ordering tests the rest.
func TestSchedules_RefusesWhatCannotBeRun(t *testing.T) {
	for name, row := range map[string]struct {
		seed  string
		count int
		want  string
	}{
		"no schedule":     {count: 0, want: "-n 0: at least 1 schedule"},
		"a negative seed": {seed: "-1", count: 20, want: `ORDERING_SEED: "-1" is no seed`},
		"a word":          {seed: "first", count: 20, want: `ORDERING_SEED: "first" is no seed`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("ORDERING_SEED", row.seed)
			root := t.TempDir()
			err := Run{Root: root, Name: "ordering", Stack: "local", Out: &bytes.Buffer{}}.Ordering(context.Background(), row.count, 1)
			require.ErrorContains(t, err, row.want)
			assert.NoDirExists(t, filepath.Join(root, ".local"))
		})
	}
}
