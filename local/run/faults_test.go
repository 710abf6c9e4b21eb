package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDiffering_ShowsBothSides(t *testing.T) {
	t.Parallel()
	kept, happened := "head\n| 1 | a | failed now |\n| 2 | b | timed out |\n", "head\n| 1 | a | timed out |\n| 2 | b | timed out |\n"
	assert.Equal(t, "- | 1 | a | failed now |\n+ | 1 | a | timed out |", differing(kept, happened))
	assert.Equal(t, "+ more", differing("head\n", "head\nmore\n"))
	assert.Empty(t, differing(kept, kept))
}
