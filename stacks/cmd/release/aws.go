package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// connect returns the registry of the stack's account and region, once AWS has confirmed that the credentials are for it.
func connect(ctx context.Context, outputs outputs.Outputs) (release.Images, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(outputs.Region))
	if err != nil {
		return nil, fmt.Errorf("AWS: %w; sign in (AWS_PROFILE, `aws sso login` or a role)", err)
	}
	if err := verify.Account(ctx, sts.NewFromConfig(loaded), outputs.AccountID); err != nil {
		var failure *verify.Failure
		if errors.As(err, &failure) && failure.Next != "" {
			err = fmt.Errorf("%w\nnext: %s", err, failure.Next)
		}
		return nil, err
	}
	return registry{ecr.NewFromConfig(loaded)}, nil
}

// batchGetImage is what is asked of ECR.
type batchGetImage interface {
	BatchGetImage(context.Context, *ecr.BatchGetImageInput, ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error)
}

type registry struct{ ecr batchGetImage }

// Missing lists those of a repository's digests that it no longer has.
func (r registry) Missing(ctx context.Context, repository string, digests []string) ([]string, error) {
	_, name, found := strings.Cut(repository, "/")
	if !found {
		return nil, fmt.Errorf("%q names no repository of a registry", repository)
	}
	ids := make([]types.ImageIdentifier, len(digests))
	for i, digest := range digests {
		ids[i].ImageDigest = aws.String(digest)
	}
	answer, err := r.ecr.BatchGetImage(ctx, &ecr.BatchGetImageInput{RepositoryName: &name, ImageIds: ids})
	var gone *types.RepositoryNotFoundException
	if errors.As(err, &gone) {
		return digests, nil
	}
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, failure := range answer.Failures {
		if failure.FailureCode != types.ImageFailureCodeImageNotFound {
			return nil, fmt.Errorf("%s: %s", failure.FailureCode, aws.ToString(failure.FailureReason))
		}
		if failure.ImageId != nil {
			missing = append(missing, aws.ToString(failure.ImageId.ImageDigest))
		}
	}
	return missing, nil
}
