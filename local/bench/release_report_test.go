package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/deploylog"
)

// These tests prove the reading of a log, the arithmetic and the page. They do not prove any number on it.

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * 1e9)) }

func seconds(n float64) time.Duration { return time.Duration(n * 1e9) }

// log is a deployment whose update begins after 10 s: two services roll, one of them on the critical path.
func log() deploylog.Deployment {
	step := func(name string, phase deploylog.Phase, from, to float64) deploylog.Step {
		return deploylog.Step{Name: name, Phase: phase, Start: at(from), End: at(to)}
	}
	return deploylog.Deployment{Status: deploylog.Succeeded, Start: at(0), End: at(60), Timeline: deploylog.Timeline{
		Start: at(10), End: at(60),
		Steps: []deploylog.Step{
			step("preflight", deploylog.Preflight, 15, 16), step("backend-image", deploylog.Images, 18, 20), step("snapshot", deploylog.Snapshot, 18, 28),
			step("backend-task", "", 28, 28.5), step("backend", deploylog.Services, 29, 39), step("frontend", deploylog.Services, 30, 41),
			step("verify", deploylog.Verify, 41, 53),
		},
		Path: []int{0, 2, 3, 5, 6},
	}}
}

func TestTimingOf_AddsUpToTheWhole(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*deploylog.Deployment)
		want   timing
	}{
		"a release": {func(*deploylog.Deployment) {}, timing{
			asking: seconds(10), starting: seconds(5), path: seconds(34.5), rest: seconds(0.5), between: seconds(3.5), ending: seconds(9),
			rolling: seconds(12), phases: map[deploylog.Phase]time.Duration{
				deploylog.Preflight: seconds(1), deploylog.Snapshot: seconds(10), deploylog.Services: seconds(11), deploylog.Verify: seconds(12),
			},
		}},
		"nothing to do": {func(d *deploylog.Deployment) { d.Timeline.Steps, d.Timeline.Path = nil, nil }, timing{
			asking: seconds(10), ending: seconds(52), phases: map[deploylog.Phase]time.Duration{},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			read := log()
			tc.change(&read)
			tc.want.wall = seconds(62)
			got := timingOf(read, seconds(62))
			assert.Equal(t, tc.want, got)
			assert.Equal(t, got.wall, got.asking+got.starting+got.path+got.between+got.ending)
		})
	}
}

// ran is a contender that took so long in each counted round.
func ran(name string, took ...float64) *contender {
	made := &contender{name: name}
	for _, one := range took {
		made.samples = append(made.samples, sample{wall: seconds(one)})
	}
	return made
}

func TestLogged_LeavesOutTheRoundThatIsNotCounted(t *testing.T) {
	first := log()
	first.Timeline.Start = at(14)
	all := logged{ran("x", 62, 63), []deploylog.Deployment{first, log(), log()}}.timings()
	require.Len(t, all, 2)
	assert.Equal(t, []time.Duration{seconds(10), seconds(10)}, []time.Duration{all[0].asking, all[1].asking})
	assert.Equal(t, seconds(63), all[1].wall)
}

func TestReleases_AreAPage(t *testing.T) {
	logs := []deploylog.Deployment{log(), log(), log(), log()}
	page := releases{
		machine: []string{"a machine"}, rounds: 3, release: logged{ran("make release", 62, 69, 62), logs},
		rollback: logged{ran("make rollback", 60, 60, 60), logs}, typed: ran("the runbook", 124, 138, 100), typedBack: ran("its rollback", 30, 30, 30),
	}.render()
	for _, want := range []string{
		"- a machine\n", "50 ms on each call", "| `make release` | 62.0 | 62.0 | 69.0 |\n",
		"the limit, = **1.80**: 27.5 s of 62.0 s are on top of it\n",
		"- release / the runbook = **0.50** (0.50 to 0.62)\n",
		"**48.0 s** on top of the 12.0 s in which ECS rolled services; rollback / rolling = **5.00**\n",
		"- rollback / the runbook's rollback = **2.00**",
		"the rollback's would be\n  **16 %**.\n",
		"| its snapshot | 10.0 | 10.0 |\n", "| **critical path** | 34.5 | 34.5 |\n",
	} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, page, "| its images |", "they were built beside the snapshot")
}

func TestWithImage_IsWhatTheCLITakes(t *testing.T) {
	described := `{"taskDefinition":{"taskDefinitionArn":"arn:1","revision":1,"status":"ACTIVE","family":"f","cpu":"256",
		"containerDefinitions":[{"name":"backend","image":"r@sha256:0","cpu":0}]},"tags":[]}`
	defined, err := withImage([]byte(described), "r:v1.1.0")
	require.NoError(t, err)
	assert.JSONEq(t, `{"family":"f","cpu":"256","containerDefinitions":[{"name":"backend","image":"r:v1.1.0","cpu":0}]}`, string(defined))
	_, err = withImage([]byte(`{"taskDefinition":{"containerDefinitions":[{},{}]}}`), "r:v1.1.0")
	assert.EqualError(t, err, "2 containers, and the runbook knows of one")
}

func TestCommand_ReadsTheLogOfItsRun(t *testing.T) {
	for name, tc := range map[string]struct {
		status deploylog.Status
		want   string
	}{"one that succeeded": {deploylog.Succeeded, ""}, "one that did not": {deploylog.RolledBack, "deployment log: rolled back"}} {
		t.Run(name, func(t *testing.T) {
			written := log()
			written.Status = tc.status
			made, into := command{log: t.TempDir()}, logged{}
			require.EqualError(t, made.read(&into)(""), "0 deployment logs, and a run writes one")
			_, err := deploylog.Write(made.log, written)
			require.NoError(t, err)
			err = made.read(&into)("")
			if tc.want != "" {
				assert.EqualError(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, timingOf(written, seconds(60)), timingOf(into.logs[0], seconds(60)))
		})
	}
}

func TestLoadLong_IsTheThird(t *testing.T) {
	assert.Equal(t, "4.04", loadLong.FindStringSubmatch("0.35 1.20 4.04 2/300 99\n")[1])
}
