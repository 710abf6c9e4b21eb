package registry_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/components/registry"
)

// These tests prove what is asked of the engine. They do not prove that ECR enforces immutability or scans an image.

var spec = registry.Spec{KeepReleases: 40, UntaggedDays: 7}

func program(protected bool) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		r, err := registry.New(ctx, "api-registry", spec, registry.Args{
			RepositoryName: "flowcomply-api", KeyArn: pulumi.String("arn:key"), Protected: protected,
		})
		if err != nil {
			return err
		}
		ctx.Export("url", r.URL)
		return nil
	}
}

func TestRegistry_Graph(t *testing.T) {
	g := record.Run(t, program(true))
	g.Golden(t, "protected")
	assert.Equal(t, 2, g.Registrations, "the component and the stack")
}

func TestRegistry_Controls(t *testing.T) {
	for _, protected := range []bool{true, false} {
		g := record.Run(t, program(protected))
		repository := g.One(t, "aws:ecr/repository:Repository", "api-registry")
		assert.Equal(t, map[string]any{
			"name":                       "flowcomply-api",
			"imageTagMutability":         "IMMUTABLE",
			"imageScanningConfiguration": map[string]any{"scanOnPush": true},
			"encryptionConfigurations":   []any{map[string]any{"encryptionType": "KMS", "kmsKey": "arn:key"}},
			"forceDelete":                !protected,
		}, repository.Plain())
		assert.Equal(t, protected, repository.Protect)
		lifecycle := g.One(t, "aws:ecr/lifecyclePolicy:LifecyclePolicy", "api-registry")
		assert.Equal(t, "flowcomply-api", lifecycle.Get("repository"))
		assert.Equal(t, registry.Lifecycle(spec), lifecycle.Get("policy"))
		assert.Empty(t, g.Of("aws:ecr/repositoryPolicy:RepositoryPolicy"), "nobody outside the account pulls")
	}
}

func TestSpec_Validate(t *testing.T) {
	require.NoError(t, spec.Validate())
	for name, row := range map[string]struct {
		change func(*registry.Spec)
		want   string
	}{
		"too few to roll back": {func(s *registry.Spec) { s.KeepReleases = 29 }, "keepReleases: 29 is out of range; allowed: 30 to 1000"},
		"too many":             {func(s *registry.Spec) { s.KeepReleases = 1001 }, "keepReleases: 1001 is out of range; allowed: 30 to 1000"},
		"never":                {func(s *registry.Spec) { s.UntaggedDays = 0 }, "untaggedDays: 0 is out of range; allowed: 1 to 365"},
		"both": {
			func(s *registry.Spec) { *s = registry.Spec{} },
			"keepReleases: 0 is out of range; allowed: 30 to 1000\nuntaggedDays: 0 is out of range; allowed: 1 to 365",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad := spec
			row.change(&bad)
			assert.EqualError(t, bad.Validate(), row.want)
		})
	}
}
