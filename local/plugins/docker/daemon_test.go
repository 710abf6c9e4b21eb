package docker

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
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
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	checkout(t, map[string]string{
		"app/Dockerfile": "FROM scratch\nARG WHO\nLABEL who=$WHO\nCOPY . /\n", "app/file": t.Name(), "app/.dockerignore": "Dockerfile\n"})
	in := values{
		"imageName": host + "/app:1.0.0",
		"build":     values{"context": "../app", "platform": "linux/amd64", "args": values{"WHO": "me"}},
		"registry":  values{"server": host, "username": "AWS", "password": providertest.Secret("hush")},
	}
	created, err := New(&providertest.Engine{}).Create(t.Context(),
		&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, in)})
	require.NoError(t, err)
	digest := providertest.Properties(t, created.GetProperties())["repoDigest"].StringValue()

	reference, err := name.NewDigest(digest)
	require.NoError(t, err)
	image, err := remote.Image(reference)
	require.NoError(t, err)
	config, err := image.ConfigFile()
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"who": "me"}, config.Config.Labels)

	in["registry"] = values{"server": host, "username": "AWS", "password": "wrong"}
	_, err = New(&providertest.Engine{}).Create(t.Context(),
		&pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, in)})
	assert.ErrorContains(t, err, "authentication required")
}
