package release

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/internal/exit"
)

func TestList_IsHistoryJoinedWithTheLedger(t *testing.T) {
	w := newFixture(t, fileText(t))
	assert.Equal(t, exit.Done, w.command().List(t.Context()))
	assert.Equal(t, "production was never updated.\n", w.out.String())

	w.out.Reset()
	w.history = past("v1.0.0 ok", "v1.1.0 failed", "v1.1.0 ok", "v1.0.0@1 ok", "v1.2.0 running")
	w.history[0].End = time.Time{}
	w.outputs = outputsWith(releases("v1.0.0", "v1.1.0", "v1.0.0")...)
	assert.Equal(t, exit.Done, w.command().List(t.Context()))
	assert.Equal(t, `VERSION  NUMBER  WHEN                  TOOK   RESULT       WHAT      COMMIT        SNAPSHOT
v1.2.0   -       2026-11-20 14:00 UTC  -      in-progress  release   -             -
v1.0.0   3       2026-11-20 13:00 UTC  10m0s  proven       rollback  cccccccccccc  snap-v1.0.0
v1.1.0   2       2026-11-20 12:00 UTC  10m0s  proven       release   cccccccccccc  snap-v1.1.0
v1.1.0   -       2026-11-20 11:00 UTC  10m0s  failed       release   -             -
v1.0.0   1       2026-11-20 10:00 UTC  10m0s  proven       release   cccccccccccc  snap-v1.0.0
`, w.out.String())
}
