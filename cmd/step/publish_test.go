package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/awstest"
	"github.com/flowcomply/infrastructure/internal/exit"
)

// These tests hold the command line. Which image is published and when, components/image/publish holds.

const (
	content = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
	other   = "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
)

func runPublish(args ...string) (code int, stdout, stderr string) {
	var out, show bytes.Buffer
	code = run(append([]string{"publish"}, args...), nil, &out, &show)
	return code, out.String(), show.String()
}

func TestPublish_NamesEverythingThatIsWrong(t *testing.T) {
	code, _, said := runPublish("--to", "web:v1", "--platform", "amd64", "--digest", "v1", "--content", "v1", "--timeout", "0s", "surplus")
	assert.Equal(t, exit.Refused, code)
	for _, want := range []string{
		"--region is missing", `--platform "amd64": want`, `--digest "v1": want sha256:`, `--content "v1": want sha256:`, `"surplus": flags only`,
		`--to "web:v1": want <repository>:<tag>`, "--timeout 0s: want more than nothing",
	} {
		assert.Contains(t, said, want)
	}
	for want, args := range map[string][]string{
		"want either --from or --digest":                    {},
		"want either":                                       {"--from", "r.test/web@" + other, "--digest", other, "--content", other},
		"--content is missing":                              {"--digest", other},
		`--from "r.test/web:v1": want <repository>@sha256:`: {"--from", "r.test/web:v1"},
	} {
		code, _, said := runPublish(append([]string{"--region", "r", "--to", "r.test/web:v1"}, args...)...)
		assert.Equal(t, exit.Refused, code)
		assert.Contains(t, said, want)
		assert.Equal(t, 1, strings.Count(said, "\n"), said)
	}
}

// pushed is an image for linux/amd64 in a registry, repository@digest.
func pushed(t *testing.T, repository string) string {
	t.Helper()
	image, err := random.Image(256, 1)
	require.NoError(t, err)
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{
		OS: "linux", Architecture: "amd64", Config: v1.Config{Labels: map[string]string{"com.flowcomply.content": content}},
	})
	require.NoError(t, err)
	digest, err := image.Digest()
	require.NoError(t, err)
	to, err := name.NewDigest(repository + "@" + digest.String())
	require.NoError(t, err)
	require.NoError(t, remote.Write(to, image))
	return to.String()
}

// The whole command, against an ECR and a registry in this process.
func TestPublish_WritesAReceipt(t *testing.T) {
	store := httptest.NewServer(registry.New())
	t.Cleanup(store.Close)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]any{"authorizationData": []map[string]string{{
			"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:hush")), "proxyEndpoint": store.URL,
		}}})
	}))
	t.Cleanup(api.Close)
	awstest.PointSDK(t, api.URL)
	host := strings.TrimPrefix(store.URL, "http://")
	from := pushed(t, host+"/staging")
	_, digest, _ := strings.Cut(from, "@")
	args := []string{"--region", "ap-southeast-2", "--to", host + "/web:v1.1.0", "--from", from}
	code, stdout, stderr := runPublish(args...)
	require.Equal(t, exit.Done, code, stderr)
	assert.JSONEq(t, `{"result":"copied","image":"`+host+`/web:v1.1.0","digest":"`+digest+`","content":"`+content+`","from":"`+from+`"}`, stdout)
	assert.Contains(t, stderr, "publish: copying ")

	code, stdout, stderr = runPublish(append(args, "--platform", "linux/arm64")...)
	require.Equal(t, exit.Failed, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "exec format error")

	code, _, stderr = runPublish(append(args, "--timeout", "1ns")...)
	assert.Equal(t, exit.Failed, code)
	assert.Contains(t, stderr, "publish: it took longer than 1ns: ")
}
