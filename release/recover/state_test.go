package recovery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what is read from a state, and what becomes of it. They do not prove that an engine takes the result: the
// test with the real CLI does.

const (
	stackURN    = "urn:pulumi:production::flowcomply::pulumi:pulumi:Stack::flowcomply-production"
	providerURN = "urn:pulumi:production::flowcomply::pulumi:providers:aws::aws"
	keyURN      = "urn:pulumi:production::flowcomply::flowcomply:key:Key$aws:kms/key:Key::data"
	topicURN    = "urn:pulumi:production::flowcomply::flowcomply:notification:Topics$aws:sns/topic:Topic::alerts-page"
	groupURN    = "urn:pulumi:production::flowcomply::flowcomply:service:Service$aws:lb/targetGroup:TargetGroup::backend-target"
)

// exported is a state with a topic, a target group on its way out, and a key that was being created.
const exported = `{"version":3,"later":"kept","deployment":{
  "manifest":{"time":"2026-11-26T01:00:00Z","magic":"m","version":"v3.259.0"},
  "secrets_providers":{"type":"passphrase","state":{"salt":"v1:x"}},
  "resources":[
    {"urn":"` + stackURN + `","custom":false,"type":"pulumi:pulumi:Stack"},
    {"urn":"` + providerURN + `","custom":true,"id":"p-1","type":"pulumi:providers:aws","parent":"` + stackURN + `","inputs":{
      "region":"ap-southeast-2","allowedAccountIds":"[\"123456789012\"]","defaultTags":"{\"tags\":{\"stack\":\"flowcomply-production\"}}"}},
    {"urn":"` + topicURN + `","custom":true,"id":"arn:aws:sns:ap-southeast-2:123456789012:alerts-page-1","type":"aws:sns/topic:Topic",
      "inputs":{"n":12345678901234567890},"outputs":{"arn":"arn:aws:sns:ap-southeast-2:123456789012:alerts-page-1"}}
  ],
  "pending_operations":[
    {"type":"creating","resource":{"urn":"` + keyURN + `","custom":true,"type":"aws:kms/key:Key","parent":"` + stackURN + `",
      "dependencies":["` + topicURN + `"],"provider":"` + providerURN + `::p-1","inputs":{"description":"data","deletionWindowInDays":30},
      "outputs":{"description":"data"}}},
    {"type":"updating","resource":{"urn":"` + topicURN + `","custom":true,"type":"aws:sns/topic:Topic"}}
  ]}}`

func parsed(t *testing.T, text string) State {
	t.Helper()
	state, err := ParseState([]byte(text))
	require.NoError(t, err)
	return state
}

func TestState_IsRead(t *testing.T) {
	state := parsed(t, exported)
	assert.Len(t, state.Resources(), 3)
	assert.Equal(t, time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC), state.Written())
	account, found := state.Account()
	assert.True(t, found)
	assert.Equal(t, Account{ID: "123456789012", Region: "ap-southeast-2", Tag: "flowcomply-production"}, account)
	pending := state.Pending()
	require.Len(t, pending, 2)
	assert.Equal(t, "creating aws:kms/key:Key data", pending[0].String())
	assert.Equal(t, "updating aws:sns/topic:Topic alerts-page", pending[1].String())
	assert.Empty(t, state.Unread())

	_, found = parsed(t, `{"deployment":{}}`).Account()
	assert.False(t, found)
	_, err := ParseState([]byte(`{}`))
	require.ErrorContains(t, err, "was it written by `pulumi stack export`?")
	_, err = ParseState([]byte(`no`))
	require.ErrorContains(t, err, "state: ")
}

func TestImportCreated_TakesWhatWasCreatedAndKeepsTheRest(t *testing.T) {
	state := parsed(t, exported)
	imported, err := importCreated(state, []Decision{{Operation: state.Pending()[0], Do: Importing, ID: "k-1"}, {Operation: state.Pending()[1], Do: Rereading}})
	require.NoError(t, err)
	assert.Len(t, state.Pending(), 2, "the state that was given is left as it was")
	assert.Empty(t, imported.Pending())
	require.Len(t, imported.Resources(), 4)
	key := imported.Resources()[3]
	assert.Equal(t, keyURN, key.URN())
	assert.Equal(t, "k-1", key.ID())
	assert.Equal(t, "data", key.Inputs()["description"])
	assert.Empty(t, key.Outputs(), "they are not what AWS said, but what the engine expected")
	assert.Equal(t, []Resource{key}, imported.Unread())
	text, err := imported.JSON()
	require.NoError(t, err)
	for _, kept := range []string{`"later":"kept"`, `"salt":"v1:x"`, `12345678901234567890`} {
		assert.Contains(t, string(text), kept)
	}
}

// groups is a state in which a target group is being replaced, with what else is said of the old one.
func groups(t *testing.T, old string) State {
	t.Helper()
	return parsed(t, `{"deployment":{"resources":[
	  {"urn":"`+stackURN+`","type":"pulumi:pulumi:Stack"},
	  {"urn":"`+groupURN+`","type":"aws:lb/targetGroup:TargetGroup","id":"old"`+old+`},
	  {"urn":"urn:dependent","type":"x","dependencies":["`+groupURN+`"]}],
	"pending_operations":[{"type":"creating","resource":{"urn":"`+groupURN+`","type":"aws:lb/targetGroup:TargetGroup","parent":"`+stackURN+`"}}]}}`)
}

func ids(state State) []string {
	var all []string
	for _, one := range state.Resources() {
		text := one.ID()
		if one["delete"] == true {
			text += " to be deleted"
		}
		all = append(all, text)
	}
	return all
}

func TestImportCreated_GoesOnWithAReplacement(t *testing.T) {
	for name, row := range map[string]struct {
		old  string
		want []string
	}{
		"that deletes afterwards":      {``, []string{"", "new", "old to be deleted", ""}},
		"that deleted first":           {`,"pendingReplacement":true`, []string{"", "new", ""}},
		"of which one waits from then": {`,"delete":true`, []string{"", "old to be deleted", "", "new"}},
	} {
		t.Run(name, func(t *testing.T) {
			state := groups(t, row.old)
			imported, err := importCreated(state, []Decision{{Operation: state.Pending()[0], Do: Importing, ID: "new"}})
			require.NoError(t, err)
			assert.Equal(t, row.want, ids(imported))
		})
	}
}

func TestImportCreated_RefusesAnOrderThatNoEngineTakes(t *testing.T) {
	state := groups(t, "")
	state.Pending()[0].Resource["dependencies"] = []any{"urn:dependent"}
	_, err := importCreated(state, []Decision{{Operation: state.Pending()[0], Do: Importing, ID: "new"}})
	require.ErrorContains(t, err, "it needs urn:dependent, which is not before it in the state")
}

func TestComplete_PutsBackWhatAWSDoesNotTell(t *testing.T) {
	state := parsed(t, exported)
	decisions := []Decision{{Operation: state.Pending()[0], Do: Importing, ID: "k-1"}, {Operation: state.Pending()[1], Do: Rereading}}
	imported, err := importCreated(state, decisions)
	require.NoError(t, err)
	_, read, err := Complete(imported, decisions)
	require.NoError(t, err)
	assert.Empty(t, read, "it was not read")

	key := imported.Resources()[3]
	key["inputs"], key["outputs"] = map[string]any{"description": "data", "keyUsage": "ENCRYPT_DECRYPT"}, map[string]any{
		"description": "data", "arn": "a",
		"__pulumi_raw_state_delta": map[string]any{"obj": map[string]any{"ps": map[string]any{"deletionWindowInDays": "was nothing", "tags": "an empty map"}}},
	}
	complete, read, err := Complete(imported, decisions)
	require.NoError(t, err)
	assert.Len(t, read, 1)
	key = complete.Resources()[3]
	assert.Equal(t, state.Pending()[0].Resource.Inputs(), key.Inputs(), "the program's own")
	assert.Equal(t, key.Inputs()["deletionWindowInDays"], key.Outputs()["deletionWindowInDays"], "AWS keeps it to itself")
	assert.Equal(t, map[string]any{"obj": map[string]any{"ps": map[string]any{"tags": "an empty map"}}}, key.Outputs()["__pulumi_raw_state_delta"],
		"and the provider no longer takes it for nothing")
}

func TestRestoreWriteOnly_NotesWhatTerraformHasAsAList(t *testing.T) {
	noted := func() map[string]any {
		return map[string]any{rawState: map[string]any{"obj": map[string]any{"ps": map[string]any{"restoreToPointInTime": "was nothing", "password": "was nothing"}}}}
	}
	outputs := noted()
	restoreWriteOnly(outputs, "restoreToPointInTime", map[string]any{"restoreTime": "t"})
	restoreWriteOnly(outputs, "password", map[string]any{secretMark: "…", "ciphertext": "v1:x"})
	assert.Equal(t, map[string]any{
		rawState:               map[string]any{"obj": map[string]any{"ps": map[string]any{"restoreToPointInTime": listOfOne}}},
		"restoreToPointInTime": map[string]any{"restoreTime": "t"}, "password": map[string]any{secretMark: "…", "ciphertext": "v1:x"},
	}, outputs)
	outputs = map[string]any{} // of a provider without notes
	restoreWriteOnly(outputs, "restoreToPointInTime", map[string]any{"restoreTime": "t"})
	assert.Equal(t, map[string]any{"restoreToPointInTime": map[string]any{"restoreTime": "t"}}, outputs)
}
