package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold the command line, and which registry the login is for.

func TestParse_NamesEverythingThatIsWrong(t *testing.T) {
	_, err := parse([]string{"-to", "web:v1", "-platform", "amd64", "-digest", "v1", "-content", "v1", "-timeout", "0s", "surplus"}, &bytes.Buffer{})
	for _, want := range []string{
		"-region is missing", `-platform "amd64": want`, `-digest "v1": want sha256:`, `-content "v1": want sha256:`, `"surplus": flags only`,
		`-to "web:v1": want <repository>:<tag>`, "-timeout 0s: want more than nothing",
	} {
		require.ErrorContains(t, err, want)
	}
	for want, args := range map[string][]string{
		"want either -from or -digest":                     {},
		"want either":                                      {"-from", "r.test/web@" + other, "-digest", other, "-content", other},
		"-content is missing":                              {"-digest", other},
		`-from "r.test/web:v1": want <repository>@sha256:`: {"-from", "r.test/web:v1"},
	} {
		_, err := parse(append([]string{"-region", "r", "-to", "r.test/web:v1"}, args...), &bytes.Buffer{})
		require.ErrorContains(t, err, want)
		assert.Len(t, strings.Split(err.Error(), "\n"), 1, err)
	}
	assert.Equal(t, 2, run([]string{"surplus"}, &bytes.Buffer{}, &bytes.Buffer{}))
	assert.Equal(t, 0, run([]string{"-h"}, &bytes.Buffer{}, &bytes.Buffer{}))
}

// token is an ECR that gives one.
type token struct {
	user, endpoint string
	err            error
}

func (t token) GetAuthorizationToken(context.Context, *ecr.GetAuthorizationTokenInput, ...func(*ecr.Options)) (*ecr.GetAuthorizationTokenOutput, error) {
	if t.err != nil || t.endpoint == "" {
		return &ecr.GetAuthorizationTokenOutput{}, t.err
	}
	return &ecr.GetAuthorizationTokenOutput{AuthorizationData: []types.AuthorizationData{{
		AuthorizationToken: aws.String(base64.StdEncoding.EncodeToString([]byte(t.user))), ProxyEndpoint: &t.endpoint,
	}}}, nil
}

func TestLogin_IsForTheRegistryThatECRNames(t *testing.T) {
	keys, err := login(t.Context(), token{user: "AWS:hush", endpoint: "https://123456789012.dkr.ecr.ap-southeast-2.amazonaws.com"})
	require.NoError(t, err)
	for repository, want := range map[string]authn.AuthConfig{
		"123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/web":              {Username: "AWS", Password: "hush"},
		"123456789012.dkr.ecr.us-east-1.amazonaws.com/web":                   {},
		"210987654321.dkr.ecr.ap-southeast-2.amazonaws.com/web":              {},
		"123456789012.dkr.ecr.ap-southeast-2.amazonaws.com.example.com/web":  {},
		"example.com/123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/evil": {},
	} {
		target, err := name.NewRepository(repository)
		require.NoError(t, err)
		auth, err := keys.Resolve(target)
		require.NoError(t, err)
		got, err := auth.Authorization()
		require.NoError(t, err)
		assert.Equal(t, want, *got, repository)
	}
}

func TestLogin_SaysWhatECRDidNotGive(t *testing.T) {
	for want, given := range map[string]token{
		"login to ECR: AccessDenied\nnext: look at the AWS credentials, which need ecr:GetAuthorizationToken": {err: errors.New("AccessDenied")},
		"it gave no token":            {},
		"is not <user>:<password>":    {user: "canary", endpoint: "https://r.test"},
		`is for "r", which is no add`: {user: "AWS:canary", endpoint: "r"},
	} {
		_, err := login(t.Context(), given)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "canary")
	}
}

// The whole command, against an ECR and a registry in this process.
func TestRun_WritesAReceipt(t *testing.T) {
	s := newStore(t)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]any{"authorizationData": []map[string]string{{
			"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:hush")), "proxyEndpoint": s.URL,
		}}})
	}))
	t.Cleanup(api.Close)
	for variable, value := range map[string]string{
		"AWS_ENDPOINT_URL": api.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none", "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(variable, value)
	}
	digest := s.push(t, "staging:"+version, made(t))
	args := []string{"-region", "ap-southeast-2", "-to", s.host() + "/web:" + version, "-from", s.host() + "/staging@" + digest}
	var stdout, stderr bytes.Buffer
	require.Equal(t, 0, run(args, &stdout, &stderr), stderr.String())
	assert.JSONEq(t, `{"result":"copied","image":"`+s.host()+`/web:`+version+`","digest":"`+digest+`","content":"`+content+`","from":"`+s.host()+`/staging@`+digest+`"}`, stdout.String())
	assert.Contains(t, stderr.String(), "publish: copying ")

	stdout.Reset()
	require.Equal(t, 1, run(append(args, "-platform", "linux/arm64"), &stdout, &stderr))
	assert.Empty(t, stdout.String())
	assert.Contains(t, stderr.String(), "exec format error")

	assert.Equal(t, 1, run(append(args, "-timeout", "1ns"), &stdout, &stderr))
	assert.Contains(t, stderr.String(), "publish: it took longer than 1ns: ")
}
