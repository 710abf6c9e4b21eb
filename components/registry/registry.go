// Package registry declares the ECR repository that holds one service's release images.
//
//   - Tags are immutable and are release versions only, so a tag says for ever which image it was. There is no `latest`:
//     services run images by digest.
//   - A rollback runs old images, so the lifecycle policy is a pure function that a simulator of ECR's rules tests.
package registry

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

const (
	// MinimumReleases is the fewest releases a repository may keep: how far back a rollback can go.
	MinimumReleases = 30
	// maximumReleases stays far below ECR's 20,000 images a repository.
	maximumReleases = 1000
)

// Spec is what an operator decides about the images of a past release.
type Spec struct {
	// KeepReleases is the number of release images kept, newest first; at least 30, at most 1000. A version
	// older than that can no longer be rolled back to.
	KeepReleases int `json:"keepReleases"`
	// UntaggedDays is the age in days at which an image without a tag is removed; 1 to 365. The only ones are
	// left by a push that was cut off before its tag.
	UntaggedDays int `json:"untaggedDays"`
}

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	return validate.All(
		validate.Range("keepReleases", s.KeepReleases, MinimumReleases, maximumReleases),
		validate.Range("untaggedDays", s.UntaggedDays, 1, 365),
	)
}

// Args are what infra supplies.
type Args struct {
	// RepositoryName is the physical name, which the runbook and the services' images use. Changing it
	// replaces the repository and loses every image of a past release.
	RepositoryName string
	// KeyArn is the KMS key the images are encrypted with. Changing it replaces the repository.
	KeyArn pulumi.StringInput
	// Protected keeps the repository from being deleted. Without it, it is deleted together with its images.
	Protected bool
}

// Registry is one repository.
type Registry struct {
	pulumi.ResourceState

	// URL is the repository's address without a tag: <account>.dkr.ecr.<region>.amazonaws.com/<name>.
	URL pulumi.StringOutput `pulumi:"url"`
	// Arn is the repository's ARN, for the policies of who pushes and pulls.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// Name is the repository's physical name.
	Name string `pulumi:"name"`
}

// New declares the repository and its lifecycle policy.
//
//runbook:pre.2#7 declares a repository for each service.
//runbook:pre.1#3 scans each image that is pushed.
//runbook:2.1#10,2.2#7,2.3#3,2.3#5 has no `latest`: a tag is a version and cannot be moved, and services run digests.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Registry, error) {
	registry := &Registry{Name: args.RepositoryName}
	b, err := component.New(ctx, "flowcomply:registry:Registry", name, registry, args, opts)
	if err != nil {
		return nil, err
	}
	repository, err := ecr.NewRepository(ctx, name, &ecr.RepositoryArgs{
		Name:                       pulumi.String(args.RepositoryName),
		ImageTagMutability:         pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(true)},
		EncryptionConfigurations: ecr.RepositoryEncryptionConfigurationArray{
			&ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("KMS"), KmsKey: args.KeyArn},
		},
		ForceDelete: pulumi.Bool(!args.Protected),
	}, b.Parent, pulumi.Protect(args.Protected))
	if err != nil {
		return nil, b.Errorf("repository: %w", err)
	}
	if _, err := ecr.NewLifecyclePolicy(ctx, name, &ecr.LifecyclePolicyArgs{
		Repository: repository.Name, Policy: pulumi.String(Lifecycle(spec)),
	}, b.Parent); err != nil {
		return nil, b.Errorf("lifecycle policy: %w", err)
	}
	registry.URL, registry.Arn = repository.RepositoryUrl, repository.Arn
	return registry, b.Done()
}

// ReleasePattern is the ECR tag pattern of a release, v1.2.3. Three of the four wildcards ECR allows keep tags such
// as `vendor` or `vnext` from counting as releases and pushing real ones out.
const ReleasePattern = "v*.*.*"

// Lifecycle is the repository's lifecycle policy as canonical JSON. It has no rule for `any` image on purpose: such a
// rule also deletes what runs when the tags are not the ones it was written for. What matches no rule is kept.
//
// The count is of images, by the time each manifest was first pushed, and a new tag on an old manifest does not make
// it younger (https://github.com/aws/containers-roadmap/issues/2746). That the last KeepReleases releases survive
// therefore rests on each release being a manifest of its own, which package image sees to with a build argument.
//
// Rules and their evaluation: https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
func Lifecycle(spec Spec) string {
	document := policy{Rules: []rule{
		{
			Priority:    1,
			Description: fmt.Sprintf("keep the last %d releases", spec.KeepReleases),
			Selection: selection{
				TagStatus: "tagged", TagPatterns: []string{ReleasePattern},
				CountType: "imageCountMoreThan", CountNumber: spec.KeepReleases,
			},
			Action: action{Type: "expire"},
		},
		{
			Priority:    2,
			Description: fmt.Sprintf("remove images without a tag after %d days", spec.UntaggedDays),
			Selection: selection{
				TagStatus: "untagged",
				CountType: "sinceImagePushed", CountUnit: "days", CountNumber: spec.UntaggedDays,
			},
			Action: action{Type: "expire"},
		},
	}}
	text, err := json.Marshal(document)
	if err != nil {
		panic(fmt.Sprintf("registry: lifecycle policy: %v", err)) // strings and numbers always marshal
	}
	return string(text)
}

type policy struct {
	Rules []rule `json:"rules"`
}

type rule struct {
	Priority    int       `json:"rulePriority"`
	Description string    `json:"description"`
	Selection   selection `json:"selection"`
	Action      action    `json:"action"`
}

type selection struct {
	TagStatus   string   `json:"tagStatus"`
	TagPatterns []string `json:"tagPatternList,omitempty"`
	CountType   string   `json:"countType"`
	CountUnit   string   `json:"countUnit,omitempty"`
	CountNumber int      `json:"countNumber"`
}

type action struct {
	Type string `json:"type"`
}
