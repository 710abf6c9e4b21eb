package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/internal/decode"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Question is what preflight is asked about: the release that is to be, and what
// runs before it. It holds names, ARNs and digests; never a secret.
type Question struct {
	Stack     string `json:"stack"`     // Pulumi stack: production or staging
	Version   string `json:"version"`   // release that is to be, such as v1.1.0: the checkout's tag
	Region    string `json:"region"`    // AWS region of the stack
	AccountID string `json:"accountId"` // 12 digits; any other account is refused

	// Before is what runs now and was proven; nil before the stack's first release. An older version of the program may
	// have exported less: what it did not say is empty, and is not checked, with a warning.
	Before *outputs.Outputs `json:"before"`
	// Source is the folder of the application's Git checkout that is built; empty when nothing is.
	Source string `json:"source"`
	// Contexts are the folders of Source that images are built from.
	Contexts []BuildContext `json:"contexts"`
	// Migrations is the folder of the migrations, relative to Source; empty where nobody told.
	Migrations string `json:"migrations"`
	// Staging is the folder that copies of build contexts are made in, relative to the folder that preflight runs in; empty
	// where none are. It is no part of a context that it lies in.
	Staging string `json:"staging"`
	// Digests are the images that must still be in ECR, sha256:<64 hex digits> by the repository's URL; for a release
	// that is gone back to.
	Digests map[string]string `json:"digests"`
	// GoingBack says that an earlier release is gone back to. What such a release cures, alarms that fire and a deployment
	// that does not end, is then no reason to refuse it.
	GoingBack bool `json:"goingBack"`
	// Skip names groups of checks that are not made; see Skippable.
	Skip []string `json:"skip"`
}

// BuildContext is what one image is built from.
type BuildContext struct {
	Folder     string `json:"folder"`     // relative to Source; . is Source itself
	Dockerfile string `json:"dockerfile"` // relative to the folder
	Content    string `json:"content"`    // sha256:<64 hex digits> of what is built; empty where nobody told
}

// Omission is a group of checks that is not made.
type Omission struct {
	Group string // such as alarms
	Why   string
	Risk  bool // it would have been made but for Skip, or for what an older version did not tell
	Skip  bool // Question.Skip is why
}

// repositoryPattern is <registry>/<name>, without a tag or digest.
var repositoryPattern = regexp.MustCompile(`^[^/@\s]+/[a-z0-9][a-z0-9._/-]*$`)

// ParseQuestion reads a Question as JSON. It is strict: an unknown field or a
// malformed value is an error, and the error lists all malformed values.
func ParseQuestion(data []byte) (Question, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var q Question
	if err := decoder.Decode(&q); err != nil {
		return Question{}, fmt.Errorf("question: not the JSON object that preflight reads: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Question{}, errors.New("question: more text follows the JSON object")
	}
	if err := q.Validate(); err != nil {
		return Question{}, fmt.Errorf("question: %w", err)
	}
	return q, nil
}

// Validate returns every value that cannot be right, joined in one error.
func (q Question) Validate() error {
	var p decode.Problems
	p.Present("stack", q.Stack)
	p.Present("version", q.Version)
	p.Present("region", q.Region)
	if !outputs.AccountPattern.MatchString(q.AccountID) {
		p.Add("accountId", "is %q; must be 12 digits", q.AccountID)
	}
	if q.Before != nil {
		q.beforeProblems(&p)
	}
	q.sourceProblems(&p)
	for _, url := range slices.Sorted(maps.Keys(q.Digests)) {
		if !repositoryPattern.MatchString(url) {
			p.Add("digests", "has the key %q; must be a repository's URL, <registry>/<name>", url)
		}
		if !outputs.DigestPattern.MatchString(q.Digests[url]) {
			p.Add("digests."+url, "is %q; must be sha256: and 64 hex digits", q.Digests[url])
		}
	}
	for i, group := range q.Skip {
		switch {
		case slices.Contains(preflightGroups, group) && !Skippable(group):
			p.Add(fmt.Sprintf("skip[%d]", i), "is %q, which is always checked; it may be one of %s", group, strings.Join(skippable, ", "))
		case !Skippable(group):
			p.Add(fmt.Sprintf("skip[%d]", i), "is %q, which is no check; it may be one of %s", group, strings.Join(skippable, ", "))
		}
	}
	return p.Err()
}

// beforeProblems are those of what runs: that it is this stack. The rest is the
// checks' to judge.
func (q Question) beforeProblems(p *decode.Problems) {
	p.Present("before.version", q.Before.Version)
	for _, same := range []struct{ path, before, now string }{
		{"stack", q.Before.Stack, q.Stack}, {"region", q.Before.Region, q.Region}, {"accountId", q.Before.AccountID, q.AccountID},
	} {
		if same.before != same.now {
			p.Add("before."+same.path, "is %q; must be %q, as in the question: a stack does not move", same.before, same.now)
		}
	}
}

// sourceProblems are those of what is built.
func (q Question) sourceProblems(p *decode.Problems) {
	inside := func(path, name string) {
		if name == "" || !filepath.IsLocal(filepath.FromSlash(name)) {
			p.Add(path, "is %q; must be a path inside the folder that it is relative to", name)
		}
	}
	for i, context := range q.Contexts {
		path := fmt.Sprintf("contexts[%d].", i)
		inside(path+"folder", context.Folder)
		inside(path+"dockerfile", context.Dockerfile)
		if context.Content != "" && !outputs.DigestPattern.MatchString(context.Content) {
			p.Add(path+"content", "is %q; must be sha256: and 64 hex digits, or empty", context.Content)
		}
	}
	if q.Migrations != "" {
		inside("migrations", q.Migrations)
	}
	if q.Source == "" && (len(q.Contexts) > 0 || q.Migrations != "") {
		p.Add("source", "is empty, and there are contexts or migrations, which are relative to it")
	}
}

// Omitted lists the groups that PreflightChecks does not make, with the reason.
func (q Question) Omitted() []Omission {
	var omitted []Omission
	for _, group := range preflightGroups {
		if one, is := q.omission(group); is {
			omitted = append(omitted, one)
		}
	}
	return omitted
}

// omission says why the group is not made; false if it is. That there is nothing
// to check comes before Skip, which so means a check that would have been made.
func (q Question) omission(group string) (Omission, bool) {
	if why := q.needless(group); why != "" {
		return Omission{Group: group, Why: why}, true
	}
	if slices.Contains(q.Skip, group) {
		return Omission{Group: group, Why: "the stack's configuration says so (flowcomply:preflight.skip)", Risk: true, Skip: true}, true
	}
	if missing := q.untold(group); missing != "" {
		why := "an older version of this program released what runs, and did not tell its " + missing
		return Omission{Group: group, Why: why, Risk: true}, true
	}
	return Omission{}, false
}

// needless says why there is nothing to check; empty if there is.
func (q Question) needless(group string) string {
	switch group {
	case accountGroup:
		return ""
	case checkoutGroup:
		return unless(q.Source != "", "nothing is built")
	case builderGroup:
		return unless(len(q.Contexts) > 0, "nothing is built")
	case imagesGroup:
		return unless(len(q.Digests) > 0, "no image is pinned")
	case alarmsGroup, deploymentsGroup:
		if q.GoingBack {
			return "going back is the cure for it"
		}
	}
	return unless(q.Before != nil, "nothing runs yet")
}

// untold is the output that the group's check needs and what runs did not tell.
func (q Question) untold(group string) string {
	switch group {
	case secretsGroup:
		return unless(q.Before.SmokeSecretArn != "", "smokeSecretArn")
	case certificateGroup:
		return unless(q.Before.CertificateArn != "", "certificateArn")
	case mailGroup:
		return unless(q.Before.MailIdentity != "", "mailIdentity")
	case alarmsGroup:
		return unless(len(q.Before.AlarmNames) > 0, "alarmNames")
	case deploymentsGroup:
		return unless(q.Before.ClusterArn != "" && len(q.Before.Services) > 0, "services")
	}
	return ""
}

// unless is the text when the condition does not hold.
func unless(holds bool, text string) string {
	if holds {
		return ""
	}
	return text
}
