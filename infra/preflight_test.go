package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/inputs"
)

// A release of production starts 2 backend tasks of 1 vCPU and 2 frontend tasks of half a one beside those that run, and one task
// that migrates; auto-scaling ends at 10 and 6.
func TestPreflight_AsksForTheTasksVCPUs(t *testing.T) {
	for stack, want := range map[string]inputs.VCPUs{"production": {Rolling: 7, Scaled: 13}, "staging": {Rolling: 2, Scaled: 1.5}} {
		text, isText := graphOf(t, stack).One(t, "command:local:Command", "preflight").Get("stdin").(string)
		require.True(t, isText)
		var request inputs.Preflight
		require.NoError(t, json.Unmarshal([]byte(text), &request))
		require.NotNil(t, request.VCPUs, stack)
		assert.Equal(t, want, *request.VCPUs, stack)
		require.NoError(t, request.Validate())
	}
}
