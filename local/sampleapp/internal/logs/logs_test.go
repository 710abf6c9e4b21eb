package logs

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLog_WritesOneObjectALine(t *testing.T) {
	var out strings.Builder
	log := New(&out, "info").With("service", "backend")
	log.Debug("not told")
	log.Info("told", "level", "x")
	log.Error("bad", "error", "two\nlines")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	assert.Contains(t, lines[0], `"level":"info"`)
	assert.NotContains(t, lines[0], "ERROR")
	var bad map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &bad))
	delete(bad, "time")
	assert.Equal(t, map[string]any{"level": "error", "severity": "ERROR", "msg": "bad", "error": "two\nlines", "service": "backend"}, bad)
}

func TestNew_KeepsToTheLevel(t *testing.T) {
	for level, want := range map[string]int{"debug": 4, "info": 3, "": 3, "nonsense": 3, "WARN": 2, "error": 1} {
		var out strings.Builder
		log := New(&out, level)
		log.Debug("d")
		log.Info("i")
		log.Warn("w")
		log.Error("e")
		assert.Equal(t, want, strings.Count(out.String(), "\n"), level)
	}
}
