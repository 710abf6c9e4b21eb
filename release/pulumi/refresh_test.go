package pulumi

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refreshing opens a stack whose CLI writes these events.
func refreshing(t *testing.T, events, end string) (*Engine, string) {
	t.Helper()
	folder := cli(t, `[ "$1" = refresh ] || exit 0
while [ $# -gt 0 ]; do [ "$1" = --event-log ] && cp "$(dirname "$0")/events" "$2"; shift; done; `+end+"\n")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "events"), []byte(events), 0o600))
	opened, err := Open(t.Context(), folder, "production", &bytes.Buffer{})
	require.NoError(t, err)
	return opened, folder
}

// It changes nothing: a refresh is only previewed, and nobody is asked or overruled.
func TestPreviewRefresh_OnlyPreviews(t *testing.T) {
	opened, folder := refreshing(t, `{"sequence":1,"resOutputsEvent":{"metadata":{"op":"delete","urn":"urn:a","type":"aws:kms/key:Key"}}}
{"sequence":2,"summaryEvent":{"result":"succeeded"}}`, "exit 0")
	events, err := opened.PreviewRefresh(t.Context(), filepath.Join(folder, "mine.yaml"))
	require.NoError(t, err)
	require.Len(t, events, 2)
	assert.Equal(t, "urn:a", events[0].ResOutputsEvent.Metadata.URN)
	asked := calls(t, folder)
	require.Len(t, asked, 2, "the stack is opened, and refreshed")
	assert.Regexp(t, `^refresh --stack production --preview-only --suppress-progress --suppress-outputs --config-file `+folder+
		`/mine.yaml --event-log \S+ --color never --non-interactive$`, asked[1])
	assert.NotContains(t, asked[1], "--yes")
}

func TestPreviewRefresh_FailsWhereItDoesNotKnowAll(t *testing.T) {
	opened, folder := refreshing(t, `{"sequence":1,"summaryEvent":{}}`, "echo 'error: no credentials' >&2; exit 1")
	_, err := opened.PreviewRefresh(t.Context(), filepath.Join(folder, "mine.yaml"))
	require.ErrorContains(t, err, "refresh: ")
	require.ErrorContains(t, err, "no credentials")
	opened, folder = refreshing(t, `{"sequence":1,"resOutputsEvent":{}}`, "exit 0")
	_, err = opened.PreviewRefresh(t.Context(), filepath.Join(folder, "mine.yaml"))
	require.ErrorContains(t, err, "the events have no end")
}
