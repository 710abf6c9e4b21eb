package registry

import (
	"context"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/crane"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests push with a real client against a fake ECR. That the emulated ECR answers as the fake does, the
// emulator's own tests and the end-to-end test prove.

type fakeECR struct {
	repository string
	tags       map[string]string
	fail       error
}

func (f *fakeECR) PutImage(_ context.Context, in *ecr.PutImageInput, _ ...func(*ecr.Options)) (*ecr.PutImageOutput, error) {
	if f.fail != nil {
		return nil, f.fail
	}
	if aws.ToString(in.RepositoryName) != f.repository {
		return nil, &types.RepositoryNotFoundException{}
	}
	tag, digest := aws.ToString(in.ImageTag), aws.ToString(in.ImageDigest)
	switch old := f.tags[tag]; {
	case tag == "" || old == "":
		f.tags[tag] = digest
		return &ecr.PutImageOutput{}, nil
	case old == digest:
		return nil, &types.ImageAlreadyExistsException{}
	default:
		return nil, &types.ImageTagAlreadyExistsException{Message: aws.String("tag " + tag + " is immutable")}
	}
}

func start(t *testing.T) (string, *fakeECR) {
	t.Helper()
	fake := &fakeECR{repository: "flowcomply-backend", tags: map[string]string{}}
	server := httptest.NewServer(New(t.TempDir(), fake, log.New(io.Discard, "", 0)))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), fake
}

func image(t *testing.T) (v1.Image, string) {
	t.Helper()
	img, err := random.Image(64, 1)
	require.NoError(t, err)
	digest, err := img.Digest()
	require.NoError(t, err)
	return img, digest.String()
}

func TestPush_TellsECRTheDigestThatItServes(t *testing.T) {
	host, fake := start(t)
	img, digest := image(t)
	require.NoError(t, crane.Push(img, host+"/flowcomply-backend:v1.0.0"))
	assert.Equal(t, digest, fake.tags["v1.0.0"])
	served, err := crane.Digest(host + "/flowcomply-backend:v1.0.0")
	require.NoError(t, err)
	assert.Equal(t, digest, served)
}

func TestPush_AgainIsNoChangeAndOtherContentIsRefused(t *testing.T) {
	host, _ := start(t)
	first, digest := image(t)
	require.NoError(t, crane.Push(first, host+"/flowcomply-backend:v1.0.0"))
	require.NoError(t, crane.Push(first, host+"/flowcomply-backend:v1.0.0"))

	second, _ := image(t)
	err := crane.Push(second, host+"/flowcomply-backend:v1.0.0")
	require.ErrorContains(t, err, "TAG_INVALID: tag v1.0.0 is immutable")
	served, err := crane.Digest(host + "/flowcomply-backend:v1.0.0")
	require.NoError(t, err)
	assert.Equal(t, digest, served, "the refused push must not have replaced the image")
}

func TestPush_ToAnUnknownRepositoryIsRefused(t *testing.T) {
	host, _ := start(t)
	img, _ := image(t)
	err := crane.Push(img, host+"/nobody:v1.0.0")
	require.ErrorContains(t, err, "NAME_UNKNOWN")
}

func TestPush_FailsWhenECRDoes(t *testing.T) {
	host, fake := start(t)
	fake.fail = assert.AnError
	img, _ := image(t)
	require.ErrorContains(t, crane.Push(img, host+"/flowcomply-backend:v1.0.0"), assert.AnError.Error())
}

func TestPush_IsToldWhyECRRefuses(t *testing.T) {
	host, fake := start(t)
	fake.fail = &types.LimitExceededException{Message: aws.String("too many images")}
	img, _ := image(t)
	require.ErrorContains(t, crane.Push(img, host+"/flowcomply-backend:v1.0.0"), "DENIED: LimitExceededException: too many images")
}
