package main

import (
	"os"
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

// room is a row of the drawing in docs/architecture.md. A pattern is a package, or with /... also all below it.
type room struct {
	packages []string
	imports  []string // what they may import, beside packages of the same room that a pattern names
	pulumi   bool     // whether they may import Pulumi
}

// rooms are from the top down; a package is in the first that has it. What any room may import is shared.
var rooms = []room{
	{packages: []string{"internal/pulumiconfig"}, pulumi: true},
	{packages: []string{"internal/..."}, imports: []string{"internal/..."}},

	{packages: []string{"cmd/step"}, imports: append([]string{"verify/..."}, console...)},
	{packages: []string{"cmd/..."}, imports: append([]string{"release/...", "stacks", "verify/...", "components/..."}, console...)},
	{packages: []string{"stacks/cmd/configdocs"}, imports: []string{"stacks/..."}},
	{
		packages: []string{"release/...", "stacks/cmd/..."}, pulumi: true, // they work on a stack from outside, with the engine
		imports: []string{"release/...", "stacks/...", "verify/...", "components/..."},
	},
	{packages: []string{"infra"}, imports: []string{"stacks", "verify/inputs", "verify/outputs", "components/..."}, pulumi: true},
	{packages: []string{"stacks/..."}, imports: []string{"stacks/...", "components/..."}},
	{packages: []string{"verify/check/..."}, imports: []string{"verify/check/..."}}, // it knows nothing of AWS or of FlowComply
	{packages: []string{"verify/outputs", "verify/inputs"}, imports: []string{"verify/outputs"}},
	{packages: []string{"verify/..."}, imports: []string{"verify/...", "components/slo"}},

	{packages: []string{"components/slo", "components/validate", "components/secret/cmd/..."}, imports: leaves},
	{packages: []string{"components/..."}, imports: append([]string{"components/internal/..."}, leaves...), pulumi: true},

	{packages: []string{"docs/..."}}, // commands that write pages
}

// console are the packages of what is run from a command line.
var console = []string{"internal/account", "internal/console", "internal/exit"}

// leaves are what every component may use.
var leaves = []string{"components/alarm", "components/slo", "components/validate"}

// shared are the packages that anything may use, each with the reason. They import nothing of ours.
var shared = map[string]string{
	"internal/docker":       "whoever needs a builder asks the daemon that the docker command means",
	"internal/exit":         "every command that people run has the same exit codes",
	"internal/ecstask":      "whoever reads how an ECS task ended goes by the container's name",
	"internal/decode":       "whoever reads JSON strictly says alike what does not fit",
	"internal/poll":         "whoever waits for something asks again in the same way",
	"internal/text":         "whoever writes a message counts and shortens alike",
	"internal/git":          "whoever asks for a folder's commit asks about that folder's repository",
	"internal/shell":        "whoever writes a command, to be run or to be copied, quotes it alike",
	"internal/pulumiconfig": "whoever reads or edits a stack file takes its keys as the engine does",
}

// exceptions are single imports that no room allows, each with the reason.
var exceptions = map[string]string{
	"cmd/step components/image/publish":                     "a step of a release",
	"cmd/step components/mail/identity":                     "a step of an update",
	"cmd/step components/migration/prisma":                  "a step of a release",
	"cmd/step components/snapshot/take":                     "a step of a release",
	"internal/console verify/check":                         "progress and complaints are those of checks",
	"verify/command internal/console":                       "it shows how far it is, and colours its report",
	"verify/command internal/account":                       "AWS is asked once the account is the stack's",
	"internal/awstest verify/web":                           "it plays what verification asks, for tests",
	"components/service components/image":                   "a service's section says how its image is built",
	"components/dashboard components/alarm":                 "the dashboard draws what the alarms watch",
	"components/migration components/migration/lint":        "the findings of a set are the findings of its statements",
	"components/migration/prisma components/migration/task": "Prisma's commands run in one-off tasks",
	"verify/preflight internal/buildcontext":                "what a builder is sent is compared with the commit, by the very list that is built from",
	"components/image internal/buildcontext":                "what a builder is sent is hashed and copied",
	"components/image internal/dockerfile":                  "what cannot be built is refused before anything is",
	"internal/account verify/awschecks":                     "who is not signed in hears what verification would say",
	"internal/account verify/check":                         "who is not signed in hears what verification would say",
}

// automation is the Automation API.
const automation = "github.com/pulumi/pulumi/sdk/v3/go/auto"

// matches tells whether one of the patterns has the package.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, below := strings.CutSuffix(pattern, "/...")
		return name == folder || below && strings.HasPrefix(name, folder+"/")
	})
}

// allowed tells whether one package of ours may import another, or Pulumi.
func allowed(from, to string) bool {
	i := slices.IndexFunc(rooms, func(r room) bool { return matches(r.packages, from) })
	switch {
	case i < 0:
		return false
	case strings.HasPrefix(to, automation):
		return from == "release/pulumi" // what runs the engine is in one place
	case strings.HasPrefix(to, "github.com/pulumi/"):
		return rooms[i].pulumi
	case shared[from] != "":
		return false
	}
	return shared[to] != "" || exceptions[from+" "+to] != "" || matches(rooms[i].imports, to)
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
	for pair := range exceptions {
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
		{"stacks/cmd/configdocs", "verify"}, {"release", "infra"}, {"release/pulumi", "local/engine"}, {"release", "cmd/flowcomply"}, {"cmd/flowcomply", automation}, {"infra", "release"},
		{"release", automation}, {"release/recover", automation}, {"release/recover", "cmd/flowcomply"},
		{"release/bootstrap", "infra"}, {"release/bootstrap", "cmd/flowcomply"}, {"cmd/flowcomply", "infra"}, {"infra", "release/bootstrap"},
		{"cmd/step", "stacks"}, {"cmd/step", "components/image"}, {"cmd/step", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"},
		{"stacks", "release/bootstrap"}, {"internal/account", "stacks"}, {"verify", "internal/account"},
		{"verify", "stacks"}, {"verify", "components/alarm"}, {"verify/check", "verify/outputs"}, {"verify/outputs", "verify/check"}, {"infra", "verify/check"}, {"infra", "verify/preflight"}, {"infra", "verify"}, {"verify", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"},
		{"internal/buildcontext", "components/image"}, {"internal/buildcontext", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"},
		{"components/service", "internal/buildcontext"}, {"verify/command", "internal/buildcontext"}, {"infra", "internal/buildcontext"},
		{"components/slo", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"}, {"infra", "local/engine"},
		{"internal/ecstask", "verify"}, {"internal/ecstask", "github.com/pulumi/pulumi/sdk/v3/go/pulumi"}, {"verify", "internal/another"},
	} {
		assert.False(t, allowed(pair[0], pair[1]), "%s → %s", pair[0], pair[1])
	}
}

// The drawing is read by people, so that this holds no more than that no room is missing in it.
func TestArchitecture_NamesEveryRoom(t *testing.T) {
	page, err := os.ReadFile("../docs/architecture.md")
	require.NoError(t, err)
	for _, r := range rooms {
		for _, pattern := range r.packages {
			folder, _, _ := strings.Cut(pattern, "/")
			assert.Regexp(t, `(?m)(^|[ `+"`"+`{])`+folder+`[/`+"`"+` ]`, string(page), pattern)
		}
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

// AWS refuses a load balancer in a VPC whose internet gateway is not attached yet (InvalidSubnet), and nothing asks again.
func TestIngress_TheLoadBalancerWaitsForTheWayToTheInternet(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			balancer := graphOf(t, stack).One(t, balancerType, "front")
			assert.True(t, slices.ContainsFunc(balancer.DependsOn, func(urn string) bool {
				return strings.HasSuffix(urn, "aws:ec2/route:Route::main-public")
			}), "%v", balancer.DependsOn)
		})
	}
}

// A task that starts before the endpoints' rule is there cannot pull its image.
func TestServices_WaitForTheEndpointsRule(t *testing.T) {
	for _, stack := range files {
		for _, service := range graphOf(t, stack).Of("aws:ecs/service:Service") {
			assert.Contains(t, ends(service.DependsOn), "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule::main-endpoints-https", "%s: %s", stack, service)
		}
	}
}
