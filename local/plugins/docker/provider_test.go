package docker

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
	"github.com/flowcomply/infrastructure/local/plugins/provider/providertest"
)

const (
	urn       = "urn:pulumi:test::project::docker:index/image:Image::main"
	imageName = "registry.test/app:1.0.0"
)

type values = map[string]any

// checkout writes files and enters the folder a program would run in.
func checkout(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "infra"), 0o755))
	t.Chdir(filepath.Join(dir, "infra"))
	return dir
}

func sources() map[string]string {
	return map[string]string{
		"app/Dockerfile": "FROM scratch\n", "app/main.js": "1", "app/lib/a.js": "2", "app/.dockerignore": "*.log\nnode_modules\n",
		"app/debug.log": "x", "app/node_modules/p/index.js": "y", "other.Dockerfile": "FROM scratch\n",
	}
}

func inputs(build values) map[string]any {
	return values{"imageName": imageName, "build": build}
}

func check(t *testing.T, in values) (resource.PropertyMap, string) {
	t.Helper()
	answer, err := New(&providertest.Engine{}).Check(t.Context(),
		&pulumirpc.CheckRequest{Urn: urn, News: providertest.Message(t, in)})
	require.NoError(t, err)
	if failures := answer.GetFailures(); len(failures) > 0 {
		return nil, failures[0].GetReason()
	}
	return providertest.Properties(t, answer.GetInputs()), ""
}

func contextDigest(t *testing.T, build values) string {
	t.Helper()
	checked, failure := check(t, inputs(build))
	require.Empty(t, failure)
	digest := provider.Bare(checked["build"]).ObjectValue()["contextDigest"].StringValue()
	require.Len(t, digest, 64)
	return digest
}

func TestDigest_DependsOnWhatIsBuiltAlone(t *testing.T) {
	build := values{"context": "../app", "platform": "linux/amd64"}
	checkout(t, sources())
	base := contextDigest(t, build)
	for name, test := range map[string]struct {
		change func(t *testing.T, dir string)
		same   bool
	}{
		"another folder": {change: func(*testing.T, string) {}, same: true},
		"times": {same: true, change: func(t *testing.T, dir string) {
			require.NoError(t, os.Chtimes(filepath.Join(dir, "app/main.js"), time.Unix(1, 0), time.Unix(1, 0)))
		}},
		"ignored file":    {same: true, change: write("app/other.log", "z")},
		"ignored folder":  {same: true, change: write("app/node_modules/p/index.js", "z")},
		"outside context": {same: true, change: write("README.md", "z")},
		"empty folder":    {same: true, change: func(t *testing.T, dir string) { require.NoError(t, os.Mkdir(filepath.Join(dir, "app/empty"), 0o755)) }},
		"content":         {change: write("app/lib/a.js", "3")},
		"new file":        {change: write("app/lib/b.js", "")},
		"ignore file":     {change: write("app/.dockerignore", "*.log\nnode_modules\nlib\n")},
		"re-included":     {change: write("app/.dockerignore", "*.log\n!debug.log\nnode_modules\n")},
		"Dockerfile":      {change: write("app/Dockerfile", "FROM scratch\nUSER 1\n")},
		"renamed": {change: func(t *testing.T, dir string) {
			require.NoError(t, os.Rename(filepath.Join(dir, "app/main.js"), filepath.Join(dir, "app/start.js")))
		}},
		"mode": {change: func(t *testing.T, dir string) { require.NoError(t, os.Chmod(filepath.Join(dir, "app/main.js"), 0o755)) }},
		"link": {change: func(t *testing.T, dir string) {
			require.NoError(t, os.Symlink("/nowhere", filepath.Join(dir, "app/link")))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			test.change(t, checkout(t, sources()))
			assert.Equal(t, test.same, contextDigest(t, build) == base)
		})
	}
}

func write(name, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
}

func TestCheck_FillsInDefaults(t *testing.T) {
	checkout(t, map[string]string{"infra/Dockerfile": "FROM scratch\n"})
	checked, failure := check(t, values{"imageName": imageName})
	require.Empty(t, failure)
	build := checked["build"].ObjectValue()
	assert.Equal(t, ".", build["context"].StringValue())
	assert.Equal(t, "Dockerfile", build["dockerfile"].StringValue())
	assert.Equal(t, "linux/"+runtime.GOARCH, build["platform"].StringValue())
	assert.False(t, checked["buildOnPreview"].BoolValue())
}

func TestCheck_KeepsSecretsAndUnknowns(t *testing.T) {
	checkout(t, sources())
	checked, failure := check(t, values{
		"imageName": providertest.Unknown(),
		"registry":  values{"username": providertest.Unknown(), "password": providertest.Secret("hush")},
		"build":     values{"context": "../app", "args": values{"TOKEN": providertest.Secret("hush")}},
	})
	require.Empty(t, failure)
	assert.True(t, checked["imageName"].IsComputed())
	assert.True(t, checked["registry"].ObjectValue()["password"].IsSecret())
	assert.True(t, checked["build"].ContainsSecrets())
}

func TestCheck_SaysWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		inputs values
		want   string
	}{
		"no name":            {inputs: values{"build": values{"context": "../app"}}, want: "imageName: required"},
		"no registry":        {inputs: values{"imageName": "app:1"}, want: `imageName "app:1": repository name must be canonical; an image that is pushed is named in full`},
		"bad name":           {inputs: values{"imageName": "UPPER:1", "skipPush": true}, want: `imageName "UPPER:1"`},
		"unknown builder":    {inputs: inputs(values{"context": "../app", "builderVersion": "3"}), want: `build.builderVersion: "3" is unknown`},
		"no Dockerfile":      {inputs: inputs(values{"context": "../none"}), want: `build.dockerfile "../none/Dockerfile": no such file or directory; the path is relative to the program's folder`},
		"in the context":     {inputs: inputs(values{"context": "../app", "dockerfile": "Dockerfile"}), want: `set it to "../app/Dockerfile"`},
		"Dockerfile is none": {inputs: inputs(values{"context": "../app", "dockerfile": "../app"}), want: "name the Dockerfile itself"},
		"no context":         {inputs: inputs(values{"context": "../none", "dockerfile": "../app/Dockerfile"}), want: `build.context "../none": no such file`},
		"wrong type":         {inputs: inputs(values{"args": "x"}), want: "build.args: is a string"},
	} {
		t.Run(name, func(t *testing.T) {
			checkout(t, sources())
			_, failure := check(t, test.inputs)
			assert.Contains(t, failure, test.want)
		})
	}
}

func TestCheck_TakesAShortNameThatIsNotPushed(t *testing.T) {
	checkout(t, sources())
	_, failure := check(t, values{"imageName": "app:1", "skipPush": true, "build": values{"context": "../app"}})
	assert.Empty(t, failure)
}

func TestDiff_LoginIsNoChange(t *testing.T) {
	base := func() values {
		return values{
			"imageName": imageName, "build": values{"contextDigest": "a", "platform": "linux/amd64"},
			"registry": values{"server": "registry.test", "username": "u", "password": providertest.Secret("p")},
		}
	}
	registry := func(v values) values { return v["registry"].(values) }
	for name, test := range map[string]struct {
		change func(values)
		want   []string
	}{
		"nothing":          {change: func(values) {}},
		"password":         {change: func(v values) { registry(v)["password"] = providertest.Secret("q") }},
		"user name":        {change: func(v values) { registry(v)["username"] = "v" }},
		"login unknown":    {change: func(v values) { registry(v)["password"] = providertest.Unknown() }},
		"login left out":   {change: func(v values) { v["registry"] = values{"server": "registry.test"} }},
		"server":           {change: func(v values) { registry(v)["server"] = "other.test" }, want: []string{"registry"}},
		"server unknown":   {change: func(v values) { registry(v)["server"] = providertest.Unknown() }, want: []string{"registry"}},
		"sources":          {change: func(v values) { v["build"].(values)["contextDigest"] = "b" }, want: []string{"build"}},
		"platform":         {change: func(v values) { v["build"].(values)["platform"] = "linux/arm64" }, want: []string{"build"}},
		"image name":       {change: func(v values) { v["imageName"] = "registry.test/app:1.0.1" }, want: []string{"imageName"}},
		"password and tag": {change: func(v values) { registry(v)["password"] = "q"; v["imageName"] = "registry.test/app:2" }, want: []string{"imageName"}},
	} {
		t.Run(name, func(t *testing.T) {
			news := base()
			test.change(news)
			answer, err := New(&providertest.Engine{}).Diff(t.Context(), &pulumirpc.DiffRequest{
				Urn: urn, OldInputs: providertest.Message(t, base()), News: providertest.Message(t, news)})
			require.NoError(t, err)
			assert.Equal(t, test.want, answer.GetDiffs())
			assert.Empty(t, answer.GetReplaces())
			assert.Equal(t, len(test.want) > 0, answer.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME)
		})
	}
}

func TestAbout_NamesTheOfficialVersion(t *testing.T) {
	p := New(&providertest.Engine{})
	info, err := p.GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "4.10.0", info.GetVersion())
	configured, err := p.Configure(t.Context(), &pulumirpc.ConfigureRequest{})
	require.NoError(t, err)
	assert.True(t, configured.GetSupportsPreview())
	assert.True(t, configured.GetAcceptSecrets())
}
