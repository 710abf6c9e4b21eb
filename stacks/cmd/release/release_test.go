package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/stacks/cmd/internal/command"
)

func TestParse(t *testing.T) {
	for args, want := range map[string]options{
		"list -stack production":                           {verb: "list", on: command.Stack{Name: "production", File: "Pulumi.production.yaml"}},
		"list -stack acme/flowcomply/production":           {verb: "list", on: command.Stack{Name: "acme/flowcomply/production", File: "Pulumi.production.yaml"}},
		"apply -stack s -version v1.1.0":                   {verb: "apply", on: command.Stack{Name: "s", File: "Pulumi.s.yaml"}, version: "v1.1.0", log: logFolder},
		"apply -stack s -version v1 -on-failure ask -yes":  {verb: "apply", on: command.Stack{Name: "s", File: "Pulumi.s.yaml"}, version: "v1", onFailure: "ask", yes: true, log: logFolder},
		"rollback --stack s --config-file f -to v1 -force": {verb: "rollback", on: command.Stack{Name: "s", File: "f"}, to: "v1", force: true, log: logFolder},
		"rollback -stack s -yes":                           {verb: "rollback", on: command.Stack{Name: "s", File: "Pulumi.s.yaml"}, yes: true, log: logFolder},
	} {
		got, err := parse(strings.Fields(args))
		require.NoError(t, err, args)
		assert.Equal(t, want, got, args)
	}
}

func TestRun_RefusesWhatItCannotRead(t *testing.T) {
	for args, want := range map[string]string{
		"":                      "say what to do: list, apply or rollback",
		"up -stack s":           `"up": unknown; it is list, apply or rollback`,
		"list":                  "-stack: missing",
		"list -stack s -yes":    "flag provided but not defined: -yes",
		"list -stack s more":    `unexpected "more": flags only`,
		"apply -stack s":        "-version: missing",
		"rollback -stack s -to": "flag needs an argument: -to",
		"apply -stack s -version v1 -on-failure never": `-on-failure "never": unknown; it is one of [rollback keep ask]`,
		"list -stack s": "is not the project's folder",
	} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, release.Refused, run(t.Context(), strings.Fields(args), nil, &stdout, &stderr), args)
		assert.Contains(t, stderr.String(), want, args)
		assert.Empty(t, stdout.String(), args)
	}
}

func TestRun_Helps(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"help"}, {"apply", "-h"}} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, release.Proven, run(t.Context(), args, nil, &stdout, &stderr))
		assert.Equal(t, usage, stdout.String())
		assert.Empty(t, stderr.String())
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
