package stackfile

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what becomes of the text. That Pulumi reads it as the YAML library does, the test with the real CLI
// proves.

const file = `# Why.
encryptionsalt: v1:abc=:v1:def

config:
  flowcomply:environment:   production   # odd spacing
  flowcomply:account:
    id: "012345678901" # in quotes

  # About releases.
  flowcomply:release.version: v1.1.0 # the one value
  flowcomply:release.source: ../flowcomply

  # About services, which are
  # several.
  flowcomply:services:
    backend:
      environment: # from elsewhere
        LEVEL: 'it''s "info"' # quoted
        WINDOW: "900000" # 15 minutes
      secrets: [KEY, "URL # two"] # names
      args: {}
      lines: |
        one
        # two
    frontend:
      port: 3000
  flowcomply:KEY:
    secure: v1:cipher
  flowcomply:last: text
# The end.
`

// lines are what differs between two texts, old lines with - and new ones with +, in order.
func lines(before, after string) string {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	var out []string
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			a, b = a[1:], b[1:]
		case len(b) > 0 && (len(a) == 0 || !contains(a, b[0])):
			out, b = append(out, "+"+b[0]), b[1:]
		default:
			out, a = append(out, "-"+a[0]), a[1:]
		}
	}
	return strings.Join(out, "\n")
}

func contains(lines []string, one string) bool {
	for _, line := range lines {
		if line == one {
			return true
		}
	}
	return false
}

// tree is a value as it comes from history: JSON.
func tree(t *testing.T, text string) any {
	t.Helper()
	var value any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	return value
}

const backend = `{"environment":{"LEVEL":"it's \"info\"","WINDOW":"900000"},"secrets":["KEY","URL # two"],"args":{},"lines":"one\n# two\n"}`

func TestApply_ChangesNothingButWhatDiffers(t *testing.T) {
	for name, row := range map[string]struct {
		edits []Edit
		want  string
	}{
		"nothing": {[]Edit{{Key: "flowcomply:environment", Value: "production"}}, ""},
		"a word, with its comment": {
			[]Edit{{Key: "flowcomply:release.version", Value: "v1.0.0"}},
			"+  flowcomply:release.version: v1.0.0 # the one value\n-  flowcomply:release.version: v1.1.0 # the one value",
		},
		"a key goes, what is around it stays": {[]Edit{{Key: "flowcomply:release.source", Remove: true}}, "-  flowcomply:release.source: ../flowcomply"},
		"a key that is not there goes":        {[]Edit{{Key: "flowcomply:release.pins", Remove: true}}, ""},
		"a key comes beside its relatives": {
			[]Edit{{Key: "flowcomply:release.pins", Value: tree(t, `{"version":"v1.0.0","number":1,"digests":{"backend":"sha256:ab"}}`)}},
			"+  flowcomply:release.pins:\n+    digests:\n+      backend: sha256:ab\n+    number: 1\n+    version: v1.0.0",
		},
		"a key without relatives comes last": {[]Edit{{Key: "flowcomply:new", Value: "5"}}, `+  flowcomply:new: "5"`},
		"a value deep inside": {
			[]Edit{{Key: "flowcomply:services", Value: tree(t, `{"backend":`+strings.Replace(backend, "900000", "60000", 1)+`,"frontend":{"port":3000}}`)}},
			"+        WINDOW: \"60000\" # 15 minutes\n-        WINDOW: \"900000\" # 15 minutes",
		},
		"a quoted word with quotes in it": {
			[]Edit{{Key: "flowcomply:services", Value: tree(t, `{"backend":`+strings.Replace(backend, `it's \"info\"`, "debug", 1)+`,"frontend":{"port":3000}}`)}},
			"+        LEVEL: debug # quoted\n-        LEVEL: 'it''s \"info\"' # quoted",
		},
		"a list in brackets": {
			[]Edit{{Key: "flowcomply:services", Value: tree(t, `{"backend":`+strings.Replace(backend, `["KEY","URL # two"]`, `["KEY"]`, 1)+`,"frontend":{"port":3000}}`)}},
			"+      secrets: [KEY] # names\n-      secrets: [KEY, \"URL # two\"] # names",
		},
		"a block of text": {
			[]Edit{{Key: "flowcomply:services", Value: tree(t, `{"backend":`+strings.Replace(backend, `one\n# two\n`, `other`, 1)+`,"frontend":{"port":3000}}`)}},
			"+      lines: other\n-      lines: |\n-        one\n-        # two",
		},
		"an empty object gets keys": {
			[]Edit{{Key: "flowcomply:services", Value: tree(t, `{"backend":`+strings.Replace(backend, `"args":{}`, `"args":{"A":"1"}`, 1)+`,"frontend":{"port":3000}}`)}},
			"+      args: {A: \"1\"}\n-      args: {}",
		},
		"a service goes": {
			[]Edit{{Key: "flowcomply:services", Value: tree(t, `{"backend":`+backend+`}`)}}, "-    frontend:\n-      port: 3000",
		},
		"every service goes": {
			[]Edit{{Key: "flowcomply:account", Value: tree(t, `{}`)}}, "+  flowcomply:account: {}\n-  flowcomply:account:\n-    id: \"012345678901\" # in quotes",
		},
		"one key for another": {
			[]Edit{{Key: "flowcomply:account", Value: tree(t, `{"name":"x"}`)}}, "+    name: x\n-    id: \"012345678901\" # in quotes",
		},
		"a number stays one, text stays text": {
			[]Edit{{Key: "flowcomply:account", Value: tree(t, `{"id":"000000000001","n":1.5,"on":true}`)}},
			"+    id: \"000000000001\" # in quotes\n+    n: 1.5\n+    on: true\n-    id: \"012345678901\" # in quotes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			edited, err := Apply([]byte(file), row.edits)
			require.NoError(t, err)
			assert.Equal(t, row.want, lines(file, string(edited)))
		})
	}
}

func TestApply_ThereAndBackIsTheSameText(t *testing.T) {
	away, err := Apply([]byte(file), []Edit{{Key: "flowcomply:release.version", Value: "v1.0.0"}, {Key: "flowcomply:release.pins", Value: map[string]any{"a": "b"}}})
	require.NoError(t, err)
	back, err := Apply(away, []Edit{{Key: "flowcomply:release.version", Value: "v1.1.0"}, {Key: "flowcomply:release.pins", Remove: true}})
	require.NoError(t, err)
	assert.Equal(t, file, string(back))
}
