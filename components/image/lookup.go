package image

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Lookup asks ECR, in a preview too, which image a repository holds under a tag: its digest, or that it holds none. A
// repository that is yet to be made holds none. The account is that of the registry; opts name the provider to ask with.
//
// Any other answer is an error, so that nobody builds a version again because ECR could not be asked.
func Lookup(ctx *pulumi.Context, repository, tag, account string, opts ...pulumi.InvokeOption) (digest string, held bool, err error) {
	found, err := ecr.GetImage(ctx, &ecr.GetImageArgs{RepositoryName: repository, ImageTag: &tag, RegistryId: &account}, opts...)
	if err != nil {
		if isMissing(err) {
			return "", false, nil
		}
		return "", false, fmt.Errorf("image %s:%s: ask ECR whether it is there: %w; look at the credentials, which need ecr:DescribeImages, "+
			"and at the way to AWS, and run the command again", repository, tag, err)
	}
	if !digestPattern.MatchString(found.ImageDigest) {
		return "", false, fmt.Errorf("image %s:%s: ECR says that its digest is %q instead of sha256:<64 hex digits>; "+
			"look at it with `aws ecr describe-images --repository-name %[1]s`", repository, tag, found.ImageDigest)
	}
	return found.ImageDigest, true, nil
}

// isMissing tells "there is none" from every other refusal. An invoke's error is text. For both, an image and a repository,
// terraform-provider-aws 5.100.0 has words of its own, those with "couldn't find resource"; other versions of it hand on
// ECR's names of the two errors (internal/service/ecr/image_data_source.go).
func isMissing(err error) bool {
	for _, words := range []string{
		"ImageNotFoundException", "RepositoryNotFoundException", "reading ECR Images: couldn't find resource", "Your query returned no results",
	} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
