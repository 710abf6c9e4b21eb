package simulated

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/plugins/provider/providertest"
)

// The next attempt asks what there is already.
func TestRegistry_HoldsWhatWasPushedAndNothingElse(t *testing.T) {
	p, _ := started(t, Plan{Seed: immediate(t), Fail: image + "::broken"})
	ctx := context.Background()
	ask := func(repository, tag string) (string, error) {
		answer, err := p.Invoke(ctx, &pulumirpc.InvokeRequest{Tok: getImage, Args: providertest.Message(t, map[string]any{
			"repositoryName": repository, "imageTag": tag, "registryId": "123456789012",
		})})
		if err != nil {
			return "", err
		}
		return providertest.Properties(t, answer.GetReturn())["imageDigest"].StringValue(), nil
	}
	_, err := ask("team/app", "v1")
	require.ErrorIs(t, err, errNoImage, "nothing was pushed yet")
	push := func(name, image string) string {
		made, err := p.Create(ctx, &pulumirpc.CreateRequest{
			Urn: "urn:pulumi:local::flowcomply::docker:index/image:Image::" + name, Properties: providertest.Message(t, map[string]any{"imageName": image}),
		})
		if err != nil {
			return ""
		}
		return providertest.Properties(t, made.GetProperties())["repoDigest"].StringValue()
	}
	pushed := push("app", "host.test/team/app:v1")
	assert.Empty(t, push("broken", "host.test/team/app:v2"))
	digest, err := ask("team/app", "v1")
	require.NoError(t, err)
	assert.Equal(t, pushed, "host.test/team/app@"+digest)
	for _, other := range [][2]string{{"team/app", "v1.0"}, {"team/app", "v2"}, {"app", "v1"}} {
		_, err = ask(other[0], other[1])
		require.ErrorIs(t, err, errNoImage, other)
	}
}
