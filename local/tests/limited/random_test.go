package limited

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
)

// operations is how many are made of each stack, by chance.
const operations = 12

// Whatever is done to a stack, its outputs are of what was verified, and a whole update goes on from there. LIMITED_SEED is
// another seed, or several, by commas.
func TestAnyOperations_NameNoReleaseThatTheyDidNotVerify(t *testing.T) {
	for _, text := range strings.Split(cmp.Or(os.Getenv("LIMITED_SEED"), "1"), ",") {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			f, random := open(t), rand.New(rand.NewPCG(seed, 0))
			version := versions[1]
			for range operations {
				if random.IntN(2) == 0 {
					version = versions[random.IntN(len(versions))]
					f.configure(version)
				}
				fails, command := f.draw(random)
				err := f.step(func() error { return f.pulumiFailing(fails, command...) })
				t.Logf("%s configured, %q failing: pulumi %q: %v", version, fails, command, err)
				f.repair()
			}
			require.NoError(t, f.step(func() error { return f.pulumi("up") }), f.said)
			_, outputs := f.outputs()
			require.Equal(t, version, outputs.Version, f.said)
			f.holds(outputs, f.said)
		})
	}
}

// repair has the engine put its state in order, where it wrote one that it refuses to read: targeted updates are known for that, now
// and then, and the engine's message names this command. docs/recovery.md says so, too.
// https://github.com/pulumi/pulumi/issues/20852
func (f *fixture) repair() {
	f.Helper()
	if strings.Contains(f.said, "snapshot integrity error") {
		f.Logf("the engine refuses its own state: %s", f.said)
		require.NoError(f, f.pulumi("state", "repair"), f.said)
	}
}

// draw takes an operation by chance, and a resource that cannot be made meanwhile; none: all can.
func (f *fixture) draw(random *rand.Rand) (fails string, command []string) {
	f.Helper()
	state := f.state()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(state)), func(name string) bool { return !state[name].Custom })
	if len(names) == 0 {
		return "", []string{"up"}
	}
	one := func() apitype.ResourceV3 { return state[names[random.IntN(len(names))]] }
	urn := func() string { return string(one().URN) }
	flags := func(always string, maybe ...string) []string {
		made := []string{always, urn()}
		for _, flag := range maybe {
			if random.IntN(2) == 0 {
				made = append(made, flag)
			}
		}
		return made
	}
	switch random.IntN(8) {
	case 0:
		return "", []string{"up"}
	case 1:
		return names[random.IntN(len(names))], []string{"up", "--continue-on-error"}
	case 2:
		return "", append([]string{"up"}, slices.Concat(flags("--target", "--target-dependents"), flags("--target"), flags("--target"))...)
	case 3:
		return "", append([]string{"up"}, flags("--exclude", "--exclude-dependents")...)
	case 4:
		return "", append([]string{"destroy"}, flags("--target", "--target-dependents")...)
	case 5:
		return "", append([]string{"state", "delete", urn()}, "--target-dependents", "--force")
	case 6:
		return "", []string{"up", "--target", verification, "--target-dependents"}
	default:
		return "", [][]string{{"refresh"}, {"refresh", "--run-program"}, {"up", "--refresh"}, {"up", "--refresh", "--target", urn()}}[random.IntN(4)]
	}
}
