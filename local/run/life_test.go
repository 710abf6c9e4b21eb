package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests are of the order of the steps. That each does what it should, the rehearsals themselves prove.

func TestSteps_AreThoseOfTheChosenParts(t *testing.T) {
	next, err := nextRelease(map[string]string{"backend": "backend"})
	require.NoError(t, err)
	const first, again, end = "apply Pulumi.staging.yaml to an empty AWS", "preview again: nothing may change", "destroy"
	const last = "hold docs/deployer-actions.md against what AWS was asked for"
	released := "release a new version in which only the backend differs"
	for name, row := range map[string]struct{ parts, want []string }{
		"all": {nil, []string{
			first, again, released, again, "release a version that ECS rolls back", "go back to the first release",
			"take the data back to a moment ago", "undo that", end, last,
		}},
		"some, in their own order": {[]string{"restore", "release"}, []string{
			first, again, released, again, "take the data back to a moment ago", "undo that", end, last,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var names []string
			for _, step := range (Run{Stack: "staging", Parts: row.parts}).chosen(next, "") {
				names = append(names, step.name)
			}
			assert.Equal(t, row.want, names)
		})
	}
}
