package preflight

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/flowcomply/infrastructure/verify/outputs/outputstest"
)

// These tests are about which checks are made and which are left out. What each check does is tested beside it, and what the
// program asks for is tested there.

// example is a release that is built, with something running.
func example(t *testing.T) inputs.Preflight {
	t.Helper()
	before := outputstest.Example(t)
	return inputs.Preflight{
		Stack: "production", Version: "v1.1.0", Region: "ap-southeast-2", AccountID: "123456789012",
		Before: &before, VCPUs: &inputs.VCPUs{Rolling: 7, Scaled: 13}, Source: "../flowcomply", Digests: map[string]string{}, Skip: []string{},
		Contexts:   []inputs.BuildContext{{Folder: "backend", Dockerfile: "Dockerfile", Content: fakeaws.Digest}, {Folder: ".", Dockerfile: "deploy/Dockerfile"}},
		Migrations: "backend/prisma/migrations", Staging: ".local/contexts",
	}
}

// rollback is a rollback on the same stack.
func rollback(t *testing.T) inputs.Preflight {
	t.Helper()
	q := example(t)
	q.Version, q.Source, q.GoingBack, q.Digests = "v1.0.0", "", true, map[string]string{fakeaws.Repo: fakeaws.Digest}
	q.Contexts, q.Migrations, q.Staging = nil, "", ""
	return q
}

func with(q inputs.Preflight, edit func(*inputs.Preflight)) inputs.Preflight {
	edit(&q)
	return q
}

func TestPreflightChecks_AreThoseThatTheReleaseNeeds(t *testing.T) {
	first := with(example(t), func(q *inputs.Preflight) { q.Before = nil })
	for name, tc := range map[string]struct {
		question inputs.Preflight
		checks   []string
		omitted  []inputs.Skipped
	}{
		"a release": {example(t), []string{
			"account/123456789012", "quota/Fargate vCPUs", "checkout/v1.1.0", "builder/BuildKit", "secrets/stored", "certificate/issued", "mail/flowcomply.com", "alarms/state",
			"alarms/reach-notify", "alarms/reach-page", "deployments/backend", "deployments/frontend",
		}, []inputs.Skipped{{Group: "images", Why: "no image is pinned"}}},
		"the first": {first, []string{"account/123456789012", "quota/Fargate vCPUs", "checkout/v1.1.0", "builder/BuildKit"}, []inputs.Skipped{
			{Group: "secrets", Why: "nothing runs yet"}, {Group: "certificate", Why: "nothing runs yet"}, {Group: "mail", Why: "nothing runs yet"},
			{Group: "alarms", Why: "nothing runs yet"}, {Group: "deployments", Why: "nothing runs yet"}, {Group: "images", Why: "no image is pinned"},
		}},
		"going back": {rollback(t), []string{
			"account/123456789012", "secrets/stored", "certificate/issued", "mail/flowcomply.com", "images/flowcomply-backend",
		}, []inputs.Skipped{
			{Group: "quota", Why: "what is gone back to has run in this account"}, {Group: "checkout", Why: "nothing is built"}, {Group: "builder", Why: "nothing is built"}, {Group: "alarms", Why: "going back is the cure for it"},
			{Group: "deployments", Why: "going back is the cure for it"},
		}},
		"skipping": {with(example(t), func(q *inputs.Preflight) { q.Skip = []string{"mail", "alarms", "deployments", "secrets"} }), []string{
			"account/123456789012", "quota/Fargate vCPUs", "checkout/v1.1.0", "builder/BuildKit", "certificate/issued",
		}, []inputs.Skipped{
			{Group: "secrets", Why: byConfiguration, Risk: true, Skip: true}, {Group: "mail", Why: byConfiguration, Risk: true, Skip: true},
			{Group: "alarms", Why: byConfiguration, Risk: true, Skip: true}, {Group: "deployments", Why: byConfiguration, Risk: true, Skip: true},
			{Group: "images", Why: "no image is pinned"},
		}},
		"skipping what is not made": {with(rollback(t), func(q *inputs.Preflight) { q.Skip = []string{"alarms", "certificate"} }), []string{
			"account/123456789012", "secrets/stored", "mail/flowcomply.com", "images/flowcomply-backend",
		}, []inputs.Skipped{
			{Group: "quota", Why: "what is gone back to has run in this account"}, {Group: "checkout", Why: "nothing is built"}, {Group: "builder", Why: "nothing is built"}, {Group: "certificate", Why: byConfiguration, Risk: true, Skip: true},
			{Group: "alarms", Why: "going back is the cure for it"}, {Group: "deployments", Why: "going back is the cure for it"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, tc.question.Validate())
			var names []string
			for _, check := range Checks(tc.question, Clients{}, 0) {
				names = append(names, check.Group+"/"+check.Name)
				assert.NotNil(t, check.Run)
			}
			assert.Equal(t, tc.checks, names)
			assert.Equal(t, tc.omitted, tc.question.Skipped())
		})
	}
}

const byConfiguration = "the stack's configuration says so (flowcomply:preflight.skip)"

func TestPreflightChecks_WarnOfWhatAnOlderProgramDidNotTell(t *testing.T) {
	q := example(t)
	q.Before = &outputs.Outputs{Stack: "production", Region: "ap-southeast-2", AccountID: "123456789012", Version: "v0.9.0"}
	require.NoError(t, q.Validate())
	assert.Len(t, Checks(q, Clients{}, 0), 4, "account, quota, checkout and builder")
	missing := map[string]string{}
	for _, one := range q.Skipped() {
		if one.Risk {
			missing[one.Group] = one.Why
			assert.False(t, one.Skip)
		}
	}
	const old = "an older version of this program released what runs, and did not tell its "
	assert.Equal(t, map[string]string{
		"secrets": old + "smokeSecretArn", "certificate": old + "certificateArn", "mail": old + "mailIdentity",
		"alarms": old + "alarmNames", "deployments": old + "services",
	}, missing)
}

func TestSkippable_IsAllButAccountBuilderAndImages(t *testing.T) {
	for _, group := range inputs.Groups {
		assert.Equal(t, group != "account" && group != "builder" && group != "images", inputs.Skippable(group), group)
	}
	assert.False(t, inputs.Skippable("weather"))
}

func TestPreflightClients_AreInterfaces(t *testing.T) {
	typ := reflect.TypeFor[Clients]()
	for i := range typ.NumField() {
		assert.Equal(t, reflect.Interface, typ.Field(i).Type.Kind(), typ.Field(i).Name)
	}
}

func TestAccountCheck(t *testing.T) {
	signedInTo := func(account string) check.Result {
		clients := Clients{Caller: fakeaws.STS{Account: account}}
		return checktest.One(t, checksOf(inputs.AccountGroup, inputs.Preflight{AccountID: "123456789012"}, clients, 0)[0])
	}
	checktest.Expect(t, signedInTo("123456789012"), check.OK, "the credentials are for it")
	got := signedInTo("210987654321")
	checktest.Expect(t, got, check.FailedNow, "the credentials are for account 210987654321")
	assert.ErrorIs(t, got.Err, check.ErrAccess)
}

func TestHosts_AreSortedAndEachOnce(t *testing.T) {
	out := outputstest.Example(t)
	again := out.Services["backend"]
	out.Services["again"], out.Services["worker"] = again, outputs.Service{}
	assert.Equal(t, []string{"api.flowcomply.com", "flowcomply.com"}, out.Hosts())
}

func TestParseQuestion_KeepsEveryField(t *testing.T) {
	for _, want := range []inputs.Preflight{example(t), rollback(t), with(example(t), func(q *inputs.Preflight) { q.Before, q.Skip = nil, []string{"alarms"} })} {
		data, err := json.Marshal(want)
		require.NoError(t, err)
		got, err := inputs.ParsePreflight(data)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

// An older version of the program gives no contexts.
func TestParseQuestion_OfAnOlderProgram(t *testing.T) {
	q, err := inputs.ParsePreflight([]byte(`{"stack":"staging","version":"v1.0.0","region":"r","accountId":"123456789012","source":"../flowcomply"}`))
	require.NoError(t, err)
	assert.Equal(t, "../flowcomply", q.Source)
	assert.Empty(t, q.Contexts)
	skipped, is := q.SkippedFor(inputs.QuotaGroup)
	assert.True(t, is)
	assert.Equal(t, "nobody told how much it takes", skipped.Why)
}

func TestParseQuestion_RefusesWhatIsNoQuestion(t *testing.T) {
	for data, want := range map[string]string{
		"":                   "not the JSON object that preflight reads: EOF",
		"oops":               "not the JSON object",
		`[]`:                 "not the JSON object",
		`{"stak":"x"}`:       `unknown field "stak"`,
		`{"stack":"x"} {}`:   "more text follows",
		`{"before":{"a":1}}`: `unknown field "a"`,
		`{}`:                 "stack: is empty\nversion: is empty\nregion: is empty\naccountId: is \"\"; must be 12 digits",
	} {
		_, err := inputs.ParsePreflight([]byte(data))
		assert.ErrorContains(t, err, want, data)
	}
}

func TestQuestion_EachRuleCanFail(t *testing.T) {
	for want, edit := range map[string]func(*inputs.Preflight){
		"stack: is empty":                                  func(q *inputs.Preflight) { q.Stack, q.Before = "", nil },
		"version: is empty":                                func(q *inputs.Preflight) { q.Version = " " },
		"region: is empty":                                 func(q *inputs.Preflight) { q.Region, q.Before = "", nil },
		`accountId: is "1"; must be 12 digits`:             func(q *inputs.Preflight) { q.AccountID, q.Before = "1", nil },
		"before.version: is empty":                         func(q *inputs.Preflight) { q.Before.Version = "" },
		`before.stack: is "staging"; must be "production"`: func(q *inputs.Preflight) { q.Before.Stack = "staging" },
		`before.region: is "us-east-1"`:                    func(q *inputs.Preflight) { q.Before.Region = "us-east-1" },
		`before.accountId: is "210987654321"`:              func(q *inputs.Preflight) { q.Before.AccountID = "210987654321" },
		`digests: has the key "flowcomply-backend"`:        func(q *inputs.Preflight) { q.Digests = map[string]string{"flowcomply-backend": fakeaws.Digest} },
		`digests: has the key "` + fakeaws.Repo + `@`: func(q *inputs.Preflight) {
			q.Digests = map[string]string{fakeaws.Repo + "@" + fakeaws.Digest: fakeaws.Digest}
		},
		"digests." + fakeaws.Repo + `: is "v1.0.0"; must be`:                                        func(q *inputs.Preflight) { q.Digests = map[string]string{fakeaws.Repo: "v1.0.0"} },
		`skip[0]: is "account", which is always checked; it may be one of quota, checkout, secrets`: func(q *inputs.Preflight) { q.Skip = []string{"account"} },
		`contexts[0].folder: is ""; must be a path inside the folder that it is relative to`:        func(q *inputs.Preflight) { q.Contexts[0].Folder = "" },
		`contexts[1].folder: is "../other"; must be a path inside`:                                  func(q *inputs.Preflight) { q.Contexts[1].Folder = "../other" },
		`contexts[0].dockerfile: is "/Dockerfile"; must be a path inside`:                           func(q *inputs.Preflight) { q.Contexts[0].Dockerfile = "/Dockerfile" },
		`contexts[0].content: is "v1.0.0"; must be sha256: and 64 hex digits, or empty`:             func(q *inputs.Preflight) { q.Contexts[0].Content = "v1.0.0" },
		"vcpus: has 0 and 13; both must be above 0":                                                 func(q *inputs.Preflight) { q.VCPUs.Rolling = 0 },
		`migrations: is "/srv"; must be a path inside`:                                              func(q *inputs.Preflight) { q.Migrations = "/srv" },
		`source: is empty, and there are contexts or migrations`:                                    func(q *inputs.Preflight) { q.Source, q.Migrations = "", "" },
		`source: is empty, and there are contexts or migrations, which are relative to it`:          func(q *inputs.Preflight) { q.Source, q.Contexts = "", nil },
		`skip[1]: is "images", which is always checked`:                                             func(q *inputs.Preflight) { q.Skip = []string{"mail", "images"} },
		`skip[0]: is "weather", which is no check`:                                                  func(q *inputs.Preflight) { q.Skip = []string{"weather"} },
	} {
		t.Run(want, func(t *testing.T) {
			q := example(t)
			require.NoError(t, q.Validate())
			edit(&q)
			assert.ErrorContains(t, q.Validate(), want)
		})
	}
}
