package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold who may import whom, from what the compiler sees without tests. They do not prove that two packages
// share nothing by another way, such as a name that both spell out.

const module = "github.com/flowcomply/infrastructure"

// importsOf is what each package of the module imports directly, of the module and of Pulumi.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for line := range strings.Lines(goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")) {
		fields := strings.Fields(line)
		out[short(fields[0])] = []string{}
		for _, imported := range fields[1:] {
			if strings.HasPrefix(imported, module+"/") || strings.HasPrefix(imported, "github.com/pulumi/") {
				out[short(fields[0])] = append(out[short(fields[0])], short(imported))
			}
		}
	}
	return out
}

func goList(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command("go", append([]string{"list"}, args...)...)
	command.Dir = ".."
	var stderr strings.Builder
	command.Stderr = &stderr
	text, err := command.Output()
	require.NoError(t, err, stderr.String())
	return string(text)
}

func short(path string) string { return strings.TrimPrefix(path, module+"/") }

// sideways are the imports between components, and of packages that only some may know, with the reason. Everything else is
// wired in infra.
var sideways = map[string]string{
	"components/service components/image":                   "a service's section says how its image is built",
	"components/dashboard components/alarm":                 "the dashboard draws what the alarms watch",
	"components/migration/prisma components/migration/task": "Prisma's commands run in one-off tasks",
	"cmd/step components/image/publish":                     "a step of a release",
	"cmd/step components/migration/prisma":                  "a step of a release",
	"cmd/step components/snapshot/take":                     "a step of a release",
	"verify internal/buildcontext":                          "what a builder is sent is compared with the commit, by the very list that is built from",
	"components/image internal/buildcontext":                "what a builder is sent is hashed and copied",
	"components/image internal/dockerfile":                  "what cannot be built is refused before anything is",
	"internal/console verify":                               "progress and complaints are those of checks",
	"verify/cmd/verify internal/console":                    "it is run from a command line",
	"internal/account verify":                               "who is not signed in hears what verification would say",
	"verify/cmd/verify internal/account":                    "AWS is asked once the account is the stack's",
}

// shared are the packages that anything may use, each with the reason. They import nothing of ours, and no Pulumi but where
// that is what they are for.
var shared = map[string]string{
	"internal/docker":       "whoever needs a builder asks the daemon that the docker command means",
	"internal/ecstask":      "whoever reads how an ECS task ended goes by the container's name",
	"internal/decode":       "whoever reads JSON strictly says alike what does not fit",
	"internal/git":          "whoever asks for a folder's commit asks about that folder's repository",
	"internal/shell":        "whoever writes a command, to be run or to be copied, quotes it alike",
	"internal/pulumiconfig": "whoever reads or edits a stack file takes its keys as the engine does",
}

// console are the packages of what is run from a command line.
var console = []string{"internal/account", "internal/console", "internal/exit"}

// leaves are what every component may use.
var leaves = []string{"components/alarm", "components/slo", "components/validate"}

// allowed tells whether one package of ours may import another.
func allowed(from, to string) bool {
	pulumi := strings.HasPrefix(to, "github.com/pulumi/")
	layer, _, _ := strings.Cut(from, "/")
	switch {
	case shared[from] != "":
		return pulumi && from == "internal/pulumiconfig"
	case shared[to] != "":
		return true
	case layer == "internal":
		return strings.HasPrefix(to, "internal/") || sideways[from+" "+to] != ""
	case from == "components/slo" || from == "components/validate" || strings.HasPrefix(from, "components/secret/cmd/"):
		return !pulumi && slices.Contains(leaves, to)
	case layer == "verify":
		return strings.HasPrefix(to, "verify") || to == "components/slo" || sideways[from+" "+to] != ""
	case layer == "infra":
		return pulumi || to == "stacks" || to == "verify/outputs" || to == "verify" || strings.HasPrefix(to, "components/")
	case from == "cmd/step":
		return !pulumi && (to == "verify" || to == "verify/outputs" || slices.Contains(console, to) || sideways[from+" "+to] != "")
	case layer == "cmd":
		return !pulumi && (to == "verify" || to == "verify/outputs" || to == "stacks" || to == "internal/account" || strings.HasPrefix(to, "release/"))
	case layer == "release" || strings.HasPrefix(from, "stacks/cmd/") && from != "stacks/cmd/configdocs":
		// what an operator runs works on a stack from outside: with the engine, and with what verification says
		return pulumi || to == "verify" || to == "verify/outputs" || strings.HasPrefix(to, "components/") || strings.HasPrefix(to, "stacks") || to == "release" || strings.HasPrefix(to, "release/")
	case layer == "stacks":
		return !pulumi && (strings.HasPrefix(to, "components/") || strings.HasPrefix(to, "stacks"))
	case layer == "components":
		return pulumi || slices.Contains(leaves, to) || strings.HasPrefix(to, "components/internal/") || sideways[from+" "+to] != ""
	}
	return false
}

func TestImports_PointDownwards(t *testing.T) {
	all := importsOf(t)
	require.Contains(t, all, "infra")
	require.Contains(t, all, "components/service")
	used := map[string]bool{}
	for from, imports := range all {
		for _, to := range imports {
			used[from+" "+to] = true
			assert.True(t, allowed(from, to), "%s imports %s", from, to)
		}
	}
	for pair := range sideways {
		assert.True(t, used[pair], "%s: the table has what nothing imports", pair)
	}
	for leaf := range shared {
		users := 0
		for from := range all {
			if used[from+" "+leaf] {
				users++
			}
		}
		assert.Greater(t, users, 1, "%s is shared by nobody", leaf)
	}
}

func TestAllowed_RefusesWhatTheRuleForbids(t *testing.T) {
	for _, pair := range [][2]string{
		{"components/database", "components/cache"}, {"components/database", "stacks"}, {"components/alarm", "infra"},
		{"stacks", "infra"}, {"stacks", "verify"}, {"stacks", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"}, {"stacks", "release"},
		{"stacks/cmd/configdocs", "verify"}, {"release", "infra"}, {"stacks/cmd/release", "local/engine"}, {"infra", "release"},
		{"release/bootstrap", "infra"}, {"release/bootstrap", "cmd/flowcomply"}, {"cmd/flowcomply", "infra"}, {"infra", "release/bootstrap"},
		{"cmd/step", "stacks"}, {"cmd/step", "components/image"}, {"cmd/step", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"},
		{"stacks", "release/bootstrap"}, {"internal/account", "stacks"}, {"verify", "internal/account"},
		{"verify", "stacks"}, {"verify", "components/alarm"}, {"verify", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"},
		{"internal/buildcontext", "components/image"}, {"internal/buildcontext", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"},
		{"components/service", "internal/buildcontext"}, {"verify/cmd/verify", "internal/buildcontext"}, {"infra", "internal/buildcontext"},
		{"components/slo", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"}, {"infra", "local/engine"},
		{"internal/ecstask", "verify"}, {"internal/ecstask", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"}, {"verify", "internal/another"},
	} {
		assert.False(t, allowed(pair[0], pair[1]), "%s → %s", pair[0], pair[1])
	}
}

// Verification runs where no Pulumi is; what it compiles has none, by whatever way.
func TestVerify_CompilesWithoutPulumi(t *testing.T) {
	deps := strings.Fields(goList(t, "-deps", "./verify/..."))
	require.Contains(t, deps, module+"/verify")
	for _, dep := range deps {
		assert.False(t, strings.HasPrefix(dep, "github.com/pulumi/"), dep)
		assert.False(t, strings.HasPrefix(dep, module+"/stacks") || strings.HasPrefix(dep, module+"/infra"), dep)
	}
}

// A step is compiled and started by every update, and by the engine's plugin: it has nothing of Pulumi's in it.
func TestStep_CompilesWithoutPulumi(t *testing.T) {
	deps := strings.Fields(goList(t, "-deps", "./cmd/step"))
	require.Contains(t, deps, module+"/components/migration/prisma")
	for _, dep := range deps {
		assert.False(t, strings.HasPrefix(dep, "github.com/pulumi/"), dep)
		assert.False(t, strings.HasPrefix(dep, module+"/stacks") || strings.HasPrefix(dep, module+"/infra"), dep)
	}
}

// The program is compiled without anything that only tests use.
func TestProgram_CompilesWithoutTheRecorder(t *testing.T) {
	deps := strings.Fields(goList(t, "-deps", "./infra"))
	require.Contains(t, deps, module+"/stacks")
	for _, dep := range deps {
		assert.NotContains(t, dep, "/record")
		assert.NotEqual(t, "testing", dep)
		assert.False(t, strings.HasPrefix(dep, "github.com/stretchr/"), dep)
	}
}
