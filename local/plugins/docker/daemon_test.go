package docker

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	registryname "github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/machinetest"
	"github.com/flowcomply/infrastructure/local/plugins/provider/providertest"
)

// This test needs a Docker daemon. It proves that what is built is what the registry holds under the digest; it proves
// nothing of registries other than the one in this process.

func TestDaemon_ImageIsInTheRegistryUnderItsDigest(t *testing.T) {
	machinetest.Docker(t)
	host := registryWithLogin(t)
	checkout(t, map[string]string{
		"app/Dockerfile": "FROM scratch\nARG WHO\nLABEL who=$WHO\nCOPY . /\n", "app/file": t.Name(), "app/.dockerignore": "Dockerfile\n"})
	for name, builder := range builders {
		t.Run(name, func(t *testing.T) {
			in := values{
				"imageName": host + "/app:" + name,
				"build": values{
					"context": "../app", "platform": "linux/amd64", "args": values{"WHO": name}, "builderVersion": builder},
				"registry": values{"server": host, "username": "AWS", "password": providertest.Secret("hush")},
			}
			created, err := New(&providertest.Engine{}).Create(t.Context(),
				&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, in)})
			require.NoError(t, err)
			digest := providertest.Properties(t, created.GetProperties())["repoDigest"].StringValue()

			reference, err := registryname.NewDigest(digest)
			require.NoError(t, err)
			image, err := remote.Image(reference)
			require.NoError(t, err)
			config, err := image.ConfigFile()
			require.NoError(t, err)
			assert.Equal(t, map[string]string{"who": name}, config.Config.Labels)

			in["registry"] = values{"server": host, "username": "AWS", "password": "wrong"}
			_, err = New(&providertest.Engine{}).Create(t.Context(),
				&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, in)})
			assert.ErrorContains(t, err, "authentication required")
		})
	}
}

// builders are both, by a name that a tag may have; BuildKit is also what is built with where none is named.
var builders = map[string]string{"classic": classic, "buildkit": buildKit, "none": ""}

// registryWithLogin is a registry in this process, which wants a login of Docker.
func registryWithLogin(t *testing.T) (host string) {
	t.Helper()
	store := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if strings.HasPrefix(r.UserAgent(), "docker/") && (user != "AWS" || password != "hush") {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		store.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// A builder that cannot build something says why. The program under test is one that every Go test has: itself.
func TestDaemon_BuildKitRunsCommandsWithMounts(t *testing.T) {
	machinetest.Docker(t)
	for name, test := range map[string]struct{ dockerfile, want string }{
		"cache and bind": {dockerfile: "FROM scratch\n" +
			"RUN --mount=type=bind,target=/context --mount=type=cache,target=/cache [\"/context/program\", \"/context/file\", \"/cache/file\", \"/copied\"]\n"},
		"link":            {dockerfile: "FROM scratch AS one\nCOPY file /file\nFROM --platform=$BUILDPLATFORM scratch\nCOPY --from=one /file /copied\n"},
		"command fails":   {dockerfile: "FROM scratch\nCOPY program /program\nRUN [\"/program\", \"/none\"]\n", want: "exit code: 1\n"},
		"no shell":        {dockerfile: "FROM scratch\nCOPY file /file\nRUN npm ci\n", want: "docker build: "},
		"unknown command": {dockerfile: "FROM scratch\nHELLO\n", want: "unknown instruction: HELLO"},
	} {
		t.Run(name, func(t *testing.T) {
			checkout(t, map[string]string{"app/Dockerfile": test.dockerfile, "app/file": t.Name()})
			compileCopier(t, filepath.Join("..", "app", "program"))
			in := values{"imageName": "flowcomply-buildkit-test:1", "skipPush": true,
				"build": values{"context": "../app", "platform": "linux/amd64", "builderVersion": buildKit}}
			cli := &docker{env: os.Environ(), show: func(string) {}}
			t.Cleanup(func() {
				_, _ = cli.run(context.Background(), nil, "image", "rm", "--force", "flowcomply-buildkit-test:1")
			})
			created, err := New(&providertest.Engine{}).Create(t.Context(),
				&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, in)})
			if test.want != "" {
				assert.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			assert.Regexp(t, "^sha256:[0-9a-f]{64}$", providertest.Properties(t, created.GetProperties())["repoDigest"].StringValue())
			assert.Equal(t, map[string]string{"copied": "file " + t.Name()}, layersOf(t, cli, "flowcomply-buildkit-test:1"))
		})
	}
}

// compileCopier makes a program that copies its first argument to each of the others.
func compileCopier(t *testing.T, target string) {
	t.Helper()
	source := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(source, []byte(`package main

import "os"

func main() {
	text, err := os.ReadFile(os.Args[1])
	for _, to := range os.Args[2:] {
		if err == nil {
			err = os.WriteFile(to, text, 0o644)
		}
	}
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
}
`), 0o644))
	command := exec.CommandContext(t.Context(), "go", "build", "-o", target, source)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
}

// Without the program, and where this process means another daemon or none.
func TestDaemon_BuildsAFolder(t *testing.T) {
	machinetest.Docker(t)
	cli := &docker{env: os.Environ(), show: func(string) {}}
	host, err := cli.run(t.Context(), nil, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
	require.NoError(t, err)
	const tag = "flowcomply-buildkit-test:folder"
	t.Cleanup(func() { _, _ = cli.run(context.Background(), nil, "image", "rm", "--force", tag) })
	checkout(t, map[string]string{"app/Dockerfile": "FROM scratch\nARG WHO\nCOPY $WHO /copied\n", "app/file": t.Name()})
	var shown []string
	folder := Folder{Path: "../app", Args: map[string]string{"WHO": "file"}, Host: strings.TrimSpace(host), Show: func(line string) { shown = append(shown, line) }}
	t.Setenv("DOCKER_HOST", "unix:///none.sock")
	require.NoError(t, folder.Build(t.Context(), tag))
	assert.Contains(t, strings.Join(shown, "\n"), "COPY file /copied")
	require.ErrorContains(t, Folder{Path: "../none"}.Build(t.Context(), tag), "no such file")
	assert.Equal(t, map[string]string{"copied": "file " + t.Name()}, layersOf(t, cli, tag))
}
