package registry

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// repository is ECR as its user guide describes it, as far as lifecycle policies go: immutable tags, manifests that
// keep the time of their first push, indexes that hold their children, and the evaluation of a policy.
type repository struct {
	day    int
	pushes int
	images map[string]*stored
	tags   map[string]*stored
}

type stored struct {
	digest string
	tags   []string
	day    int // of the first push
	order  int // of the first push, among those of a day
	parent string
}

func newRepository() *repository {
	return &repository{images: map[string]*stored{}, tags: map[string]*stored{}}
}

// push adds a manifest under a tag, or without one when tag is empty. A known manifest gets a further tag and
// keeps its age. A tag in use is refused, whatever it is on: ECR refuses even the same image again.
func (r *repository) push(digest, tag string) error {
	if tag != "" && r.holder(tag) != nil {
		return fmt.Errorf("tag %q already exists and is immutable", tag)
	}
	image := r.images[digest]
	if image == nil {
		r.pushes++
		image = &stored{digest: digest, day: r.day, order: r.pushes}
		r.images[digest] = image
	}
	if tag != "" {
		image.tags = append(image.tags, tag)
		r.tags[tag] = image
	}
	return nil
}

// pushChild adds an untagged manifest that an index refers to, such as one platform's or an attestation.
func (r *repository) pushChild(digest, index string) {
	if err := r.push(digest, ""); err != nil {
		panic(err)
	}
	r.images[digest].parent = index
}

// holder is the image with a tag, or nil.
func (r *repository) holder(tag string) *stored { return r.tags[tag] }

// expire evaluates a policy once: every rule picks its images as if it were alone, then the rules claim them in
// order of priority. An image that a rule's tags select is out of reach of every later rule.
func (r *repository) expire(text string) error {
	rules, err := parse(text)
	if err != nil {
		return err
	}
	claimed := map[string]bool{}
	var doomed []string
	for _, rule := range rules {
		var selected []*stored
		for _, image := range r.images {
			if rule.Selection.selects(image) {
				selected = append(selected, image)
			}
		}
		slices.SortFunc(selected, func(a, b *stored) int {
			return cmp.Or(cmp.Compare(b.day, a.day), cmp.Compare(b.order, a.order)) // youngest first
		})
		for i, image := range selected {
			if !claimed[image.digest] && rule.Selection.exceeded(i, r.day-image.day) && r.images[image.parent] == nil {
				doomed = append(doomed, image.digest)
			}
			claimed[image.digest] = true
		}
	}
	for _, digest := range doomed {
		for _, tag := range r.images[digest].tags {
			delete(r.tags, tag)
		}
		delete(r.images, digest)
	}
	return nil
}

type ecrRule struct {
	Priority    int          `json:"rulePriority"`
	Description string       `json:"description"`
	Selection   ecrSelection `json:"selection"`
	Action      struct {
		Type string `json:"type"`
	} `json:"action"`
}

type ecrSelection struct {
	TagStatus   string   `json:"tagStatus"`
	Patterns    []string `json:"tagPatternList"`
	Prefixes    []string `json:"tagPrefixList"`
	CountType   string   `json:"countType"`
	CountUnit   string   `json:"countUnit"`
	CountNumber int      `json:"countNumber"`
}

// selects applies a rule's tag conditions. With several patterns or prefixes, each needs a tag that matches it.
func (s ecrSelection) selects(image *stored) bool {
	if s.TagStatus == "any" {
		return true
	}
	if (s.TagStatus == "untagged") != (len(image.tags) == 0) {
		return false
	}
	for _, pattern := range s.Patterns {
		if !slices.ContainsFunc(image.tags, func(tag string) bool { return matches(pattern, tag) }) {
			return false
		}
	}
	for _, prefix := range s.Prefixes {
		if !slices.ContainsFunc(image.tags, func(tag string) bool { return strings.HasPrefix(tag, prefix) }) {
			return false
		}
	}
	return true
}

func (s ecrSelection) exceeded(rank, ageDays int) bool {
	if s.CountType == "imageCountMoreThan" {
		return rank >= s.CountNumber
	}
	return ageDays > s.CountNumber
}

// matches tells whether a whole tag fits a pattern in which * stands for any text, also none.
func matches(pattern, tag string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == tag
	}
	rest, found := strings.CutPrefix(tag, before)
	for i := 0; found && i <= len(rest); i++ {
		if matches(after, rest[i:]) {
			return true
		}
	}
	return false
}

// parse refuses what PutLifecyclePolicy refuses, and sorts the rules by priority.
func parse(text string) ([]ecrRule, error) {
	var document struct {
		Rules []ecrRule `json:"rules"`
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	rules := document.Rules
	slices.SortFunc(rules, func(a, b ecrRule) int { return cmp.Compare(a.Priority, b.Priority) })
	untagged := 0
	for i, rule := range rules {
		if err := rule.check(); err != nil {
			return nil, fmt.Errorf("rule %d: %w", rule.Priority, err)
		}
		if i > 0 && rules[i-1].Priority == rule.Priority {
			return nil, fmt.Errorf("rule %d: the priority is given twice", rule.Priority)
		}
		if rule.Selection.TagStatus == "any" && i != len(rules)-1 {
			return nil, fmt.Errorf("rule %d: `any` must come last", rule.Priority)
		}
		if rule.Selection.TagStatus == "untagged" {
			untagged++
		}
	}
	if len(rules) == 0 || untagged > 1 {
		return nil, fmt.Errorf("%d rules, %d for untagged images", len(rules), untagged)
	}
	return rules, nil
}

func (r ecrRule) check() error {
	s := r.Selection
	lists := len(s.Patterns) + len(s.Prefixes)
	days := s.CountType == "sinceImagePushed"
	switch {
	case r.Action.Type != "expire":
		return fmt.Errorf("action %q", r.Action.Type)
	case r.Priority < 1 || s.CountNumber < 1:
		return fmt.Errorf("priority %d, count %d", r.Priority, s.CountNumber)
	case !slices.Contains([]string{"tagged", "untagged", "any"}, s.TagStatus):
		return fmt.Errorf("tag status %q", s.TagStatus)
	case (s.TagStatus == "tagged") != (lists > 0) || len(s.Patterns) > 0 && len(s.Prefixes) > 0:
		return fmt.Errorf("%d patterns and %d prefixes with tag status %q", len(s.Patterns), len(s.Prefixes), s.TagStatus)
	case !days && s.CountType != "imageCountMoreThan":
		return fmt.Errorf("count type %q", s.CountType)
	case days != (s.CountUnit == "days"):
		return fmt.Errorf("count unit %q with count type %q", s.CountUnit, s.CountType)
	}
	for _, pattern := range s.Patterns {
		if strings.Count(pattern, "*") > 4 {
			return fmt.Errorf("pattern %q has more than four wildcards", pattern)
		}
	}
	return nil
}
