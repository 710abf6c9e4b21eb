// These tests call the provider's methods with real shells beneath. They do not prove that the Pulumi engine makes
// these calls, nor that the official provider answers the same; what they hold is its documentation.
package command

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
	"github.com/flowcomply/infrastructure/local/plugins/provider/providertest"
)

const urn = "urn:pulumi:test::project::command:local:Command::main"

type values = map[string]any

func TestCheck_RefusesWhatCannotRun(t *testing.T) {
	for name, test := range map[string]struct {
		inputs values
		want   string // part of the failure; empty for none
	}{
		"nothing":           {inputs: values{}},
		"all known loggers": {inputs: values{"logging": "stdoutAndStderr"}},
		"unknown in preview": {inputs: values{
			"create": providertest.Unknown(), "environment": values{"A": providertest.Unknown()}}},
		"logging":      {inputs: values{"logging": "loud"}, want: `logging: "loud" is unknown; it is one of`},
		"assetPaths":   {inputs: values{"assetPaths": []any{"*"}}, want: "not offered by this stand-in"},
		"archivePaths": {inputs: values{"archivePaths": []any{"*"}}, want: "not offered by this stand-in"},
		"wrong type":   {inputs: values{"environment": values{"A": 1}}, want: "environment"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := New(&providertest.Engine{}).Check(t.Context(),
				&pulumirpc.CheckRequest{Urn: urn, News: providertest.Message(t, test.inputs)})
			require.NoError(t, err)
			if test.want == "" {
				assert.Empty(t, answer.GetFailures())
				return
			}
			require.Len(t, answer.GetFailures(), 1)
			assert.Contains(t, answer.GetFailures()[0].GetReason(), test.want)
		})
	}
}

func TestCheck_RefusesOtherResources(t *testing.T) {
	_, err := New(&providertest.Engine{}).Check(t.Context(),
		&pulumirpc.CheckRequest{Urn: "urn:pulumi:test::project::command:remote:Command::main"})
	assert.ErrorContains(t, err, "this stand-in has command:local:Command only")
}

func TestDiff_OnlyTriggersReplace(t *testing.T) {
	base := func() values {
		return values{"create": "make", "triggers": []any{"1"}, "environment": values{"A": "1"}}
	}
	for name, test := range map[string]struct {
		change        func(values)
		diff, replace []string
	}{
		"nothing":          {change: func(values) {}},
		"became secret":    {change: func(v values) { v["create"] = providertest.Secret("make") }},
		"trigger":          {change: func(v values) { v["triggers"] = []any{"2"} }, diff: []string{"triggers"}, replace: []string{"triggers"}},
		"trigger added":    {change: func(v values) { v["triggers"] = []any{"1", "2"} }, diff: []string{"triggers"}, replace: []string{"triggers"}},
		"triggers removed": {change: func(v values) { delete(v, "triggers") }, diff: []string{"triggers"}, replace: []string{"triggers"}},
		"trigger unknown":  {change: func(v values) { v["triggers"] = []any{providertest.Unknown()} }, diff: []string{"triggers"}, replace: []string{"triggers"}},
		"create":           {change: func(v values) { v["create"] = "make all" }, diff: []string{"create"}},
		"update added":     {change: func(v values) { v["update"] = "remake" }, diff: []string{"update"}},
		"environment":      {change: func(v values) { v["environment"] = values{"A": "2"} }, diff: []string{"environment"}},
		"delete":           {change: func(v values) { v["delete"] = "rm" }, diff: []string{"delete"}},
	} {
		t.Run(name, func(t *testing.T) {
			news := base()
			test.change(news)
			answer, err := New(&providertest.Engine{}).Diff(t.Context(), &pulumirpc.DiffRequest{
				Urn: urn, OldInputs: providertest.Message(t, base()), News: providertest.Message(t, news)})
			require.NoError(t, err)
			assert.Equal(t, test.diff, answer.GetDiffs())
			assert.Equal(t, test.replace, answer.GetReplaces())
			assert.Equal(t, len(test.diff) > 0, answer.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME)
			for _, path := range test.replace {
				assert.Contains(t, answer.GetDetailedDiff()[path].GetKind().String(), "REPLACE")
			}
		})
	}
}

func TestPreview_RunsNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "made")
	inputs := providertest.Message(t, values{"create": "touch " + file, "update": "touch " + file})
	p := New(&providertest.Engine{})
	created, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn, Properties: inputs, Preview: true})
	require.NoError(t, err)
	updated, err := p.Update(t.Context(), &pulumirpc.UpdateRequest{Urn: urn, News: inputs, Preview: true})
	require.NoError(t, err)
	assert.NoFileExists(t, file)
	assert.Empty(t, created.GetId())
	for _, state := range []resource.PropertyMap{
		providertest.Properties(t, created.GetProperties()), providertest.Properties(t, updated.GetProperties()),
	} {
		assert.True(t, state["stdout"].IsComputed(), "the output of a run that is still to come is unknown")
		assert.True(t, state["stderr"].IsComputed())
	}
}

func TestCreate_Runs(t *testing.T) {
	t.Setenv("FROM_PLUGIN", "inherited")
	dir := t.TempDir()
	for name, test := range map[string]struct {
		inputs         values
		stdout, stderr string
	}{
		"without a command": {inputs: values{}},
		"streams apart":     {inputs: values{"create": "echo out; echo err >&2"}, stdout: "out", stderr: "err"},
		"one newline off":   {inputs: values{"create": `printf 'a\n\n'`}, stdout: "a\n"},
		"stdin":             {inputs: values{"create": "cat", "stdin": "text"}, stdout: "text"},
		"no stdin":          {inputs: values{"create": "cat; echo end"}, stdout: "end"},
		"dir":               {inputs: values{"create": "pwd", "dir": dir}, stdout: dir},
		"environment": {inputs: values{"create": "echo $A $FROM_PLUGIN", "environment": values{"A": "given"}},
			stdout: "given inherited"},
		"interpreter":      {inputs: values{"create": "one two", "interpreter": []any{"/bin/echo", "-n"}}, stdout: "one two"},
		"no previous runs": {inputs: values{"create": "echo ${PULUMI_COMMAND_STDOUT-none}"}, stdout: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := New(&providertest.Engine{}).Create(t.Context(),
				&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, test.inputs)})
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(answer.GetId(), "main"))
			state := providertest.Properties(t, answer.GetProperties())
			assert.Equal(t, test.stdout, state["stdout"].StringValue())
			assert.Equal(t, test.stderr, state["stderr"].StringValue())
		})
	}
}

func TestUpdate_Runs(t *testing.T) {
	for name, test := range map[string]struct {
		inputs values
		stdout string
	}{
		"update command":  {inputs: values{"create": "echo c", "update": "echo u"}, stdout: "u"},
		"create command":  {inputs: values{"create": "echo c"}, stdout: "c"},
		"neither":         {inputs: values{"delete": "true"}, stdout: "before"},
		"previous output": {inputs: values{"update": "echo $PULUMI_COMMAND_STDOUT $PULUMI_COMMAND_STDERR"}, stdout: "before warned"},
		"previous output not wanted": {
			inputs: values{"update": "echo ${PULUMI_COMMAND_STDOUT-none}", "addPreviousOutputInEnv": false}, stdout: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := New(&providertest.Engine{}).Update(t.Context(), &pulumirpc.UpdateRequest{
				Urn: urn, Id: "main1", News: providertest.Message(t, test.inputs),
				Olds: providertest.Message(t, values{"stdout": providertest.Secret("before"), "stderr": "warned"}),
			})
			require.NoError(t, err)
			assert.Equal(t, test.stdout, providertest.Properties(t, answer.GetProperties())["stdout"].StringValue())
		})
	}
}

func TestDelete_RunsTheDeleteCommandAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace")
	for name, test := range map[string]struct {
		state values
		want  string
	}{
		"with one":    {state: values{"create": "false", "delete": "echo $PULUMI_COMMAND_STDOUT > " + file, "stdout": "made"}, want: "made\n"},
		"without one": {state: values{"create": "touch " + file, "update": "touch " + file}},
	} {
		t.Run(name, func(t *testing.T) {
			_ = os.Remove(file)
			_, err := New(&providertest.Engine{}).Delete(t.Context(),
				&pulumirpc.DeleteRequest{Urn: urn, Properties: providertest.Message(t, test.state)})
			require.NoError(t, err)
			text, _ := os.ReadFile(file)
			assert.Equal(t, test.want, string(text))
		})
	}
}

func TestLogging_ShowsWhatItSays(t *testing.T) {
	for logging, want := range map[string][]string{
		"": {"out", "err"}, "stdoutAndStderr": {"out", "err"}, "stdout": {"out"}, "stderr": {"err"}, "none": {},
	} {
		for _, exit := range []string{"0", "3"} {
			t.Run(logging+" exit "+exit, func(t *testing.T) {
				engine := &providertest.Engine{}
				inputs := values{"create": "echo out; echo err >&2; exit " + exit}
				if logging != "" {
					inputs["logging"] = logging
				}
				_, err := New(engine).Create(t.Context(),
					&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, inputs)})
				assert.ElementsMatch(t, want, engine.Lines())
				if exit == "0" {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, err, `command "main": create: exit status 3`)
				for _, line := range []string{"out", "err"} {
					shown := strings.Contains(err.Error()+"\n", "\n"+line+"\n")
					assert.Equal(t, slices.Contains(want, line), shown, "%s in %v", line, err)
				}
			})
		}
	}
}

func TestSecretInput_MakesSecretOutput(t *testing.T) {
	for name, test := range map[string]struct {
		inputs values
		secret bool
	}{
		"plain":        {inputs: values{"create": "echo x"}},
		"secret stdin": {inputs: values{"create": "cat", "stdin": providertest.Secret("x")}, secret: true},
		"secret in environment": {
			inputs: values{"create": "echo $A", "environment": values{"A": providertest.Secret("x")}}, secret: true},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := New(&providertest.Engine{}).Create(t.Context(),
				&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, test.inputs)})
			require.NoError(t, err)
			state := providertest.Properties(t, answer.GetProperties())
			assert.Equal(t, test.secret, state["stdout"].IsSecret())
			assert.Equal(t, test.secret, state["stderr"].IsSecret())
			assert.Equal(t, "x", provider.Bare(state["stdout"]).StringValue())
		})
	}
}

func TestErrors_SayWhatFailed(t *testing.T) {
	for name, test := range map[string]struct {
		inputs values
		want   string
	}{
		"no such folder":      {inputs: values{"create": "true", "dir": "no-such"}, want: `dir "no-such": no such folder`},
		"no such interpreter": {inputs: values{"create": "true", "interpreter": []any{"no-such"}}, want: `"no-such": executable file not found`},
		"exit code":           {inputs: values{"create": "echo why >&2; exit 7"}, want: "exit status 7\nwhy"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(&providertest.Engine{}).Create(t.Context(),
				&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, test.inputs)})
			require.ErrorContains(t, err, `command "main": create: `)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestAbout_NamesTheOfficialVersion(t *testing.T) {
	p := New(&providertest.Engine{})
	info, err := p.GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "1.2.1", info.GetVersion())
	schema, err := p.GetSchema(t.Context(), &pulumirpc.GetSchemaRequest{})
	require.NoError(t, err)
	assert.Contains(t, schema.GetSchema(), `"version": "1.2.1"`)
}
