package outputs

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReceipt_CoversOnlyTheOutputsItIsFor(t *testing.T) {
	out := example(t)
	assert.True(t, out.Receipt().Covers(out))
	assert.False(t, Verified{}.Covers(out))
	assert.False(t, Verified{}.Covers(Outputs{}), "nothing was verified of nothing")
	for name, change := range map[string]func(*Outputs){
		"version": func(o *Outputs) { o.Version = "v9.9.9" }, "number": func(o *Outputs) { o.Release.Number++ },
		"alarms": func(o *Outputs) { o.AlarmNames = o.AlarmNames[1:] }, "commit": func(o *Outputs) { o.Release.Commit = "0" },
		"configuration": func(o *Outputs) { o.Releases[0].Configurations[0] = "sha256:0" },
		"digest": func(o *Outputs) {
			service := o.Services["backend"]
			service.ImageDigest = "sha256:0"
			o.Services["backend"] = service
		},
	} {
		other := example(t)
		change(&other)
		assert.False(t, out.Receipt().Covers(other), name)
	}
}

// A receipt that was made elsewhere, of the same outputs written in another way, is the same.
func TestReceipt_KnowsNoSpelling(t *testing.T) {
	text, err := os.ReadFile("outputstest/example.json")
	require.NoError(t, err)
	var decoded map[string]any
	require.NoError(t, json.Unmarshal(text, &decoded))
	compact, err := json.Marshal(decoded) // other blanks, and keys in another order
	require.NoError(t, err)
	again, err := Parse(compact)
	require.NoError(t, err)
	assert.True(t, again.Receipt().Covers(example(t)))
}

func TestParseUpdateQuestion(t *testing.T) {
	text, err := os.ReadFile("outputstest/example.json")
	require.NoError(t, err)
	out, err := ParseUpdateQuestion([]byte(`{"outputs":` + string(text) + `}`))
	require.NoError(t, err)
	assert.Equal(t, example(t), out)
	for question, why := range map[string]string{
		`{"leftOut":["migration was run for a","b"]}`: "left out parts of it:\n  migration was run for a\n  b\nnext: run `pulumi up` without --target and --exclude",
		`{}`:                              "the stack has no outputs",
		`{"outputs":{}}`:                  "the stack has no outputs",
		`{"outputs":{"version":"v1"}}`:    "missing",
		`{"outputs":{},"surplus":1}`:      "not the JSON object that an update asks with",
		string(text):                      "not the JSON object that an update asks with",
		`{"leftOut":["a"]} {"more":true}`: "more text follows",
	} {
		_, err := ParseUpdateQuestion([]byte(question))
		require.ErrorContains(t, err, why, question)
	}
}
