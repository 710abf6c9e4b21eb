package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAdvice_IsReadBackByAShell(t *testing.T) {
	for _, row := range []struct {
		stack, file, what string
		want              []string
	}{
		{"production", "Pulumi.production.yaml", "v1.0.0", []string{"rollback", "v1.0.0", "--stack", "production"}},
		{"acme/flowcomply/production", "Pulumi.production.yaml", "", []string{"rollback", "--stack", "acme/flowcomply/production"}},
		{"production", "", "", []string{"rollback", "--stack", "production"}},
		{"production", "/home/me/my file's $x.yaml", "", []string{"rollback", "--stack", "production", "--config-file", "/home/me/my file's $x.yaml"}},
	} {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, "flowcomply"), []byte("#!/bin/sh\nprintf '%s\\0' \"$@\"\n"), 0o755))
		command := exec.Command("/bin/sh", "-c", Advice("rollback", row.stack, row.file, row.what))
		command.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"))
		out, err := command.Output()
		require.NoError(t, err)
		assert.Equal(t, row.want, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"))
	}
}
