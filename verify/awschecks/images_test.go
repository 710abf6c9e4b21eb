package awschecks

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// images is a registry that has these digests in each repository, and keeps which repository was asked.
type images struct {
	digests []string
	asked   []string
}

func (r *images) BatchGetImage(_ context.Context, in *ecr.BatchGetImageInput, _ ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error) {
	r.asked = append(r.asked, aws.ToString(in.RepositoryName))
	out := &ecr.BatchGetImageOutput{}
	for _, digest := range r.digests {
		if digest == aws.ToString(in.ImageIds[0].ImageDigest) {
			out.Images = append(out.Images, types.Image{ImageId: &in.ImageIds[0]})
		}
	}
	return out, nil
}

func TestImage_IsThatWhichTheNextTaskPulls(t *testing.T) {
	for name, tc := range map[string]struct {
		digests []string
		outcome check.Outcome
		says    string
	}{
		"there":   {[]string{fakeaws.Other, fakeaws.Digest}, check.OK, "sha256:bbbbbbbbbbbb is there"},
		"another": {[]string{fakeaws.Other}, check.FailedNow, "the image sha256:bbbbbbbbbbbb is not in flowcomply-backend any more"},
	} {
		t.Run(name, func(t *testing.T) {
			registry := &images{digests: tc.digests}
			stack := Stack{
				Outputs: outputs.Outputs{Services: map[string]outputs.Service{"backend": {ImageRepository: fakeaws.Repo, ImageDigest: fakeaws.Digest}}},
				Clients: Clients{Images: registry}, Interval: time.Second,
			}
			got := checktest.One(t, stack.Image("backend"))
			checktest.Expect(t, got, tc.outcome, tc.says)
			assert.Equal(t, []string{"flowcomply-backend"}, registry.asked)
		})
	}
}
