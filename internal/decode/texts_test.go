package decode

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests prove the loader on types of their own: what is read, what is refused, and in which words. They do not
// prove that the sections of package stacks are the right ones, nor what the engine passes to a program.

type store struct {
	Class      string  `json:"class"`
	StorageGiB int     `json:"storageGiB"`
	Share      float64 `json:"share,omitempty"`
	MultiAZ    bool    `json:"multiAz"`
}

type worker struct {
	CPU   int               `json:"cpu"`
	Env   map[string]string `json:"env,omitempty"`
	Ports []int             `json:"ports,omitempty"`
}

type shape struct {
	Mode    string            `json:"mode"`
	Count   int               `json:"count,omitempty"`
	Store   store             `json:"store"`
	Spare   *store            `json:"spare,omitempty"`
	Workers map[string]worker `json:"workers,omitempty"`
	Hidden  string            `json:"-"`
}

const goodStore = `{"class":"small","storageGiB":20,"multiAz":true}`

// shown are the lines as a loader prints them, each key behind its namespace.
func shown(problems Problems) []string {
	for i := range problems {
		problems[i].Path = "x:" + problems[i].Path
	}
	return problems.Lines()
}

func TestTexts_ReadsEveryKindOfValue(t *testing.T) {
	var got shape
	problems := Texts(map[string]string{
		"mode":    "5", // text stays text, whatever it looks like
		"count":   "7",
		"store":   `{"class":"small","storageGiB":20,"share":0.5,"multiAz":true}`,
		"spare":   goodStore,
		"workers": `{"api":{"cpu":256,"env":{"PORT":"3001"},"ports":[1,2]}}`,
	}, nil, &got)

	require.Empty(t, problems)
	assert.Equal(t, shape{
		Mode: "5", Count: 7,
		Store:   store{"small", 20, 0.5, true},
		Spare:   &store{"small", 20, 0, true},
		Workers: map[string]worker{"api": {CPU: 256, Env: map[string]string{"PORT": "3001"}, Ports: []int{1, 2}}},
	}, got)
}

func TestTexts_DottedKeysReachIntoTheirSection(t *testing.T) {
	var got shape
	problems := Texts(map[string]string{
		"mode":             "full",
		"store":            `{"class":"small","multiAz":true}`,
		"store.storageGiB": "20",
		"workers.api.cpu":  "256",
		"spare.class":      "{not json}", "spare.storageGiB": "1", "spare.multiAz": "false",
	}, nil, &got)

	require.Empty(t, problems)
	assert.Equal(t, store{"small", 20, 0, true}, got.Store)
	assert.Equal(t, &store{"{not json}", 1, 0, false}, got.Spare)
	assert.Equal(t, map[string]worker{"api": {CPU: 256}}, got.Workers)
}

func TestTexts_RefusesWhatItDoesNotUnderstand(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for name, tc := range map[string]struct {
		key, value string
		want       string
	}{
		"misspelt section":        {"wokers", "{}", `x:wokers: is not known (did you mean workers?); allowed: mode, count, store, spare, workers`},
		"swapped letters":         {"mdoe", "full", `x:mdoe: is not known (did you mean mode?); allowed: mode, count, store, spare, workers`},
		"nothing like it":         {"kubernetes", "{}", `x:kubernetes: is not known; allowed: mode, count, store, spare, workers`},
		"other case":              {"spare", `{"Class":"a","storageGiB":1,"multiAz":true}`, `x:spare.Class: is not known (did you mean class?); allowed: class, storageGiB, share, multiAz` + "\nx:spare.class: is missing; allowed: text"},
		"field that is no key":    {"Hidden", "x", `x:Hidden: is not known; allowed: mode, count, store, spare, workers`},
		"missing":                 {"spare", `{"storageGiB":1,"multiAz":true}`, `x:spare.class: is missing; allowed: text`},
		"missing in a map":        {"workers", `{"api":{}}`, `x:workers.api.cpu: is missing; allowed: a whole number`},
		"given twice":             {"spare", `{"class":"a","class":"b","storageGiB":1,"multiAz":true}`, `x:spare.class: is given twice; allowed: each key once`},
		"number for text":         {"spare", `{"class":16,"storageGiB":1,"multiAz":true}`, `x:spare.class: must be text, is a number: put it in quotes`},
		"text for number":         {"spare", `{"class":"a","storageGiB":"1","multiAz":true}`, `x:spare.storageGiB: must be a whole number, is text`},
		"text for truth":          {"spare", `{"class":"a","storageGiB":1,"multiAz":"true"}`, `x:spare.multiAz: must be true or false, is text`},
		"nothing":                 {"spare", `{"class":null,"storageGiB":1,"multiAz":true}`, `x:spare.class: must be text, is empty`},
		"fraction":                {"count", "1.5", `x:count: must be a whole number, is a fraction or too large`},
		"huge":                    {"count", "99999999999999999999", `x:count: must be a whole number, is a fraction or too large`},
		"huge fraction":           {"spare", `{"class":"a","storageGiB":1,"multiAz":true,"share":1e999}`, `x:spare.share: must be a number, is too large for one`},
		"NaN":                     {"count", "NaN", `x:count: must be a whole number, is text`},
		"no JSON":                 {"workers", "{", `x:workers: must be an object: name to an object with cpu, env, ports, is text`},
		"two documents":           {"workers", "{}{}", `x:workers: must be an object: name to an object with cpu, env, ports, is text`},
		"no UTF-8":                {"workers", "{\"\xff\":{}}", `x:workers: must be an object: name to an object with cpu, env, ports, is text`},
		"deep":                    {"workers", deep, `x:workers: must be an object: name to an object with cpu, env, ports, is text`},
		"list for object":         {"workers", "[]", `x:workers: must be an object: name to an object with cpu, env, ports, is a list`},
		"wrong list item":         {"workers", `{"api":{"cpu":1,"ports":[1,"2"]}}`, `x:workers.api.ports[1]: must be a whole number, is text`},
		"name with a line break":  {"workers", `{"a\nb":{}}`, `x:workers."a\nb".cpu: is missing; allowed: a whole number`},
		"dotted, unknown":         {"store.storageGib2", "1", `x:store.storageGib2: is not known (did you mean storageGiB?); allowed: class, storageGiB, share, multiAz`},
		"dotted, given twice":     {"store.class", "big", `x:store.class: is given twice: by a key of its own, and inside store; allowed: one of the two`},
		"dotted, wrong type":      {"store.share", "lots", `x:store.share: must be a number, is text`},
		"dotted, inside text":     {"mode.x", "1", `x:mode.x: cannot be set inside mode, which is no object`},
		"dotted, nothing between": {"store..class", "1", `x:store."": is not known; allowed: class, storageGiB, share, multiAz`},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{"mode": "full", "store": goodStore, tc.key: tc.value}
			problems := Texts(values, nil, &shape{})
			assert.Equal(t, tc.want, strings.Join(shown(problems), "\n"))
		})
	}
}

func TestTexts_FindsEverythingInOneRun(t *testing.T) {
	problems := Texts(map[string]string{
		"stoer": "{}",
		"spare": `{"storageGiB":"x","extra":1}`,
	}, nil, &shape{})

	assert.Equal(t, []string{
		"x:mode: is missing; allowed: text",
		"x:spare.class: is missing; allowed: text",
		"x:spare.extra: is not known; allowed: class, storageGiB, share, multiAz",
		"x:spare.multiAz: is missing; allowed: true or false",
		"x:spare.storageGiB: must be a whole number, is text",
		"x:stoer: is not known (did you mean store?); allowed: mode, count, store, spare, workers",
		"x:store: is missing; allowed: an object with class, storageGiB, share, multiAz",
	}, shown(problems))
}

func TestTexts_KeepsClosedWhatMustNotBeRead(t *testing.T) {
	problems := Texts(map[string]string{"mode": "full"}, map[string]string{
		"store": "is a secret", "spare.class": "is a secret", "extra": "is a secret",
	}, &shape{})

	assert.Equal(t, []string{
		"x:extra: is not known; allowed: mode, count, store, spare, workers",
		"x:spare.class: is a secret",
		"x:spare.multiAz: is missing; allowed: true or false",
		"x:spare.storageGiB: is missing; allowed: a whole number",
		"x:store: is a secret",
	}, shown(problems))
}

func TestMerge_AddsProblemsOnlyWhereThereIsAValue(t *testing.T) {
	problems := Texts(map[string]string{"mode": "full", "store": `{"class":1,"storageGiB":5}`}, nil, &shape{})
	for _, found := range []Problem{
		{Path: "store.class", Why: `"" is not known`, Allowed: "small, large"},
		{Path: "store.storageGiB", Why: "5 is out of range", Allowed: "20 to 65536"},
		{Path: "store.multiAz", Why: "must be true", Allowed: "true"},
		{Path: "store.storageGiB", Why: "5 is out of range", Allowed: "20 to 65536"},
		{Path: "store.storageGiB", Why: "5 is less than production needs"},
		{Path: "workers.a\nb", Why: "is odd"},
	} {
		problems.Merge(found)
	}

	assert.Equal(t, []string{
		"x:store.class: must be text, is a number: put it in quotes",
		"x:store.multiAz: is missing; allowed: true",
		"x:store.storageGiB: 5 is less than production needs",
		"x:store.storageGiB: 5 is out of range; allowed: 20 to 65536",
		`x:workers.a\nb: is odd`,
	}, shown(problems))
}

// FuzzTexts proves that no text makes the decoder panic, and that two runs say the same, one line a problem, none twice.
func FuzzTexts(f *testing.F) {
	f.Add("store", goodStore, "store.class", "x")
	f.Add("workers", `{"api":{"cpu":1e999,"cpu":null,"ports":[[]]}}`, "workers.api.env.A", "1")
	f.Add("spare", "null", "..", "\xff\x00")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		values := map[string]string{k1: v1, k2: v2}
		first := shown(Texts(values, nil, &shape{}))
		assert.Equal(t, first, shown(Texts(values, nil, &shape{})))
		seen := map[string]bool{}
		for _, line := range first {
			assert.NotContains(t, line, "\n")
			assert.False(t, seen[line], "twice: %s", line)
			seen[line] = true
		}
	})
}
