package crash

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/harness"
	recovery "github.com/flowcomply/infrastructure/release/recover"
)

// These tests hold what is called wrong after a kill, by plain values. What a kill really leaves, the end-to-end test and
// `make soak` see.

const definition = "arn:aws:ecs:r:1:task-definition/backend:"

func sights() (before, after observation) {
	snapshot := harness.Call{Call: "rds:CreateDBSnapshot", Status: 200}
	before = observation{
		version: "v1.0.0", number: 4, calls: []harness.Call{snapshot}, images: map[string][]string{"backend": {"sha256:1"}},
		tagged: map[string]bool{definition + "4": true, "arn:aws:ec2:r:1:vpc/v": true},
	}
	after = observation{
		version: "v1.1.0", number: 5, calls: []harness.Call{snapshot, {Call: "rds:CreateDBSnapshot", Status: 400}, snapshot},
		images: map[string][]string{"backend": {"sha256:1", "sha256:2"}},
		tagged: map[string]bool{
			definition + "5": true, "arn:aws:ec2:r:1:vpc/v": true, "arn:aws:ecs:r:1:task/c/t": true,
			"arn:aws:rds:r:1:snapshot:flowcomply-local-pre-deploy-v1-1-0-5": true,
		},
		known: map[string]bool{definition + "5": true},
	}
	return before, after
}

func TestSince(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*observation)
		want   string // empty: nothing is wrong
	}{
		"a release":                     {func(*observation) {}, ""},
		"another one is proven":         {func(s *observation) { s.version = "v1.0.0" }, "the last proven release is v1.0.0, number 5; want v1.1.0, number 5"},
		"it was counted twice":          {func(s *observation) { s.number = 6 }, "number 6; want v1.1.0, number 5"},
		"a second snapshot":             {func(s *observation) { s.calls = append(s.calls, s.calls[0]) }, "2 snapshots were taken; want 1"},
		"no snapshot":                   {func(s *observation) { s.calls = s.calls[:1] }, "0 snapshots were taken; want 1"},
		"an image was built twice":      {func(s *observation) { s.images["backend"] = append(s.images["backend"], "sha256:3") }, "backend has 2 images more than before; want 1"},
		"a revision is nobody's":        {func(s *observation) { s.tagged[definition+"6"] = true }, definition + "6 was made, and is in no state"},
		"a snapshot that no release is": {func(s *observation) { s.tagged["arn:aws:rds:r:1:snapshot:other"] = true }, "snapshot:other was made"},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := sights()
			row.change(&after)
			err := after.since(before, "v1.1.0")
			if row.want == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, row.want)
			}
		})
	}
}

func TestTextsIn(t *testing.T) {
	state, err := recovery.ParseState([]byte(`{"version":3,"deployment":{"resources":[
	  {"urn":"urn:a","type":"a","id":"i-1","inputs":{"name":"unknown"},"outputs":{"arn":"arn:1","list":[{"deep":"arn:2"}],"count":3}}]}}`))
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"i-1": true, "arn:1": true, "arn:2": true}, textsIn(state))
}

func TestRound_SaysWhatWasCutOff(t *testing.T) {
	assert.Equal(t, "nothing was under way", round{}.interrupted())
	assert.Equal(t, "creating a, updating b", round{cut: []string{"creating a", "updating b"}}.interrupted())
}
