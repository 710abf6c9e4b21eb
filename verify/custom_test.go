package verify

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
)

// The commands are those of a POSIX shell, on the real clock. They prove what
// becomes of a command, not that any suite of tests is any good.

func runCustom(t *testing.T, c Command) (check.Result, string) {
	t.Helper()
	if c.Output == "" {
		c.Output = filepath.Join(t.TempDir(), "own.log")
	}
	c.Environment = append(os.Environ(), c.Environment...)
	c.SiteURL, c.APIURL = "https://flowcomply.test", "https://api.flowcomply.test"
	hide := &check.Redactor{}
	result := check.Run(t.Context(), []check.Check{Custom(c, hide)}, check.Options{Hide: hide}).Results[0]
	kept, err := os.ReadFile(c.Output)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		require.NoError(t, err)
	}
	return result, string(kept)
}

func inShell(script string) Command {
	return Command{Name: "suite", Argv: []string{"sh", "-c", script}}
}

func TestCustom_PassesAndKeepsItsOutput(t *testing.T) {
	got, kept := runCustom(t, inShell(`echo "$SITE_URL $API_URL"; printf '\033[31mred\033[0m' >&2`))
	checktest.Expect(t, got, check.OK, "exit code 0; its output: ", "own.log")
	assert.Equal(t, "https://flowcomply.test https://api.flowcomply.test\nred\n", kept)
	assert.Equal(t, "own/suite", got.Group+"/"+got.Name)
}

func TestCustom_FailsWithTheExitCodeAndTheLastLines(t *testing.T) {
	got, kept := runCustom(t, inShell(`i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i; done; echo "1 failed" >&2; exit 3`))
	checktest.Expect(t, got, check.FailedNow, "exit code 3", "1 failed", "line 30")
	assert.Len(t, got.Details, tailLines)
	assert.NotContains(t, strings.Join(got.Details, "\n"), "line 1\n")
	assert.Contains(t, kept, "line 1\n")
	assert.Contains(t, got.Next, "own.log")
}

func TestCustom_ThatCannotRun(t *testing.T) {
	got, _ := runCustom(t, Command{Argv: []string{"/no/such/program"}})
	checktest.Expect(t, got, check.FailedNow, "/no/such/program", "no such file")
	assert.Equal(t, "program", got.Name)
	assert.Contains(t, got.Next, "install the program")
	got, _ = runCustom(t, Command{Name: "suite"})
	checktest.Expect(t, got, check.FailedNow, "no command is given")
	got, _ = runCustom(t, Command{Argv: []string{"true"}, Output: filepath.Join(t.TempDir(), "none", "own.log")})
	checktest.Expect(t, got, check.FailedNow, "its output cannot be kept")
	got, _ = runCustom(t, inShell("kill -9 $$"))
	checktest.Expect(t, got, check.FailedNow, "signal: killed")
}

// The child would keep the pipe open for an hour: it has to go with its parent.
func TestCustom_EndsWithItsChildrenAtTheDeadline(t *testing.T) {
	began := time.Now()
	c := inShell(`echo started; trap "" TERM; sleep 3600 & wait; sleep 3600`)
	c.Timeout = 2 * time.Second
	got, kept := runCustom(t, c)
	checktest.Expect(t, got, check.TimedOut, "ended at the deadline of 2s", "started")
	assert.Equal(t, "started\n", kept)
	assert.Less(t, time.Since(began), c.Timeout+2*ending)
}

func TestCustom_NeverPrintsCredentials(t *testing.T) {
	const secret, argument = "hunter22-canary", "argument-canary"
	c := inShell(`echo "user=$E2E_PASSWORD"; printf '%s' "token: $1" ; printf '%s' "$E2E_PASSWORD" | base64; exit 1`)
	c.Argv = append(c.Argv, "sh", argument, "--token", argument, "--password="+argument)
	c.Environment = []string{"E2E_PASSWORD=" + secret, "CI_TOKEN=true"}
	got, kept := runCustom(t, c)
	checktest.Expect(t, got, check.FailedNow, "exit code 1", "user=[redacted]")
	report := check.Report{Results: []check.Result{got}}
	for _, format := range check.Formats() {
		text := checktest.Text(t, report, format)
		assert.NotContains(t, text, secret, format)
		assert.NotContains(t, text, "aHVudGVy", format)
		assert.NotContains(t, text, "--token "+argument, format)
		assert.NotContains(t, text, "--password="+argument, format)
	}
	assert.NotContains(t, kept, secret)
	assert.NotContains(t, kept, "aHVudGVy")
	assert.NotContains(t, kept, argument)
}

func TestLogTee_WholeLinesAndNoLongerThanTheLimit(t *testing.T) {
	var file strings.Builder
	hide := &check.Redactor{}
	hide.Hide("split-canary")
	k := &logTee{to: &file, hide: hide}
	for _, part := range []string{"a split-", "canary\r\n", "\n", strings.Repeat("x", lineLimit+10), "\nlast"} {
		n, err := k.Write([]byte(part))
		require.NoError(t, err)
		assert.Equal(t, len(part), n)
	}
	require.NoError(t, k.close())
	lines := strings.Split(file.String(), "\n")
	assert.Equal(t, "a [redacted]", lines[0])
	assert.Len(t, lines[2], lineLimit)
	require.Len(t, k.tail, 3, "empty lines tell nothing")
	assert.Equal(t, "last", k.tail[2])
	assert.Len(t, []rune(k.tail[1]), tailWidth+2)
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestLogTee_AFullDiskEndsNoCommand(t *testing.T) {
	k := &logTee{to: fullDisk{}, hide: &check.Redactor{}}
	_, err := k.Write([]byte("line\n"))
	require.NoError(t, err)
	assert.Error(t, k.close())
}
