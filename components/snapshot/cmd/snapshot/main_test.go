package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func complete(more ...string) []string {
	return append([]string{"-region", "r", "-database", "db", "-id", "db-pre-deploy-v1-1-0-7", "-version", "v1.1.0", "-number", "7", "-stack", "production"}, more...)
}

func TestParse_TakesARelease(t *testing.T) {
	asked, err := parse(complete("-keep", "3", "-timeout", "90m"), &bytes.Buffer{})
	require.NoError(t, err)
	assert.Equal(t, request{
		region: "r", database: "db", id: "db-pre-deploy-v1-1-0-7", version: "v1.1.0", number: "7", stack: "production", keep: 3, timeout: 90 * time.Minute,
	}, asked)
	asked, err = parse(complete(), &bytes.Buffer{})
	require.NoError(t, err)
	assert.Equal(t, 10, asked.keep)
	assert.Equal(t, time.Hour, asked.timeout)
}

func TestParse_NamesEverythingThatIsWrong(t *testing.T) {
	_, err := parse([]string{"-keep", "1", "-timeout", "0s", "surplus"}, &bytes.Buffer{})
	for _, want := range []string{
		"-region is missing", "-database is missing", "-version is missing", "-stack is missing", `-id "": want at most 255 small letters`,
		"-number 0: want 1 or more", "-keep 1: want 2 or more", "-timeout 0s: want more than nothing", `"surplus": flags only`,
	} {
		require.ErrorContains(t, err, want)
	}
	for _, id := range []string{"Db", "7-db", "db--7", "db-", "db_7", "db.7", strings.Repeat("d", 256)} {
		_, err := parse(complete("-id", id), &bytes.Buffer{})
		require.ErrorContains(t, err, "-id ", id)
	}
}

func TestRun_ExplainsItself(t *testing.T) {
	var said bytes.Buffer
	assert.Equal(t, 0, run([]string{"-h"}, &bytes.Buffer{}, &said))
	for _, want := range []string{"remove the ones that are too many", "-database identifier", "default 10", "default 1h0m0s"} {
		assert.Contains(t, said.String(), want)
	}
	assert.Equal(t, 2, run(nil, &bytes.Buffer{}, &said))
	assert.Equal(t, 2, run(complete("-number", "seven"), &bytes.Buffer{}, &said))
}
