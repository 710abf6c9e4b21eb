package preflight

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// ImageReader reads images of a repository; *ecr.Client is one.
type ImageReader interface {
	BatchGetImage(context.Context, *ecr.BatchGetImageInput, ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error)
}

// imageExists checks that the repository with the URL still has the image. A rollback's tasks pull it by this digest.
// If a lifecycle policy has removed it, they would fail only minutes later (CannotPullContainerError).
func imageExists(url, digest string, api ImageReader, interval time.Duration) check.Check {
	_, name, _ := strings.Cut(url, "/")
	return check.Check{Group: inputs.ImagesGroup, Name: name, Run: func(ctx context.Context) (string, error) {
		err := poll.Until(ctx, interval, func(ctx context.Context) error {
			out, err := api.BatchGetImage(ctx, &ecr.BatchGetImageInput{
				RepositoryName: &name, ImageIds: []types.ImageIdentifier{{ImageDigest: &digest}},
			})
			var missing *types.RepositoryNotFoundException
			switch {
			case errors.As(err, &missing):
				return refused("run `pulumi refresh` and `pulumi up` with the version that runs: somebody has deleted the repository, and all its images with it",
					"the repository %s does not exist", name)
			case err != nil:
				return awschecks.Explain(err)
			}
			return evaluateImage(name, digest, out)
		})
		return outputs.ShortDigest(digest) + " is there", err
	}}
}

// evaluateImage goes by the images that came back, not by the absence of failures.
func evaluateImage(name, digest string, out *ecr.BatchGetImageOutput) error {
	for _, image := range out.Images {
		if image.ImageId != nil && aws.ToString(image.ImageId.ImageDigest) == digest {
			return nil
		}
	}
	reason := ""
	for _, failure := range out.Failures {
		reason = ": " + string(failure.FailureCode)
	}
	return refused("go back to a later release, whose images are still there, or release the old source under a new version; "+
		"registry.keepReleases says how many are kept", "the image %s is not in %s any more%s", outputs.ShortDigest(digest), name, reason)
}
