package docker

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what is made of answers that daemons have given. That the docker command still passes them on, the end-to-
// end test shows, whose releases ask.

// answers makes a docker command that passes on such an answer.
func answers(t *testing.T, script string) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "docker"), []byte("#!/bin/sh\n"+script), 0o755))
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func ping(headers string) string {
	return `[ "$*" = "system dial-stdio" ] && cat >/dev/null && printf 'HTTP/1.1 200 OK\r\n` + headers + `Content-Length: 2\r\n\r\nOK'`
}

func TestAsk_TellsWhatTheDaemonBuildsWith(t *testing.T) {
	for name, row := range map[string]struct {
		headers  string
		no       string // why it has no BuildKit
		heredocs bool
	}{
		"Docker 28":    {`Api-Version: 1.50\r\nBuilder-Version: 2\r\nOstype: linux\r\nServer: Docker/28.2.2 (linux)\r\n`, "", true},
		"Docker 23":    {`Api-Version: 1.42\r\nBuilder-Version: 2\r\nOstype: linux\r\n`, "", true},
		"Docker 20.10": {`Api-Version: 1.41\r\nOstype: linux\r\nServer: Docker/20.10.24 (linux)\r\n`, "", false},
		"Docker 18.06": {`Api-Version: 1.38\r\nOstype: linux\r\nServer: Docker/18.06.3-ce (linux)\r\n`, "Docker/18.06.3-ce (linux) speaks API 1.38", false},
		"a next major": {`Api-Version: 2.0\r\nOstype: linux\r\n`, "", true},
		"switched off": {`Api-Version: 1.47\r\nBuilder-Version: 1\r\nOstype: linux\r\nServer: Docker/27.3.1 (linux)\r\n`, "its builder is the classic one", true},
		"Windows":      {`Api-Version: 1.47\r\nBuilder-Version: 1\r\nOstype: windows\r\nServer: Docker/27.3.1 (windows)\r\n`, "a daemon for windows", true},
	} {
		t.Run(name, func(t *testing.T) {
			answers(t, ping(row.headers))
			found, err := Command{}.Ask(t.Context())
			require.NoError(t, err)
			assert.Equal(t, row.heredocs, found.ReadsHeredocs())
			if row.no == "" {
				require.NoError(t, found.BuildKit())
			} else {
				require.ErrorContains(t, found.BuildKit(), row.no)
			}
		})
	}
}

func TestAsk_SaysWhyThereIsNoAnswer(t *testing.T) {
	for want, script := range map[string]string{
		"does not answer: exit status 1: Cannot connect to the Docker daemon": "echo Cannot connect to the Docker daemon >&2; exit 1",
		"the Docker daemon's answer is none":                                  "echo hello",
		`the Docker daemon answers 500`:                                       `printf 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n'`,
		`with the API version ""`:                                             ping(""),
	} {
		answers(t, script)
		_, err := Command{}.Ask(t.Context())
		require.ErrorContains(t, err, want)
	}
	t.Setenv("PATH", t.TempDir())
	_, err := Command{}.Ask(t.Context())
	require.EqualError(t, err, "there is no docker command on PATH")
}
