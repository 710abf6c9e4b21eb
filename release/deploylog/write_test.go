package deploylog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/deploylog"
)

// Goldens are the samples as Markdown. UPDATE_GOLDEN=1 go test ./release/deploylog writes them; read the difference.
// They do not prove that a release in AWS has such events: the end-to-end test does.

func TestMarkdown_IsTheRunbooksTemplate(t *testing.T) {
	for name, d := range samples() {
		t.Run(name, func(t *testing.T) {
			paths, err := deploylog.Write(t.TempDir(), d)
			require.NoError(t, err)
			got, err := os.ReadFile(paths.Markdown)
			require.NoError(t, err)
			path := filepath.Join("testdata", name+".md")
			if os.Getenv("UPDATE_GOLDEN") == "1" {
				require.NoError(t, os.WriteFile(path, got, 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))
		})
	}
}

// template are the runbook's lines ("Deployment Log Template"), in their order, with room for what is filled in.
var template = []string{
	`## Deployment: v\S+`, `\*\*Date:\*\* \d{4}-\d\d-\d\d`, `\*\*Time:\*\* \d+:\d\d [AP]M \w+`, `\*\*Duration:\*\* .+`, `\*\*Status:\*\* .+`,
	`### Deployed Components:`, `- Database: .+`, `### Issues Encountered:`, `### Rollback: .+`, `### Post-Deployment:`, `- Health checks: .+`,
	`- Error rate: .+`, `- Response time p95: .+`, `- (No alarms triggered|Alarms: .+)`, `### Sign-off:`, `- Deployed by: .+`, `- Verified by: .+`, `- Approved by: .+`,
}

func TestMarkdown_HasEveryLineOfTheTemplateInOrder(t *testing.T) {
	for name := range samples() {
		text, err := os.ReadFile(filepath.Join("testdata", name+".md"))
		require.NoError(t, err)
		rest := string(text)
		for _, line := range template {
			at := regexp.MustCompile(`(?m)^` + line + `.*$`).FindStringIndex(rest)
			require.NotNil(t, at, "%s: %s", name, line)
			rest = rest[at[1]:]
		}
	}
}

func TestWrite_LeavesWhatIsThere(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "logs", "deployments")
	d := releaseSample()
	first, err := deploylog.Write(folder, d)
	require.NoError(t, err)
	assert.Equal(t, "20251006T210000Z-production-v1.1.0.html", filepath.Base(first.HTML), "UTC, wherever one deploys from")
	before, err := os.ReadFile(first.HTML)
	require.NoError(t, err)

	second, err := deploylog.Write(folder, failedSample()) // the same second, stack and version
	require.NoError(t, err)
	assert.Equal(t, "20251006T210000Z-production-v1.1.0-2.html", filepath.Base(second.HTML))
	after, err := os.ReadFile(first.HTML)
	require.NoError(t, err)
	assert.Equal(t, before, after)

	names, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	hidden, err := filepath.Glob(filepath.Join(folder, ".*"))
	require.NoError(t, err)
	assert.Len(t, names, 6)
	assert.Empty(t, hidden, "nothing half written is left")
}

// A log of which only one file is in the way is not mixed with it.
func TestWrite_PlacesAllFilesOrNone(t *testing.T) {
	folder := t.TempDir()
	taken := filepath.Join(folder, "20251006T210000Z-production-v1.1.0.json")
	require.NoError(t, os.WriteFile(taken, []byte("somebody's"), 0o600))
	paths, err := deploylog.Write(folder, releaseSample())
	require.NoError(t, err)
	assert.Equal(t, "20251006T210000Z-production-v1.1.0-2.md", filepath.Base(paths.Markdown))
	assert.NoFileExists(t, filepath.Join(folder, "20251006T210000Z-production-v1.1.0.md"))
	text, err := os.ReadFile(taken)
	require.NoError(t, err)
	assert.Equal(t, "somebody's", string(text))
}

func TestWrite_LinksTheOneBefore(t *testing.T) {
	folder := t.TempDir()
	write := func(stack string, after time.Duration) deploylog.Deployment {
		d := releaseSample()
		d.Stack, d.Start = stack, d.Start.Add(after)
		paths, err := deploylog.Write(folder, d)
		require.NoError(t, err)
		text, err := os.ReadFile(paths.JSON)
		require.NoError(t, err)
		var read deploylog.Deployment
		require.NoError(t, json.Unmarshal(text, &read))
		assert.Len(t, read.Timeline.Steps, len(d.Timeline.Steps))
		assert.Equal(t, d.Timeline.Path, read.Timeline.Path)
		page, err := os.ReadFile(paths.HTML)
		require.NoError(t, err)
		if read.PreviousLog != "" {
			assert.Contains(t, string(page), `<a href="`+read.PreviousLog+`.html">`)
		}
		return read
	}
	assert.Empty(t, write("production", 0).PreviousLog)
	assert.Empty(t, write("production-eu", time.Hour).PreviousLog, "another stack's name begins alike")
	assert.Equal(t, "20251006T210000Z-production-v1.1.0", write("production", 2*time.Hour).PreviousLog)
	assert.Equal(t, "20251006T230000Z-production-v1.1.0", write("production", 3*time.Hour).PreviousLog)
}

func TestWrite_SaysWhereItCouldNot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := deploylog.Write(file, releaseSample())
	require.ErrorContains(t, err, "deployment log")
}

// A name never leads out of the folder.
func TestWrite_NamesAreFileNames(t *testing.T) {
	folder := t.TempDir()
	d := releaseSample()
	d.Stack, d.Version = "../../org/production", "v1 ..\n/x"+strings.Repeat("y", 300)
	paths, err := deploylog.Write(folder, d)
	require.NoError(t, err)
	assert.Equal(t, folder, filepath.Dir(paths.JSON))
}
