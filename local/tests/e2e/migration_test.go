//go:build e2e

package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp"
)

const (
	broken = "20251102090000_broken"
	slow   = "20251103090000_slow"
)

// corrected are the migrations that fail or hang at first, as they are in the end.
var corrected = []sampleapp.Option{
	sampleapp.Migration(broken, `ALTER TABLE "Asset" ADD COLUMN "x" TEXT;`), sampleapp.Migration(slow, `SELECT pg_sleep(0);`),
}

// migrationFails releases a migration that PostgreSQL refuses, does as the advice says, and releases it corrected.
func (f fixture) migrationFails(t *testing.T) {
	f.release(t, "v1.2.0", sampleapp.Migration(broken, `ALTER TABLE "Nowhere" ADD COLUMN "x" TEXT;`))
	first := f.failsEarly(t, "P3018", "prisma migrate resolve --rolled-back", "exit code 1")
	again := f.failsEarly(t, "P3009")
	assert.Equal(t, []int{1, 4, 2}, []int{did(snapshotted, first, again), did(ranTask, first, again), did(pushed, first, again)},
		"one snapshot, for what the data was before the first attempt; twice status and deploy; two images")

	f.resolve(t, broken)
	f.release(t, "v1.2.1", corrected[0])
	last := f.succeeds(t, "v1.2.1")
	assert.Contains(t, last.said, "Applying migration `"+broken+"`")
}

// migrationHangs releases a migration that takes too long: it is stopped, and nothing that it left is in the way.
func (f fixture) migrationHangs(t *testing.T) {
	edit(t, f.stack(t).ConfigFile(), 1, "timeoutMinutes: 5\n", "timeoutMinutes: 1\n")
	f.release(t, "v1.2.2", corrected[0], sampleapp.Migration(slow, `SELECT pg_sleep(900);`))
	f.failsEarly(t, "was stopped, as it took longer than 1m0s", "holds no lock")
	f.failsEarly(t, "P3009") // and not P1002: nobody holds the lock

	f.resolve(t, slow)
	f.release(t, "v1.2.3", corrected...)
	last := f.succeeds(t, "v1.2.3")
	assert.Contains(t, last.said, "Applying migration `"+slow+"`")
}

// resolve tells Prisma that a failed migration was undone, as the advice of a failed update says.
func (f fixture) resolve(t *testing.T, migration string) {
	t.Helper()
	running, _ := f.asked(t)
	require.NoError(t, running.Task(t.Context(), "backend", "npx", "prisma", "migrate", "resolve", "--rolled-back", migration))
}
