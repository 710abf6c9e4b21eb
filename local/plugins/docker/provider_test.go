// These tests put a script in place of the docker command. They do not prove that a daemon builds what it is sent, nor
// that a registry takes it: daemon_test.go does, where a daemon is at hand (go test -tags daemon).
package docker

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
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

// script stands for the docker command: it notes its arguments, its context and its login.
const script = `#!/bin/sh
echo "$*" >> "$TRACE/calls"
case $1 in
context) echo unix:///daemon.sock ;;
build) [ -z "$FAIL_BUILD" ] || { echo "no such base"; exit 1; }
       cat > "$TRACE/context.tar"; echo Successfully built ;;
push) [ -z "$DOCKER_CONFIG" ] || { cat "$DOCKER_CONFIG/config.json" > "$TRACE/login"; echo "$DOCKER_CONFIG $DOCKER_HOST" > "$TRACE/daemon"; }
      [ -n "$NO_DIGEST" ] || echo "1.0.0: digest: sha256:` + pushedHex + ` size: 528" ;;
image) echo sha256:local ;;
esac
`

const pushedHex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func fakeDocker(t *testing.T) (trace string) {
	t.Helper()
	bin := t.TempDir()
	trace = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "docker"), []byte(script), 0o755))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("TRACE", trace)
	t.Setenv("DOCKER_CONFIG", "")
	return trace
}

func calls(t *testing.T, trace string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(trace, "calls"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func TestCreateAndUpdate_BuildAndPush(t *testing.T) {
	build := values{"context": "../app", "dockerfile": "../app/Dockerfile", "platform": "linux/amd64", "builderVersion": classic}
	all := maps.Clone(build)
	maps.Copy(all, values{"args": values{"B": "2", "A": "1 1"}, "target": "final", "network": "host",
		"addHosts": []any{"a:1"}, "cacheFrom": values{"images": []any{"registry.test/app:cache"}}})
	const plain = "build --tag " + imageName + " --platform linux/amd64"
	for name, test := range map[string]struct {
		inputs  values
		preview bool
		calls   []string
		digest  string // of the output; empty for unknown
	}{
		"plain": {inputs: inputs(build), digest: "registry.test/app@sha256:" + pushedHex,
			calls: []string{plain + " --file Dockerfile -", "push " + imageName}},
		"every option": {inputs: inputs(all), digest: "registry.test/app@sha256:" + pushedHex, calls: []string{
			plain + " --build-arg A=1 1 --build-arg B=2 --target final --network host --add-host a:1 " +
				"--cache-from registry.test/app:cache --file Dockerfile -", "push " + imageName}},
		"not pushed": {inputs: values{"imageName": imageName, "build": build, "skipPush": true}, digest: "sha256:local",
			calls: []string{plain + " --file Dockerfile -", "image inspect --format {{.Id}} " + imageName}},
		"preview": {inputs: inputs(build), preview: true},
		"preview that builds": {inputs: values{"imageName": imageName, "build": build, "buildOnPreview": true}, preview: true,
			digest: "sha256:local",
			calls:  []string{plain + " --file Dockerfile -", "image inspect --format {{.Id}} " + imageName}},
		"preview without a name": {preview: true,
			inputs: values{"imageName": providertest.Unknown(), "build": build, "buildOnPreview": true}},
	} {
		t.Run(name, func(t *testing.T) {
			checkout(t, sources())
			p, trace := New(&providertest.Engine{}), fakeDocker(t)
			created, err := p.Create(t.Context(), &pulumirpc.CreateRequest{
				Urn: urn, Properties: providertest.Message(t, test.inputs), Preview: test.preview})
			require.NoError(t, err)
			assert.Equal(t, test.calls, calls(t, trace))
			updated, err := p.Update(t.Context(), &pulumirpc.UpdateRequest{
				Urn: urn, Id: imageName, News: providertest.Message(t, test.inputs), Preview: test.preview})
			require.NoError(t, err)
			assert.Equal(t, append(slices.Clone(test.calls), test.calls...), calls(t, trace))
			for _, message := range []*pulumirpc.CreateResponse{created, {Properties: updated.GetProperties()}} {
				state := providertest.Properties(t, message.GetProperties())
				if test.digest == "" {
					assert.NotContains(t, state, resource.PropertyKey("repoDigest"), "what a preview leaves out is unknown")
					continue
				}
				assert.Equal(t, test.digest, state["repoDigest"].StringValue())
				assert.Equal(t, imageName, state["baseImageName"].StringValue())
				assert.Equal(t, "Dockerfile", state["dockerfile"].StringValue())
			}
		})
	}
}

func TestPush_LogsInForTheOneCallOnly(t *testing.T) {
	checkout(t, sources())
	trace := fakeDocker(t)
	in := inputs(values{"context": "../app", "platform": "linux/amd64", "builderVersion": classic})
	in["registry"] = values{"server": "https://registry.test", "username": "AWS", "password": providertest.Secret("hush")}
	created, err := New(&providertest.Engine{}).Create(t.Context(),
		&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, in)})
	require.NoError(t, err)
	assert.NotContains(t, created.GetProperties().String(), "hush")
	assert.NotContains(t, strings.Join(calls(t, trace), "\n"), "hush", "a password on a command line is readable by every user")

	text, err := os.ReadFile(filepath.Join(trace, "login"))
	require.NoError(t, err)
	var login struct {
		Auths map[string]struct{ Auth string }
	}
	require.NoError(t, json.Unmarshal(text, &login))
	assert.Equal(t, "QVdTOmh1c2g=", login.Auths["registry.test"].Auth) // AWS:hush
	daemon, err := os.ReadFile(filepath.Join(trace, "daemon"))
	require.NoError(t, err)
	config, host, _ := strings.Cut(strings.TrimSpace(string(daemon)), " ")
	assert.Equal(t, "unix:///daemon.sock", host)
	assert.NoDirExists(t, config)
}

func TestErrors_SayWhatFailed(t *testing.T) {
	for name, test := range map[string]struct{ variable, want string }{
		"build":  {"FAIL_BUILD", `image "main": build: docker build: exit status 1: no such base`},
		"digest": {"NO_DIGEST", `image "main": push: the registry reported no digest`},
	} {
		t.Run(name, func(t *testing.T) {
			checkout(t, sources())
			fakeDocker(t)
			t.Setenv(test.variable, "1")
			_, err := New(&providertest.Engine{}).Create(t.Context(), &pulumirpc.CreateRequest{
				Urn: urn, Properties: providertest.Message(t, inputs(values{"context": "../app", "platform": "linux/amd64", "builderVersion": classic}))})
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestDelete_LeavesTheImage(t *testing.T) {
	trace := fakeDocker(t)
	_, err := New(&providertest.Engine{}).Delete(t.Context(), &pulumirpc.DeleteRequest{Urn: urn, Id: imageName})
	require.NoError(t, err)
	assert.Empty(t, calls(t, trace))
}

// added stands for the name that a Dockerfile from outside gets, which is another one each time.
const added = ".dockerfile.x"

var anyAdded = regexp.MustCompile(`\.dockerfile\.[0-9a-z]{20}`)

func TestArchive_HoldsTheContext(t *testing.T) {
	for name, test := range map[string]struct {
		files      map[string]string
		dockerfile string
		want       []string
		wantFile   string
		ignore     string
	}{
		"Dockerfile inside": {dockerfile: "../app/Dockerfile", wantFile: "Dockerfile",
			want: []string{".dockerignore", "Dockerfile", "lib/", "lib/a.js", "main.js"}, ignore: "*.log\nnode_modules\n"},
		"Dockerfile outside": {dockerfile: "../other.Dockerfile", wantFile: added,
			want: []string{".dockerignore", added, "Dockerfile", "lib/", "lib/a.js", "main.js"}, ignore: "*.log\nnode_modules\n\n" + added + "\n"},
		"Dockerfile ignored": {files: map[string]string{"app/.dockerignore": "*\n!main.js\n"}, dockerfile: "../app/Dockerfile",
			wantFile: "Dockerfile", want: []string{".dockerignore", "Dockerfile", "main.js"}, ignore: "*\n!main.js\n"},
		"ignore file of its own": {files: map[string]string{"app/Dockerfile.dockerignore": "lib\n*.dockerignore\nnode_modules\n*.log"},
			dockerfile: "../app/Dockerfile", wantFile: "Dockerfile", want: []string{".dockerignore", "Dockerfile", "main.js"}, ignore: "*.log\nnode_modules\n"},
	} {
		t.Run(name, func(t *testing.T) {
			files := sources()
			maps.Copy(files, test.files)
			checkout(t, files)
			packed, err := build{Context: "../app", Dockerfile: test.dockerfile}.archive()
			require.NoError(t, err)
			assert.Equal(t, test.wantFile, anyAdded.ReplaceAllString(packed.dockerfile, added))
			content := map[string]string{}
			for in := tar.NewReader(packed.reader); ; {
				header, err := in.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
				assert.Zero(t, header.Uid+header.Gid)
				text, err := io.ReadAll(in)
				require.NoError(t, err)
				content[anyAdded.ReplaceAllString(header.Name, added)] = anyAdded.ReplaceAllString(string(text), added)
			}
			require.NoError(t, packed.close())
			assert.ElementsMatch(t, test.want, slices.Collect(maps.Keys(content)))
			assert.Equal(t, test.ignore, content[".dockerignore"])
			assert.Equal(t, "FROM scratch\n", content[test.wantFile])
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
