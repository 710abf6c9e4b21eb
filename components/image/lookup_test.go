package image_test

import (
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what is made of the provider's answers. The refusals are texts that terraform-provider-aws 5.100.0
// has returned; that it still does, the running stack proves.

const getImage = "aws:ecr/getImage:getImage"

func lookup(t *testing.T, options ...record.Option) (digest string, held bool, err error) {
	t.Helper()
	g := record.Run(t, func(ctx *pulumi.Context) error {
		digest, held, err = image.Lookup(ctx, "flowcomply-web", "v1.2.3", "123456789012")
		return nil
	}, options...)
	require.Len(t, g.Calls(), 1)
	assert.Equal(t, getImage, g.Calls()[0].Token)
	assert.Equal(t, map[string]any{"repositoryName": "flowcomply-web", "imageTag": "v1.2.3", "registryId": "123456789012"}, g.Calls()[0].Args.Mappable())
	return digest, held, err
}

func TestLookup_TellsWhatTheRegistryHolds(t *testing.T) {
	for _, preview := range [][]record.Option{nil, {record.Preview()}} {
		digest, held, err := lookup(t, append(preview, record.AnswerCall(getImage, map[string]any{"imageDigest": heldDigest}))...)
		require.NoError(t, err)
		assert.True(t, held)
		assert.Equal(t, heldDigest, digest)
	}
}

func TestLookup_TellsNothingFromARefusal(t *testing.T) {
	const refused = "invocation of aws:ecr/getImage:getImage returned an error: "
	for text, want := range map[string]string{
		"reading ECR Images: couldn't find resource": "",
		"reading ECR Images: operation error ECR: DescribeImages, https response error StatusCode: 400, RequestID: 1, " +
			"ImageNotFoundException: The image with imageId {imageDigest:'null', imageTag:'v1.2.3'} does not exist": "",
		"reading ECR Images: operation error ECR: DescribeImages, https response error StatusCode: 400, RequestID: 1, RepositoryNotFoundException: no":    "",
		"Your query returned no results. Please change your search criteria and try again.":                                                               "",
		"reading ECR Images: operation error ECR: DescribeImages, https response error StatusCode: 400, RequestID: 1, AccessDeniedException: not allowed": "ecr:DescribeImages",
		"retrieving caller identity from STS: couldn't find resource":                                                                                     "ask ECR whether it is there",
	} {
		digest, held, err := lookup(t, record.FailCall(getImage, errors.New(refused+text)))
		assert.False(t, held, text)
		assert.Empty(t, digest, text)
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, "image flowcomply-web:v1.2.3: ", text)
		require.ErrorContains(t, err, text)
		require.ErrorContains(t, err, want, text)
	}
}

func TestLookup_RefusesWhatIsNoDigest(t *testing.T) {
	_, held, err := lookup(t, record.AnswerCall(getImage, map[string]any{"imageDigest": "latest"}))
	require.ErrorContains(t, err, `ECR says that its digest is "latest" instead of sha256:<64 hex digits>`)
	assert.False(t, held)
}
