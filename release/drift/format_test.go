package drift

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release"
	recovery "github.com/flowcomply/infrastructure/release/recover"
	"github.com/flowcomply/infrastructure/stacks"
)

// sample has one item of each kind, one that is expected, one expectation that is over and one that nothing fits.
func sample() Drift {
	return Compare(Sources{
		Stack: "production", Commit: "0123456789abcdef0123456789abcdef01234567", Now: noon, Classify: ByType,
		Refresh: []release.Event{
			read("update", inType, "backend-database-in", properties{"cidrIpv4": "10.0.0.0/16"}, properties{"cidrIpv4": "0.0.0.0/0"}),
			read("update", serviceType, "backend", properties{"desiredCount": 2.0}, properties{"desiredCount": 4.0}),
			read("delete", alarmType, "backend-alarms-cpu", properties{}, nil),
			same(roleType, "backend-task", properties{"id": "task"}, properties{"id": "task", "managedPolicyArns": []any{"arn:aws:iam::aws:policy/AdministratorAccess"}}),
			read("update", alarmType, "odd", properties{"alarmDescription": "a"}, properties{"alarmDescription": "<b>*bold* | @all</b>\x1b[31m"}),
		},
		Preview:   []release.Event{planned("update", "aws:budgets/budget:Budget", "budget", properties{"limitAmount": "100"}, properties{"limitAmount": "200"})},
		Untracked: []recovery.Candidate{{Type: "aws:ec2/subnet:Subnet", ID: "subnet-0123"}},
		Expected: []stacks.ExpectedDrift{
			{Path: serviceType + "::backend#desiredCount", Reason: "load test until Friday; platform", Until: "2026-12-04"},
			{Path: alarmType + "::mail-bounce-rate", Reason: "a newsletter", Until: "2026-11-01"},
			{Path: "aws:kms/key:Key::data", Reason: "rotated by hand", Until: "2026-12-31"},
		},
	})
}

// UPDATE_GOLDEN=1 go test ./release/drift writes the goldens; read the difference.
func TestFormats_AreTheGoldens(t *testing.T) {
	for name, found := range map[string]Drift{"drift": sample(), "none": Compare(Sources{Stack: "staging", Now: noon})} {
		writers := map[string]func(*bytes.Buffer) error{"html": func(b *bytes.Buffer) error { return found.HTML(b) }}
		for ending, format := range map[string]Format{"txt": Terminal, "md": Markdown, "json": JSON} {
			writers[ending] = func(b *bytes.Buffer) error { return found.Write(b, format) }
		}
		for ending, write := range writers {
			var b bytes.Buffer
			require.NoError(t, write(&b))
			file := filepath.Join("testdata", name+"."+ending)
			got := strings.Replace(b.String(), string(found.Style()), "", 1) // the look is deploylog's
			if os.Getenv("UPDATE_GOLDEN") == "1" {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), got, file)
		}
	}
}

func TestWrite_RefusesAnUnknownFormat(t *testing.T) {
	assert.EqualError(t, Drift{}.Write(&bytes.Buffer{}, "yaml"), `format "yaml": unknown; it is one of [terminal json markdown]`)
}

// What is read as JSON again is the same, so that a later step can use it.
func TestJSON_IsWhole(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, sample().Write(&b, JSON))
	var again Drift
	require.NoError(t, json.Unmarshal(b.Bytes(), &again))
	assert.Equal(t, sample(), again)
}
