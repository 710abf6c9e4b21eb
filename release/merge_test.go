package release

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/stackfile"
	"github.com/flowcomply/infrastructure/stacks"
)

// merged is production's stack file of now, with the edits of going back to then; both are real files with replacements.
func merged(t *testing.T, now, then string) (string, []string) {
	t.Helper()
	edits, changes := Merge(config(t, now), config(t, then))
	text, err := stackfile.Apply([]byte(now), edits)
	require.NoError(t, err)
	var said []string
	for _, change := range changes {
		line := fmt.Sprintf("%s: %s → %s", change.Key, change.Now, change.Then)
		if change.NonRevertible != "" {
			line += " stays"
		}
		said = append(said, line)
	}
	return string(text), said
}

const secretsLine = "secrets: [ANTHROPIC_API_KEY, DATABASE_URL, JWT_SECRET, REDIS_URL]"

func TestMerge_GoesBackInAllButWhatStays(t *testing.T) {
	for name, row := range map[string]struct {
		now, then []string // replacements in production's file: old, new, …
		want      []string // the resulting file's; nil: as then
		said      []string
	}{
		"nothing differs": {},
		"a word, a number, a list": {
			now:  []string{"LOG_LEVEL: info", "LOG_LEVEL: debug", "maxTasks: 10", "maxTasks: 12", "writable: [/tmp]", "writable: [/data, /tmp]"},
			said: []string{"services.backend.environment.LOG_LEVEL: debug → info", "services.backend.maxTasks: 12 → 10", `services.backend.writable: ["/data","/tmp"] → ["/tmp"]`},
		},
		"a variable that came, and one that went": {
			now:  []string{"LOG_LEVEL: info\n", "NEW: x\n"},
			then: []string{}, said: []string{"services.backend.environment.LOG_LEVEL: none → info", "services.backend.environment.NEW: x → none"},
			want: []string{"        LOG_LEVEL: info\n        RATE_LIMIT_MAX: \"100\" # requests of one address; the firewall's limit is derived from these two\n        RATE_LIMIT_WINDOW_MS: \"900000\" # 15 minutes\n",
				"        RATE_LIMIT_MAX: \"100\" # requests of one address; the firewall's limit is derived from these two\n        RATE_LIMIT_WINDOW_MS: \"900000\" # 15 minutes\n        LOG_LEVEL: info\n"},
		},
		"what the stack is, and what a lower value would destroy": {
			now: []string{
				"owner: platform", "owner: other", "storageGiB: 100", "storageGiB: 200", "backupDays: 35", "backupDays: 30", "passwordRotation: 0", "passwordRotation: 1",
				`engineVersion: "16"`, `engineVersion: "17"`, "rotation: 0", "rotation: 4", "keepReleases: 50", "keepReleases: 60", "onFailure: rollback", "onFailure: ask",
			},
			want: []string{
				"storageGiB: 100", "storageGiB: 200", "backupDays: 35", "backupDays: 30", "passwordRotation: 0", "passwordRotation: 1",
				`engineVersion: "16"`, `engineVersion: "17"`, "rotation: 0", "rotation: 4", "keepReleases: 50", "keepReleases: 60", "onFailure: rollback", "onFailure: ask",
			},
			said: []string{
				"database.backupDays: 30 → 35 stays", "database.engineVersion: 17 → 16 stays", "database.passwordRotation: 1 → 0 stays", "database.storageGiB: 200 → 100 stays",
				"owner: other → platform", "registry.keepReleases: 60 → 50 stays", "release.onFailure: ask → rollback stays", "secrets.JWT_SECRET.rotation: 4 → 0 stays",
			},
		},
		"a secret that came stays, with whom it is for": {
			now:  []string{secretsLine, strings.Replace(secretsLine, "]", ", SIGNING_KEY]", 1), "    SMOKE_USER: #", "    SIGNING_KEY:\n      source: generated\n    SMOKE_USER: #"},
			want: []string{secretsLine, strings.Replace(secretsLine, "]", ", SIGNING_KEY]", 1), "    SMOKE_USER: #", "    SIGNING_KEY:\n      source: generated\n    SMOKE_USER: #"},
			said: []string{`secrets.SIGNING_KEY: {"source":"generated"} → none stays`},
		},
		"a connection string stays with its access": {
			then: []string{"secrets: []", "secrets: []", secretsLine, strings.Replace(secretsLine, ", REDIS_URL", "", 1), "access: [cache, database", "access: [database", "    REDIS_URL:\n      source: cache\n", ""},
			want: []string{"access: [cache, database, documents, mail]", "access: [database, documents, mail, cache]"},
			said: []string{`secrets.REDIS_URL: {"source":"cache"} → none stays`, `services.backend.access: ["cache","database","documents","mail"] → ["database","documents","mail","cache"]`},
		},
		"a secret that went comes back": {
			now: []string{secretsLine, strings.Replace(secretsLine, "JWT_SECRET, ", "", 1), "    JWT_SECRET:\n      source: generated\n      bytes: 64\n      rotation: 0 # the next number makes a new one, and signs everybody out\n", ""},
			want: []string{"    JWT_SECRET:\n      source: generated\n      bytes: 64\n      rotation: 0 # the next number makes a new one, and signs everybody out\n", "",
				"      source: operator\n  flowcomply:alerts", "      source: operator\n    JWT_SECRET:\n      bytes: 64\n      rotation: 0\n      source: generated\n  flowcomply:alerts"},
			said: []string{`secrets.JWT_SECRET: none → {"bytes":64,"rotation":0,"source":"generated"}`,
				`services.backend.secrets: ["ANTHROPIC_API_KEY","DATABASE_URL","REDIS_URL"] → ["ANTHROPIC_API_KEY","DATABASE_URL","JWT_SECRET","REDIS_URL"…`},
		},
		"the program has more sections than it had, and fewer": {
			then: []string{"  flowcomply:preflight:\n    skip: []\n", "  flowcomply:retired:\n    on: true\n", "    emails:\n", "    mood: good\n    emails:\n", "    scope: stack # staging shares the account\n", ""},
			want: []string{},
			said: []string{"alerts.mood: none → good stays", "budget.scope: stack → none stays", `preflight: {"skip":[]} → none stays`, `retired: none → {"on":true} stays`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			then := fileText(t, row.then...)
			text, said := merged(t, fileText(t, row.now...), then)
			wanted := then
			if row.want != nil {
				wanted = fileText(t, row.want...)
			}
			assert.Equal(t, wanted, text)
			assert.Equal(t, row.said, said)
			_, err := stacks.Load(config(t, text))
			require.NoError(t, err)
		})
	}
}

// Neither configuration has a secret's value, and neither says what becomes of it.
func TestMerge_NeverTouchesASecret(t *testing.T) {
	hidden := func(version string, keys ...string) stacks.Source {
		source := flat(version, 0)
		for _, key := range keys {
			source = source.WithSecret(prefix + key)
		}
		return source
	}
	for name, row := range map[string][2]stacks.Source{
		"it came":        {hidden("v1.1.0", "KEY"), hidden("v1.1.0")},
		"it went":        {hidden("v1.1.0"), hidden("v1.1.0", "KEY")},
		"it is another":  {hidden("v1.1.0", "KEY"), hidden("v1.1.0", "KEY").With(prefix+"KEY", "")},
		"it became one":  {hidden("v1.1.0", "owner"), flat("v1.1.0", 0, "owner", "platform")},
		"it was one":     {flat("v1.1.0", 0, "owner", "platform"), hidden("v1.1.0", "owner")},
		"nobody of ours": {flat("v1.1.0", 0).With("pulumi:tags", "{}"), flat("v1.1.0", 0).With("aws:region", "x")},
	} {
		t.Run(name, func(t *testing.T) {
			edits, changes := Merge(row[0], row[1])
			assert.Empty(t, edits)
			assert.Empty(t, changes)
		})
	}
}

// Each row of what stays is about something that there is.
func TestNonRevertibleKeys_NamesKeysOfTheSpec(t *testing.T) {
	paths := keysIn(reflect.TypeFor[stacks.Spec](), "")
	for _, row := range nonRevertibleKeys {
		found := false
		for _, path := range paths {
			suffix, anywhere := strings.CutPrefix(row.path, "**")
			found = found || anywhere && strings.HasSuffix(path, suffix) || path == row.path
		}
		assert.True(t, found, row.path)
	}
}

func keysIn(of reflect.Type, prefix string) []string {
	switch of.Kind() {
	case reflect.Pointer:
		return keysIn(of.Elem(), prefix)
	case reflect.Map:
		return append([]string{prefix + "*"}, keysIn(of.Elem(), prefix+"*.")...)
	case reflect.Struct:
		var out []string
		for i := range of.NumField() {
			key, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			out = append(append(out, prefix+key), keysIn(of.Field(i).Type, prefix+key+".")...)
		}
		return out
	default: // has no keys
		return nil
	}
}

func TestKeyInSchema_IsWhatTheProgramHasAndNeeds(t *testing.T) {
	for path, want := range map[string][2]bool{
		"owner": {true, true}, "teardown": {true, false}, "database.class": {true, true}, "database.nonsense": {false, false}, "nonsense": {false, false},
		"services.anything": {true, false}, "services.x.cpu": {true, true}, "services.x.route": {true, false}, "services.x.environment.ANY": {true, false},
		"services.x.secrets.deeper": {false, false},
	} {
		has, needs := keyInSchema(strings.Split(path, "."))
		assert.Equal(t, want, [2]bool{has, needs}, path)
	}
}
