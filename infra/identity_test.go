package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests compare the program with the one of commit 5ed0c23. testdata/identity has every resource that it declared for
// the real stack files, with URN, options and inputs, and what it exported. A state made by that commit is then previewed
// without a change but what was corrected (identity_corrections_test.go). They do not prove what providers compute, nor how the engine compares.
//
// The files are not rewritten: they say what is in states. UPDATE_IDENTITY=1 made this test write them in a checkout of that
// commit.

// changedOnPurpose are the inputs of a new release that are others than that commit's, by type and name, each with the reason.
// In a state that commit made, no update may see them: there they have to be ignored.
var changedOnPurpose = map[string]map[string]string{
	"command:local:Command migration": {"create": oneProgram},
	"command:local:Command preflight": {"create": oneProgram, "stdin": asked},
}

// unchanged are exports without those that are new or others since: the port of each service; the topics and the configuration set
// of mail; and the alarms and objectives.
func unchanged(exports map[string]any) map[string]any {
	exports = maps.Clone(exports)
	maps.DeleteFunc(exports, func(key string, _ any) bool {
		return slices.Contains([]string{"topics", "mailConfigurationSet", "alarmNames", "objectives"}, key)
	})
	services, _ := exports["services"].(map[string]any)
	for _, one := range services {
		delete(one.(map[string]any), "port")
	}
	return exports
}

// Why the steps are asked something else.
const (
	asked = "preflight is told how many vCPUs the tasks take; an unchanged release ignores it"
)

// oneProgram is why a step's command differs.
const oneProgram = "cmd/step does what a program of its own did; the steps of a verified release ignore it (decision 28)"

// longest is how many characters of an input are kept as they are; of a longer one it is the hash.
const longest = 160

// identity is every resource of a graph: its line in the golden graphs, its URN, and a line for each input.
func identity(stack string, graph *record.Graph) string {
	var out strings.Builder
	for _, r := range graph.All() {
		parent := tokens.Type("")
		if r.ParentName() != "" {
			parent = resource.URN(r.ParentURN).QualifiedType()
		}
		fmt.Fprintf(&out, "%s\n  = %s\n", r, resource.NewURN(tokens.QName(stack), "flowcomply", parent, tokens.Type(r.Type), r.Name))
		inputs := r.Plain()
		for _, key := range slices.Sorted(maps.Keys(inputs)) {
			text, _ := json.Marshal(inputs[key]) // maps in the order of their keys
			if len(text) > longest {
				text = fmt.Appendf(nil, "sha256:%x of %d characters", sha256.Sum256(text), len(text))
			}
			fmt.Fprintf(&out, "  %s %s\n", key, text)
		}
	}
	return out.String()
}

// identityOf is an identity without what may differ: of a new release the inputs that differ on purpose, of an unchanged one
// those whose changes are ignored, and the mark that says so.
func identityOf(text string, graph *record.Graph, unchanged bool) string {
	skipped := map[string][]string{}
	for _, r := range graph.All() {
		skipped[r.Type+" "+r.Name] = slices.AppendSeq(correctedIn(r.Type, r.Name), maps.Keys(changedOnPurpose[r.Type+" "+r.Name]))
		if unchanged {
			skipped[r.Type+" "+r.Name] = append(correctedIn(r.Type, r.Name), r.IgnoreChanges...)
		}
	}
	var kept strings.Builder
	owner := ""
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case !strings.HasPrefix(line, "  "):
			owner = fields[0] + " " + fields[1]
			if added[owner] != "" {
				continue
			}
			if unchanged {
				line, _, _ = strings.Cut(line, " [ignores ")
				line = strings.TrimSuffix(line, "\n") + "\n"
			}
		case added[owner] != "" || slices.Contains(skipped[owner], fields[0]):
			continue
		}
		kept.WriteString(line)
	}
	return kept.String()
}

func TestIdentity_IsThatOfTheStacksThereAre(t *testing.T) {
	here, err := filepath.Abs("testdata")
	require.NoError(t, err)
	t.Setenv("GIT_CEILING_DIRECTORIES", here) // or the release has this repository's commit
	for _, stack := range []string{"production", "staging"} {
		t.Run(stack, func(t *testing.T) {
			source := asThen(sourceOf(t, stack))
			first := declare(t, stack, source)
			file := filepath.Join("testdata", "identity", stack+".txt")
			exports := filepath.Join("testdata", "identity", stack+".outputs.json")
			if os.Getenv("UPDATE_IDENTITY") == "1" {
				require.Empty(t, changedOnPurpose, "only the commit that made the states writes what is in them")
				text, err := json.MarshalIndent(first.Exports.Mappable(), "", "  ")
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(file, []byte(identity(stack, first)), 0o644))
				require.NoError(t, os.WriteFile(exports, append(text, '\n'), 0o644))
			}
			was, err := os.ReadFile(file)
			require.NoError(t, err)
			text, err := os.ReadFile(exports)
			require.NoError(t, err)
			var outputs map[string]any
			require.NoError(t, json.Unmarshal(verifiedWith(text, source.Fingerprint()), &outputs))

			// As a first release, all is the same but for what was corrected; so is what is exported.
			require.Equal(t, identityOf(string(was), first, false), identityOf(identity(stack, first), first, false))
			require.Equal(t, unchanged(outputs), unchanged(first.Exports.Mappable()))

			// On a state of that commit nothing else changes.
			again := declare(t, stack, source, record.AnswerCall(readStackOutputs, map[string]any{"outputs": outputs}))
			require.Equal(t, identityOf(string(was), again, true), identityOf(identity(stack, again), again, true))
			require.Equal(t, unchanged(outputs), unchanged(again.Exports.Mappable()))
		})
	}
}

func TestChangedOnPurpose_NamesWhatThereIs(t *testing.T) {
	for owner, inputs := range changedOnPurpose {
		typ, name, _ := strings.Cut(owner, " ")
		one := graphOf(t, "production").One(t, typ, name)
		for input, reason := range inputs {
			assert.NotEmpty(t, reason, owner)
			assert.NotNil(t, one.Get(input), "%s: %s", owner, input)
		}
	}
}
