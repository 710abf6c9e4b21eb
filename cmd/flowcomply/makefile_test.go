package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What somebody gives make arrives at the program as it was given. make runs here, with programs that write down their
// arguments in place of the real ones, and a `go` that builds nothing.
func TestMakefile_HandsValuesOnWhole(t *testing.T) {
	folder := t.TempDir()
	said := filepath.Join(folder, "said")
	program := filepath.Join(folder, "program")
	var programs []string
	for file, script := range map[string]string{program: `printf '%s\0' "$@" >` + said, filepath.Join(folder, "go"): "exit 0"} {
		require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	for _, name := range []string{"LOCAL", "FLOWCOMPLY"} {
		require.NoError(t, os.Symlink(program, filepath.Join(folder, name)))
		programs = append(programs, name+"="+filepath.Join(folder, name))
	}
	const file = `/home/me/it's "my" $HOME files/Pulumi & *.yaml`
	for target, row := range map[string]struct{ given, want []string }{
		"bootstrap":     {nil, []string{"bootstrap", "--stack", "my stack", "--config-file", file}},
		"release":       {[]string{"VERSION=v1.0 beta", "ON_FAILURE=keep", "COMMIT=1", "YES=1"}, []string{"release", "v1.0 beta", "--stack", "my stack", "--config-file", file, "--on-failure", "keep", "--commit", "--yes"}},
		"rollback":      {[]string{"TO=v1.0 beta", "FORCE=1"}, []string{"rollback", "v1.0 beta", "--stack", "my stack", "--config-file", file, "--force"}},
		"releases":      {nil, []string{"releases", "--stack", "my stack", "--config-file", file}},
		"restore":       {[]string{"SNAPSHOT=a b", "TIME=2026-11-24 12:06:37"}, []string{"restore", "--stack", "my stack", "--config-file", file, "--snapshot", "a b", "--time", "2026-11-24 12:06:37"}},
		"restore-drill": {nil, []string{"drill", "--stack", "my stack", "--config-file", file}},
		"recover":       {[]string{"HOST=ci 8", `RECOVER_FLAGS=--import 'urn:a b=id'`, "YES=1"}, []string{"recover", "--stack", "my stack", "--config-file", file, "--yes", "--force-host", "ci 8", "--import", "urn:a b=id"}},
		"rehearse":      {nil, []string{"rehearse", "-stack", "my stack"}},
		"verify":        {[]string{"VERIFY=--format json"}, []string{"verify", "--stack", "my stack", "--format", "json"}},
	} {
		t.Run(target, func(t *testing.T) {
			arguments := append([]string{"--no-print-directory", "-C", "../..", target, "STACK=my stack", "CONFIG_FILE=" + file}, row.given...)
			arguments = append(arguments, programs...)
			command := exec.Command("make", arguments...)
			command.Env = append(os.Environ(), "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"), "MAKEFLAGS=", "MAKEOVERRIDES=")
			out, err := command.CombinedOutput()
			require.NoError(t, err, string(out))
			text, err := os.ReadFile(said)
			require.NoError(t, err)
			assert.Equal(t, row.want, strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"))
		})
	}
}
