package machinetest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ended is a test that notes how it was ended, and then ends as a test does.
type ended struct {
	testing.TB
	how string
}

func (e *ended) Helper() {}

func (e *ended) Skip(...any) {
	e.how = "skipped"
	runtime.Goexit()
}

func (e *ended) Fatalf(string, ...any) {
	e.how = "failed"
	runtime.Goexit()
}

// ends tells how a test that needs something ends: empty where it goes on.
func ends(t *testing.T, need func(testing.TB)) string {
	t.Helper()
	one, over := &ended{TB: t}, make(chan struct{})
	go func() {
		defer close(over)
		need(one)
	}()
	<-over
	return one.how
}

func TestWhatIsMissing_FailsWhereCIIsSet(t *testing.T) {
	needs := map[string]func(testing.TB){
		"Docker":     Docker,
		"PostgreSQL": func(t testing.TB) { Program(t, "no-such-program") },
	}
	for ci, want := range map[string]string{"": "skipped", "true": "failed"} {
		for what, need := range needs {
			t.Run(what+" CI="+ci, func(t *testing.T) {
				t.Setenv("CI", ci)
				t.Setenv("PATH", t.TempDir()) // nothing of a machine
				assert.Equal(t, want, ends(t, need))
			})
		}
	}
}

func TestWhatIsThere_IsUsed(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	for _, name := range []string{"docker", "redis-server"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"), 0o755))
	}
	assert.Empty(t, ends(t, Docker))
	assert.Equal(t, filepath.Join(folder, "redis-server"), Program(t, "redis-server"))
}

// The two files that may skip a test are this package's, and its twin in Python.
func TestNothingElse_SkipsATest(t *testing.T) {
	may := []string{"local/machinetest", "local/emulator/tests/machine.py", "local/emulator/tests/test_machine.py"}
	skips := regexp.MustCompile(`\bt\.Skip(f|Now)?\(|testing\.Short\(|unittest\.(SkipTest|skip)|\.skipTest\(`)
	root, seen := filepath.Join("..", ".."), 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if slices.Contains(may, name) || entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(name); entry.IsDir() || ext != ".go" && ext != ".py" {
			return nil
		}
		text, err := os.ReadFile(path)
		seen++
		assert.Empty(t, skips.FindString(string(text)), "%s: use machinetest, or machine in Python", name)
		return err
	}))
	assert.Greater(t, seen, 100, "looked in the wrong place")
}
