package release

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// flat is a configuration of a version, pinned to a number or not, with other keys.
func flat(version string, pinned int, more ...string) stacks.Source {
	source := stacks.Source{Values: map[string]string{prefix + "release.version": version}, Secrets: map[string]bool{}}
	if pinned > 0 {
		source.Values[prefix+"release.pins"] = fmt.Sprintf(`{"version":%q,"number":%d,"digests":{"backend":"sha256:x"}}`, version, pinned)
	}
	for i := 0; i < len(more); i += 2 {
		source.Values[prefix+more[i]] = more[i+1]
	}
	return source
}

// past makes a history from lines, oldest first: "v1.0.0 ok", "v1.0.0@1 failed" for pinned to release 1, "destroy ok part" with
// what it did to resources, where that is known: all of them deleted, a part of them, or all of them new.
func past(lines ...string) []Update {
	var history []Update
	for i, line := range lines {
		of, result, _ := strings.Cut(line, " ")
		version, number, pinned := strings.Cut(of, "@")
		n := 0
		if pinned {
			fmt.Sscan(number, &n)
		}
		result, changes, _ := strings.Cut(result, " ")
		update := ran(i, map[string]string{"ok": "succeeded", "failed": "failed", "running": "in-progress"}[result], flat(version, n))
		update.Changes = map[string]map[string]int{"all": {"delete": 257}, "part": {"delete": 1, "same": 256}, "new": {"create": 255}}[changes]
		if version == "destroy" || version == "refresh" {
			update.Kind, update.Config = version, flat("v9.9.9", 0)
		}
		history = append(history, update)
	}
	slices.Reverse(history)
	return history
}

func releases(versions ...string) []outputs.Record {
	var records []outputs.Record
	for i, version := range versions {
		records = append(records, record(i+1, version))
	}
	return records
}

func TestEntries_SayWhatEachUpdateWasAndWhichRelease(t *testing.T) {
	for name, row := range map[string]struct {
		history []Update
		ledger  []outputs.Record
		want    []string // newest first
	}{
		"nothing": {},
		"releases": {
			past("v1.0.0 ok", "v1.1.0 ok"), releases("v1.0.0", "v1.1.0"), []string{"v1.1.0 release 2", "v1.0.0 release 1"},
		},
		"one that failed, and then did not": {
			past("v1.0.0 ok", "v1.1.0 failed", "v1.1.0 ok"), releases("v1.0.0", "v1.1.0"),
			[]string{"v1.1.0 release 2", "v1.1.0 release -", "v1.0.0 release 1"},
		},
		"configuration only": {
			past("v1.0.0 ok", "v1.0.0 failed", "v1.0.0 ok"), releases("v1.0.0"),
			[]string{"v1.0.0 configuration only 1", "v1.0.0 configuration only -", "v1.0.0 release 1"},
		},
		"there and back, and forward": {
			past("v1.0.0 ok", "v1.1.0 ok", "v1.0.0@1 failed", "v1.0.0@1 ok", "v1.0.0@1 ok", "v1.1.0@2 ok", "v1.1.0 ok"),
			releases("v1.0.0", "v1.1.0", "v1.0.0", "v1.1.0"),
			[]string{
				"v1.1.0 release 4", "v1.1.0 rollback 4", "v1.0.0 configuration only 3", "v1.0.0 rollback 3", "v1.0.0 rollback -", "v1.1.0 release 2", "v1.0.0 release 1",
			},
		},
		"what was looked at or refreshed is no release": {past("v1.0.0 ok", "refresh ok"), releases("v1.0.0"), []string{"v1.0.0 release 1"}},
		"a stack that was destroyed begins anew": {
			past("v1.0.0 ok", "v1.1.0 ok", "destroy failed", "destroy ok", "v1.1.0 ok"), releases("v1.1.0"),
			[]string{"v1.1.0 release 1", "v9.9.9 destroy -", "v9.9.9 destroy -", "v1.1.0 release -", "v1.0.0 release -"},
		},
		"and that it was, its changes say as well": {
			past("v1.0.0 ok new", "destroy ok all", "v1.1.0 ok new"), releases("v1.1.0"),
			[]string{"v1.1.0 release 1", "v9.9.9 destroy -", "v1.0.0 release -"},
		},
		"and so does the update that found it empty": {
			past("v1.1.0 ok new", "destroy failed part", "v1.1.0 ok new"), releases("v1.1.0"),
			[]string{"v1.1.0 release 1", "v9.9.9 destroy -", "v1.1.0 release -"},
		},
		"one of which a part was destroyed goes on": {
			past("v1.0.0 ok new", "v1.1.0 ok", "destroy ok part", "v1.1.0 ok"), releases("v1.0.0", "v1.1.0"),
			[]string{"v1.1.0 configuration only 2", "v9.9.9 destroy -", "v1.1.0 release 2", "v1.0.0 release 1"},
		},
		"history of before there was a ledger": {
			past("v0.8.0 ok", "v0.9.0 ok", "v1.0.0 ok", "v1.1.0 ok"), releases("v1.0.0", "v1.1.0"),
			[]string{"v1.1.0 release 2", "v1.0.0 release 1", "v0.9.0 release -", "v0.8.0 release -"},
		},
		"one that runs": {past("v1.0.0 ok", "v1.1.0 running"), releases("v1.0.0"), []string{"v1.1.0 release -", "v1.0.0 release 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, entry := range Entries(row.history, row.ledger) {
				number := "-"
				if entry.Record != nil {
					number = fmt.Sprint(entry.Record.Number)
				}
				got = append(got, fmt.Sprintf("%s %s %s", entry.Version, entry.What, number))
			}
			assert.Equal(t, row.want, got)
		})
	}
}

// configured makes a history of configurations, oldest first, each written as version/key; "!" in front is an update that
// failed, "~" one that was limited to some resources.
func configured(lines ...string) (history []Update, fingerprints map[string]string) {
	fingerprints = map[string]string{}
	for i, line := range lines {
		of, failed := strings.CutPrefix(line, "!")
		of, limited := strings.CutPrefix(of, "~")
		version, value, _ := strings.Cut(of, "/")
		config := flat(version, 0, "owner", value)
		fingerprints[of] = config.Fingerprint()
		update := ran(i, map[bool]string{true: "failed", false: "succeeded"}[failed], config)
		update.Limited = limited
		history = append(history, update)
	}
	slices.Reverse(history)
	return history, fingerprints
}

// An update is known by the configuration that the release was verified with, not by its success: it may have been limited
// to other resources.
func TestEntries_AreTheUpdatesThatVerified(t *testing.T) {
	for name, row := range map[string]struct {
		lines  []string
		ledger []string   // each with the configurations that it was verified with
		want   [][]string // newest first: number or -, and what List shows
	}{
		"one that was limited, and released nothing": {
			[]string{"v1.0.0/a", "v1.2.0/a"}, []string{"v1.0.0/a"}, [][]string{{"-", "succeeded"}, {"1", "proven"}},
		},
		"one that was limited, and then released": {
			[]string{"v1.0.0/a", "~v1.2.0/a", "v1.2.0/a"}, []string{"v1.0.0/a", "v1.2.0/a"},
			[][]string{{"2", "proven"}, {"-", "succeeded"}, {"1", "proven"}},
		},
		"verified by the part that was left": {
			[]string{"v1.0.0/a", "!v1.2.0/a", "~v1.2.0/a"}, []string{"v1.0.0/a", "v1.2.0/a"},
			[][]string{{"2", "proven"}, {"-", "failed"}, {"1", "proven"}},
		},
		"a configuration that was never verified": {
			[]string{"v1.0.0/a", "v1.0.0/b", "v1.0.0/c"}, []string{"v1.0.0/a v1.0.0/c"}, [][]string{{"1", "proven"}, {"-", "succeeded"}, {"1", "proven"}},
		},
		"back to an old configuration, in a part": {
			[]string{"v1.0.0/a", "v1.1.0/a", "v1.0.0/a"}, []string{"v1.0.0/a", "v1.1.0/a"}, [][]string{{"-", "succeeded"}, {"2", "proven"}, {"1", "proven"}},
		},
		"verified, and failed by something else": {
			[]string{"v1.0.0/a", "!v1.1.0/a"}, []string{"v1.0.0/a", "v1.1.0/a"}, [][]string{{"2", "proven"}, {"1", "proven"}},
		},
		"failed, and then verified": {
			[]string{"v1.0.0/a", "!v1.1.0/a", "v1.1.0/a"}, []string{"v1.0.0/a", "v1.1.0/a"}, [][]string{{"2", "proven"}, {"-", "failed"}, {"1", "proven"}},
		},
		"an older program's releases": {
			[]string{"v0.9.0/a", "v1.0.0/a", "v1.1.0/a"}, []string{"v1.0.0", "v1.1.0/a"}, [][]string{{"2", "proven"}, {"1", "proven"}, {"-", "proven"}},
		},
		"a history that writes configuration in another way": {
			[]string{"v1.0.0/a", "v1.1.0/a"}, []string{"v1.0.0/x", "v1.1.0/x"}, [][]string{{"2", "proven"}, {"1", "proven"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			history, fingerprints := configured(row.lines...)
			var releases []outputs.Record
			for i, line := range row.ledger {
				of := record(i+1, strings.Split(strings.Fields(line)[0], "/")[0])
				for _, one := range strings.Fields(line) {
					if fingerprint, known := fingerprints[one]; known {
						of.Configurations = append(of.Configurations, fingerprint)
					} else if strings.Contains(one, "/") {
						of.Configurations = append(of.Configurations, "sha256:unknown")
					}
				}
				releases = append(releases, of)
			}
			var got [][]string
			for _, entry := range Entries(history, releases) {
				number := "-"
				if entry.Record != nil {
					number = fmt.Sprint(entry.Record.Number)
				}
				got = append(got, []string{number, entry.result()})
			}
			assert.Equal(t, row.want, got)
		})
	}
}

// File and S3 backends number no update, and no backend promises an order.
func TestEntries_AreOrderedByTime(t *testing.T) {
	history := past("v1.0.0 ok", "v1.1.0 ok", "v1.2.0 ok")
	slices.Reverse(history)
	var got []string
	for _, entry := range Entries(history, nil) {
		got = append(got, entry.Version)
	}
	assert.Equal(t, []string{"v1.2.0", "v1.1.0", "v1.0.0"}, got)
}

func TestReleaseOf_ReadsEitherSpelling(t *testing.T) {
	const pins = `{"version":"v1.0.0","number":2,"digests":{"backend":"sha256:x"}}`
	pinned := &stacks.Pins{Version: "v1.0.0", Number: 2, Digests: map[string]string{"backend": "sha256:x"}}
	for name, row := range map[string]struct {
		values  map[string]string
		version string
		pins    *stacks.Pins
	}{
		"keys of their own": {map[string]string{"release.version": "v1.0.0", "release.pins": pins}, "v1.0.0", pinned},
		"one object":        {map[string]string{"release": `{"version":"v1.0.0","pins":` + pins + `}`}, "v1.0.0", pinned},
		"both":              {map[string]string{"release": `{"version":"v1.0.0"}`, "release.pins": pins}, "v1.0.0", pinned},
		"pins of another":   {map[string]string{"release.version": "v1.1.0", "release.pins": pins}, "v1.1.0", nil},
		"no pins":           {map[string]string{"release.version": "v1.1.0"}, "v1.1.0", nil},
		"unreadable pins":   {map[string]string{"release.version": "v1.1.0", "release.pins": "[]"}, "v1.1.0", nil},
		"nothing":           {nil, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			source := stacks.Source{Values: map[string]string{}}
			for key, value := range row.values {
				source.Values[prefix+key] = value
			}
			version, got := releaseOf(source)
			assert.Equal(t, row.version, version)
			assert.Equal(t, row.pins, got)
		})
	}
}

func TestSetRelease_WritesWhereTheReleaseStands(t *testing.T) {
	pins := &stacks.Pins{Version: "v1.0.0", Number: 1, Digests: map[string]string{"backend": "sha256:x"}}
	for name, values := range map[string]map[string]string{
		"keys of their own": {prefix + "release.version": "v1.1.0"},
		"one object":        {prefix + "release": `{"version":"v1.1.0","gate":"staging","pins":{"version":"v0.1.0"}}`},
		"both":              {prefix + "release": `{"gate":"staging"}`, prefix + "release.version": "v1.1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, wanted := range []*stacks.Pins{pins, nil} {
				after := map[string]string{}
				for key, value := range values {
					after[key] = value
				}
				edits, err := setRelease(stacks.Source{Values: values}, "v1.0.0", wanted)
				require.NoError(t, err)
				for _, edit := range edits {
					if after[edit.Key] = engineText(t, edit.Value); edit.Remove {
						delete(after, edit.Key)
					}
				}
				version, got := releaseOf(stacks.Source{Values: after})
				assert.Equal(t, "v1.0.0", version)
				assert.Equal(t, wanted, got)
				assert.Equal(t, lookup(stacks.Source{Values: values}, "release", "gate"), lookup(stacks.Source{Values: after}, "release", "gate"))
			}
		})
	}
}

// engineText is a value as the engine passes it.
func engineText(t *testing.T, value any) string {
	t.Helper()
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
