package ordering

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// That the engine takes the project for the checkout's, every schedule shows.

func TestSource_GetsOneMoreMigration(t *testing.T) {
	checkout := t.TempDir()
	first := filepath.Join(checkout, "local", "sampleapp", "migrations", "20250901090000_init")
	require.NoError(t, os.MkdirAll(first, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(first, "migration.sql"), []byte("CREATE"), 0o644))
	source := Source(filepath.Join(t.TempDir(), "app"))
	require.NoError(t, source.Write(checkout, map[string]string{"backend": "backend", "frontend": "web"}))
	assert.FileExists(t, filepath.Join(string(source), "backend", "Dockerfile"))
	assert.FileExists(t, filepath.Join(string(source), "web", "Dockerfile"))
	names := func() (names []string) {
		entries, err := os.ReadDir(source.migrations())
		require.NoError(t, err)
		for _, entry := range entries {
			assert.FileExists(t, filepath.Join(source.migrations(), entry.Name(), "migration.sql"))
			names = append(names, entry.Name())
		}
		return names
	}
	before := names()
	require.Equal(t, []string{"20250901090000_init"}, before)
	require.NoError(t, source.Migrate())
	after := names()
	require.Len(t, after, 2)
	assert.Equal(t, before[0], after[0], "the new one is the last")
}

func TestResult_SaysWhatIsWrongAndHowToSeeItAgain(t *testing.T) {
	good := &result{seed: 3}
	assert.Regexp(t, `^schedule 1/2\s+seed 3\s+\S.*nothing fails\s+0\.0 s  ok\n$`, good.line("schedule 1/2"))

	bad := &result{seed: 12, fails: snapshotFails, broken: []Violation{{"a rule", journal(t, "+migration")}}}
	text := bad.line("schedule 2/2")
	assert.Regexp(t, `seed 12\s.*snapshot fails, and is tried again\s.*BAD\n  a rule\n    \{"us":0,"phase":"begin"`, text)
	assert.Contains(t, text, "ORDERING_SEED=12 make ordering")

	broken := &result{seed: 4, err: os.ErrNotExist}
	assert.Contains(t, broken.line("schedule 3/3"), "BAD\n  file does not exist\n")
}

func TestVerdict_IsBadOfAnyScheduleAndOfWhatWasNeverSeen(t *testing.T) {
	full := Coverage{SideBySide: 1, SnapshotFirst: 1, ImagesFirst: 1, ServicesTogether: 1}
	require.NoError(t, (&tally{done: 20, coverage: full}).verdict(true))
	require.NoError(t, (&tally{done: 2}).verdict(false), "two schedules may miss something")
	require.ErrorContains(t, (&tally{done: 20, bad: []uint64{7, 3}, coverage: full}).verdict(true), "2 of 20 schedules are not as they must be, with seeds [7 3]")
	full.ImagesFirst = 0
	require.ErrorContains(t, (&tally{done: 40, coverage: full}).verdict(true), "in 40 schedules there was never: the last image done before the snapshot")
}
