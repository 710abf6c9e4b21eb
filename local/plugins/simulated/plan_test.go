package simulated

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const urn = "urn:pulumi:local::flowcomply::flowcomply:service:Service$aws:ecs/service:Service::backend"

func TestPlan_ReachesThePluginsWhole(t *testing.T) {
	want := Plan{Seed: 18446744073709551615, Journal: "/a \"b\"", Registry: "/c", Fail: service + "::backend"}
	text, err := want.Environment()
	require.NoError(t, err)
	t.Setenv(variable, text[len(variable)+1:])
	given, err := Given()
	require.NoError(t, err)
	assert.Equal(t, want, given)
}

func TestGiven_WantsASchedule(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"nothing":     {"", "only a schedule starts this program"},
		"no plan":     {"[]", "only a schedule starts this program"},
		"no journal":  {`{"seed":1,"registry":"/a"}`, "names no journal"},
		"no registry": {`{"seed":1,"journal":"/a"}`, "names no journal or no registry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(variable, row.text)
			_, err := Given()
			require.ErrorContains(t, err, row.want)
		})
	}
}

func TestPlan_FailsOneResource(t *testing.T) {
	for fail, want := range map[string]bool{
		"": false, service + "::backend": true, service + "::back": false, "Service::backend": false, service + "::frontend": false,
	} {
		assert.Equal(t, want, Plan{Fail: fail}.fails(urn), fail)
	}
	assert.True(t, Plan{Fail: command + "::verify"}.fails("urn:pulumi:local::flowcomply::command:local:Command::verify"), "a child of the stack itself")
}

// A schedule that was bad is run again by its seed; that needs each latency to depend on nothing but what it is of.
func TestDelay_IsThePlansAndTheOperations(t *testing.T) {
	different := 0
	for seed := range uint64(50) {
		plan := Plan{Seed: seed}
		one := plan.Delay("update", urn, service)
		plan.Delay("create", "another", command)
		assert.Equal(t, one, plan.Delay("update", urn, service))
		if one != plan.Delay("create", urn, service) || one != (Plan{Seed: seed + 50}).Delay("update", urn, service) {
			different++
		}
	}
	assert.Greater(t, different, 40)
}

func TestDelay_HasEveryShapeAndBounds(t *testing.T) {
	seen, longer := map[string]time.Duration{}, 0
	for seed := range uint64(3000) {
		plan := Plan{Seed: seed}
		delay := plan.Delay("update", urn, service)
		assert.GreaterOrEqual(t, delay, time.Duration(0))
		assert.LessOrEqual(t, delay, longest)
		seen[plan.Shape()] = max(seen[plan.Shape()], delay)
		if delay > plan.Delay("update", urn, "aws:kms/key:Key") {
			longer++
		}
	}
	assert.Len(t, seen, len(shapes))
	assert.Zero(t, seen["none"])
	assert.Equal(t, longest, seen["heavy tail"])
	assert.Greater(t, longer, 1500, "what a release waits for takes longer than other resources")
}
