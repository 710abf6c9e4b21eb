package verify

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Verification has to run where no Pulumi is, and must not share a mistake with
// the program it checks. This looks at what is compiled, not at what is executed:
// the command may still start the pulumi binary.
func TestPackages_ImportNoPulumi(t *testing.T) {
	command := exec.Command("go", "list", "-deps", "./...")
	var stderr strings.Builder
	command.Stderr = &stderr
	listed, err := command.Output()
	require.NoError(t, err, stderr.String())
	packages := strings.Fields(string(listed))
	require.Contains(t, packages, "github.com/flowcomply/infrastructure/verify/command")
	assert.Empty(t, pulumi(packages))
}

func TestPulumi_FindsOne(t *testing.T) {
	assert.Equal(t, []string{"github.com/pulumi/pulumi/sdk/v3/go/pulumi"},
		pulumi([]string{"fmt", "github.com/pulumi/pulumi/sdk/v3/go/pulumi", "example.com/pulumi"}))
}

func pulumi(packages []string) []string {
	var found []string
	for _, name := range packages {
		if strings.HasPrefix(name, "github.com/pulumi") {
			found = append(found, name)
		}
	}
	return found
}
