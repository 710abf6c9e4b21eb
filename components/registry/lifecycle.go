package registry

import (
	"encoding/json"
	"fmt"
)

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
