package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
)

func TestReleasing_RefusesWhatItCannotRead(t *testing.T) {
	t.Chdir(t.TempDir())
	for args, want := range map[string]string{
		"releases":                                "--stack: missing",
		"releases --stack s --yes":                "unknown flag: --yes",
		"releases --stack s more":                 `unexpected "more": flags only`,
		"release --stack s":                       "VERSION: missing",
		"release v1 v2 --stack s":                 `unexpected "v2": flags only`,
		"rollback v1 more --stack s":              `unexpected "more": flags only`,
		"rollback --stack s --log":                "flag needs an argument: --log",
		"release v1 --stack s --force":            "unknown flag: --force",
		"release v1 --stack s --on-failure never": `--on-failure "never": unknown; it is one of [rollback keep ask]`,
		"release --on-failure never":              "VERSION: missing; name the version to release, such as v1.1.0\n--on-failure \"never\": unknown; it is one of [rollback keep ask]\n--stack: missing",
		"release v1 --stack s --on-failure ask --yes --commit --log l": "is not the project's folder",
		"rollback v1 --stack s --config-file f --force --commit --yes": "is not the project's folder",
		"rollback --stack s":                 "is not the project's folder",
		"releases --stack acme/flowcomply/s": "is not the project's folder",
	} {
		got := flowcomply(t, strings.Fields(args)...)
		assert.Equal(t, exit.Refused, got.code, args)
		assert.Contains(t, got.stderr, want, args)
		assert.Empty(t, got.stdout, args)
	}
}

// images is a registry in which some things are.
type images struct {
	asked *ecr.BatchGetImageInput
	give  *ecr.BatchGetImageOutput
	err   error
}

func (i *images) BatchGetImage(_ context.Context, in *ecr.BatchGetImageInput, _ ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error) {
	i.asked = in
	return i.give, i.err
}

func TestMissing_AsksForDigests(t *testing.T) {
	failure := func(code types.ImageFailureCode) *ecr.BatchGetImageOutput {
		return &ecr.BatchGetImageOutput{Failures: []types.ImageFailure{{
			FailureCode: code, FailureReason: aws.String("why"), ImageId: &types.ImageIdentifier{ImageDigest: aws.String("sha256:b")},
		}}}
	}
	for name, row := range map[string]struct {
		in     images
		want   []string
		failed string
	}{
		"all there":     {in: images{give: &ecr.BatchGetImageOutput{}}},
		"one gone":      {in: images{give: failure(types.ImageFailureCodeImageNotFound)}, want: []string{"sha256:b"}},
		"unreadable":    {in: images{give: failure(types.ImageFailureCodeKmsError)}, failed: "KmsError: why"},
		"no repository": {in: images{err: &types.RepositoryNotFoundException{}}, want: []string{"sha256:a", "sha256:b"}},
		"no answer":     {in: images{err: errors.New("no route")}, failed: "no route"},
	} {
		t.Run(name, func(t *testing.T) {
			missing, err := registry{&row.in}.Missing(t.Context(), "210987654321.dkr.ecr.ap-southeast-2.amazonaws.com/team/backend", []string{"sha256:a", "sha256:b"})
			if row.failed != "" {
				require.EqualError(t, err, row.failed)
			} else {
				require.NoError(t, err)
			}
			assert.Equal(t, row.want, missing)
			assert.Equal(t, "team/backend", *row.in.asked.RepositoryName)
			assert.Len(t, row.in.asked.ImageIds, 2)
		})
	}
	_, err := registry{&images{}}.Missing(t.Context(), "backend", nil)
	require.EqualError(t, err, `"backend" names no repository of a registry`)
}
