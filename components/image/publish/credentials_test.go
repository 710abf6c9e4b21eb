package publish

import (
	"context"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold which registry the login is for.

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
