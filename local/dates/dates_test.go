package dates

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// printed is what the command in testdata says, which was built with the overlay.
func printed(t *testing.T, overlay, days string) (string, error) {
	t.Helper()
	command := exec.Command("go", "run", "-overlay", overlay, "./testdata/now")
	command.Env = append(os.Environ(), Days+"="+days)
	said, err := command.CombinedOutput()
	return strings.TrimSpace(string(said)), err
}

func TestOverlay_MovesNow(t *testing.T) {
	t.Parallel()
	goroot, err := exec.Command("go", "env", "GOROOT").Output() // runtime's is empty in a program built with -trimpath
	require.NoError(t, err)
	path, err := overlay(strings.TrimSpace(string(goroot)), t.TempDir())
	require.NoError(t, err)
	for days, wanted := range map[string]int{"": 0, "0": 0, "45": 45, "800": 800} {
		said, err := printed(t, path, days)
		require.NoError(t, err, said)
		seconds, err := strconv.ParseInt(said, 10, 64)
		require.NoError(t, err)
		now := time.Now()
		assert.WithinDuration(t, now.Add(time.Duration(wanted)*24*time.Hour), time.Unix(seconds, 0), time.Hour, days)
	}
	said, err := printed(t, path, "-3")
	require.Error(t, err)
	assert.Contains(t, said, "it is a number of whole days")
}

// A version of Go that reads the clock in another way is named, and not taken for one whose clock has been moved.
func TestMove_AnotherClock(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no Now":            "package time\nfunc now() {}\n",
		"a method":          "package time\nfunc (c clock) Now() { sec, nsec, mono := runtimeNow() }\n",
		"nothing in it":     "package time\nfunc Now() {}\n",
		"another beginning": "package time\nfunc Now() Time { return read() }\n",
		"no seconds":        "package time\nfunc Now() { _, nsec, mono := runtimeNow() }\n",
	} {
		_, err := move([]byte(text))
		require.ErrorContains(t, err, "local/dates/clock.go", name)
	}
	moved, err := move([]byte("package time\nfunc Now() Time {\n\ts, n, m := runtimeNow()\n\treturn made(s, n, m)\n}\n"))
	require.NoError(t, err)
	assert.Equal(t, "package time\nfunc Now() Time {\n\ts, n, m := runtimeNow()\n\tif !runtimeIsBubbled() {\n\t\ts += movedBy\n\t}\n\treturn made(s, n, m)\n}\n", string(moved))
}

func TestParse(t *testing.T) {
	t.Parallel()
	days, err := Parse("1,45,800")
	require.NoError(t, err)
	assert.Equal(t, []string{"1", "45", "800"}, days)
	for _, wrong := range []string{"", "1,", "-1", "+1", "1 2", "1.5", "36501", "007", "tomorrow"} {
		_, err := Parse(wrong)
		assert.ErrorContains(t, err, "1,45,800", wrong)
	}
}

// Moved runs the program for every number of days, also after one has failed, and says which.
func TestMoved_GoesOn(t *testing.T) {
	t.Parallel()
	said := filepath.Join(t.TempDir(), "said")
	err := Moved(context.Background(), []string{"1", "45", "800"}, "sh", "-c", `echo $TEST_CLOCK_DAYS >> "$0"; test $TEST_CLOCK_DAYS != 45`, said)
	require.ErrorContains(t, err, "45 days on")
	assert.NotContains(t, err.Error(), "800")
	text, err := os.ReadFile(said)
	require.NoError(t, err)
	assert.Equal(t, "1\n45\n800\n", string(text))
	assert.Error(t, Moved(context.Background(), []string{"1"}))
}

// What is left out is there, so that the list is as short as it can be, and says why.
func TestLeftOut_IsThere(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	var packages []string
	for _, module := range modules {
		found, err := withTests(context.Background(), filepath.Join(root, module))
		require.NoError(t, err)
		require.NotEmpty(t, found)
		packages = append(packages, found...)
	}
	for name, reason := range leftOut {
		assert.True(t, slices.Contains(packages, name), "%s has no tests; take it off the list", name)
		assert.NotEmpty(t, reason, name)
	}
	for one, reason := range skipped {
		assert.NotEmpty(t, reason, one)
		folder := filepath.Join(root, strings.TrimPrefix(one.in, program))
		said, err := exec.Command("grep", "-rlE", "--include=*_test.go", "--exclude-dir=.local", "^func "+one.name+`\(`, root).Output()
		require.NoError(t, err, "%v is not there; take it off the list", one)
		assert.Equal(t, folder, filepath.Dir(strings.TrimSpace(string(said))), "a test is skipped by its name, which only one may have")
	}
	for name, reason := range leftOutOfPython { // whether it is there, the run itself says
		assert.NotEmpty(t, reason, name)
	}
}
