package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/store"
)

// countsNone is what the drill of a restore is told of a copy in which nothing is.
func (s *stack) countsNone(t *testing.T) {
	var out strings.Builder
	require.EqualError(t, store.Count(t.Context(), s.settings.databaseURL, &out), "there is no table User, Organization, Asset")
	assert.Empty(t, out.String())
}

func (s *stack) counts(t *testing.T) {
	var out strings.Builder
	require.NoError(t, store.Count(t.Context(), s.settings.databaseURL, &out))
	assert.Equal(t, "User 3\nOrganization 1\nAsset 1\n", out.String())
	err := store.Count(t.Context(), strings.Replace(s.settings.databaseURL, "/test", "/nowhere", 1), &out)
	require.ErrorContains(t, err, "does not exist")
	assert.NotContains(t, err.Error(), "secret")
}
