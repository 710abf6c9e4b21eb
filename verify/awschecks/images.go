package awschecks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Image checks that the registry still has the image that a service runs. Tasks that run do not need it any more; the next
// one, which autoscaling or a failed host asks for, would not start (CannotPullContainerError).
func (s Stack) Image(role string) check.Check {
	want := s.Services[role]
	_, repository, _ := strings.Cut(want.ImageRepository, "/")
	return polled("images", role, s.Interval, func(ctx context.Context) (string, error) {
		return ImageStored(ctx, repository, want.ImageDigest, s.Images, "release the same source under a new version before a task has to be "+
			"replaced: those that run go on, the next one cannot start; find out who deletes images of "+repository)
	})
}

// ImageStored looks whether a repository has the image with this digest, and says so; a permanent failure, with what to do
// next, where it has not. It goes by the images that come back, not by the absence of failures.
func ImageStored(ctx context.Context, repository, digest string, api ImageReader, next string) (string, error) {
	out, err := api.BatchGetImage(ctx, &ecr.BatchGetImageInput{
		RepositoryName: &repository, ImageIds: []types.ImageIdentifier{{ImageDigest: &digest}},
	})
	var missing *types.RepositoryNotFoundException
	switch {
	case errors.As(err, &missing):
		return "", permanent(fmt.Sprintf("the repository %s does not exist", repository),
			"run `pulumi refresh` and `pulumi up` with the version that runs: somebody has deleted the repository, and all its images with it")
	case err != nil:
		return "", Explain(err)
	}
	for _, image := range out.Images {
		if image.ImageId != nil && aws.ToString(image.ImageId.ImageDigest) == digest {
			return outputs.ShortDigest(digest) + " is there", nil
		}
	}
	reason := ""
	for _, failure := range out.Failures {
		reason = ": " + string(failure.FailureCode)
	}
	return "", permanent(fmt.Sprintf("the image %s is not in %s any more%s", outputs.ShortDigest(digest), repository, reason), next)
}
