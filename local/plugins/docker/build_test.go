// These tests put a script in place of the docker command. They do not prove that a daemon builds what it is sent, nor
// that a registry takes it: daemon_test.go does, where a daemon is at hand (go test -tags daemon).
package docker

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/plugins/provider/providertest"
)

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
