// Package inputs is the contract of what an update asks of the checks that run within it: the program writes it, they read it.
package inputs

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/internal/decode"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Preflight is what preflight is asked to check: the release that is to be, and what runs before it. It holds names,
// ARNs and digests; never a secret.
type Preflight struct {
	Stack     string `json:"stack"`     // Pulumi stack: production or staging
	Version   string `json:"version"`   // release that is to be, such as v1.1.0: the checkout's tag
	Region    string `json:"region"`    // AWS region of the stack
	AccountID string `json:"accountId"` // 12 digits; any other account is refused

	// Before is what runs now and was verified; nil before the stack's first release. An older version of the program may
	// have exported less: what it left out is empty, and is not checked, with a warning.
	Before *outputs.Outputs `json:"before"`
	// VCPUs are what Fargate has to be allowed to run; nil where an older version of the program did not tell.
	VCPUs *VCPUs `json:"vcpus,omitempty"`
	// Source is the folder of the application's Git checkout that is built; empty when nothing is.
	Source string `json:"source"`
	// Contexts are the folders of Source that images are built from.
	Contexts []BuildContext `json:"contexts"`
	// Migrations is the folder of the migrations, relative to Source; empty where nobody told.
	Migrations string `json:"migrations"`
	// Staging is the folder that copies of build contexts are made in, relative to the folder that preflight runs in; empty
	// where none are. It is no part of a context that it lies in.
	Staging string `json:"staging"`
	// Digests are the images that must still be in ECR, sha256:<64 hex digits> by the repository's URL; for a rollback.
	Digests map[string]string `json:"digests"`
	// GoingBack says that this is a rollback. It repairs alarms that fire and a deployment that does not end, so these do
	// not refuse it.
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

// VCPUs are how many virtual processors the tasks of a stack take at once.
type VCPUs struct {
	// Rolling is while a release replaces the fewest tasks of each service: these twice, and the one-off task that migrates.
	Rolling float64 `json:"rolling"`
	// Scaled is where auto-scaling ends.
	Scaled float64 `json:"scaled"`
}

// Skipped is a group of checks that is not made.
type Skipped struct {
	Group string // such as alarms
	Why   string
	Risk  bool // it would be made, if not for Skip, or for what an older version did not tell
	Skip  bool // Preflight.Skip is why
}

// The groups of preflight's checks, in the order of reports. Preflight.Skip names
// them.
const (
	AccountGroup     = "account"
	QuotaGroup       = "quota"
	CheckoutGroup    = "checkout"
	BuilderGroup     = "builder"
	SecretsGroup     = "secrets"
	CertificateGroup = "certificate"
	MailGroup        = "mail"
	AlarmsGroup      = "alarms"
	DeploymentsGroup = "deployments"
	ImagesGroup      = "images"
)

// Groups are all of them; skippable are those that a release can do without. The others decide whether it works at all. In
// another account every answer is about something else; an image that is gone, or cannot be built, cannot run.
var (
	Groups = []string{
		AccountGroup, QuotaGroup, CheckoutGroup, BuilderGroup, SecretsGroup, CertificateGroup, MailGroup, AlarmsGroup, DeploymentsGroup, ImagesGroup,
	}
	skippable = slices.DeleteFunc(slices.Clone(Groups), func(group string) bool {
		return group == AccountGroup || group == BuilderGroup || group == ImagesGroup
	})
)

// Skippable says whether a release may go on without the group's checks, so that Preflight.Skip may name it.
func Skippable(group string) bool { return slices.Contains(skippable, group) }

// repositoryPattern is <registry>/<name>, without a tag or digest.
var repositoryPattern = regexp.MustCompile(`^[^/@\s]+/[a-z0-9][a-z0-9._/-]*$`)

// ParsePreflight reads the inputs as JSON. It is strict: an unknown field or a malformed value is an error, and the
// error lists all malformed values.
func ParsePreflight(data []byte) (Preflight, error) {
	var q Preflight
	if err := decode.Object(data, &q, "that preflight reads"); err != nil {
		return Preflight{}, fmt.Errorf("question: %w", err)
	}
	if err := q.Validate(); err != nil {
		return Preflight{}, fmt.Errorf("question: %w", err)
	}
	return q, nil
}

// Validate returns every value that cannot be right, joined in one error.
func (q Preflight) Validate() error {
	var p decode.Problems
	p.Present("stack", q.Stack)
	p.Present("version", q.Version)
	p.Present("region", q.Region)
	p.Require(outputs.AccountPattern.MatchString(q.AccountID), "accountId", "is %q; must be 12 digits", q.AccountID)
	if q.Before != nil {
		q.beforeProblems(&p)
	}
	q.sourceProblems(&p)
	if q.VCPUs != nil {
		p.Require(q.VCPUs.Rolling > 0 && q.VCPUs.Scaled > 0, "vcpus", "has %g and %g; both must be above 0", q.VCPUs.Rolling, q.VCPUs.Scaled)
	}
	for _, url := range slices.Sorted(maps.Keys(q.Digests)) {
		p.Require(repositoryPattern.MatchString(url), "digests", "has the key %q; must be a repository's URL, <registry>/<name>", url)
		p.Require(outputs.DigestPattern.MatchString(q.Digests[url]), "digests."+url, "is %q; must be sha256: and 64 hex digits", q.Digests[url])
	}
	for i, group := range q.Skip {
		why := "no check"
		if slices.Contains(Groups, group) {
			why = "always checked"
		}
		p.Require(Skippable(group), fmt.Sprintf("skip[%d]", i),
			"is %q, which is %s; it may be one of %s", group, why, strings.Join(skippable, ", "))
	}
	return p.Err()
}

// beforeProblems checks that what runs is this stack. The rest of it is for the checks.
func (q Preflight) beforeProblems(p *decode.Problems) {
	p.Present("before.version", q.Before.Version)
	for _, same := range []struct{ path, before, now string }{
		{"stack", q.Before.Stack, q.Stack}, {"region", q.Before.Region, q.Region}, {"accountId", q.Before.AccountID, q.AccountID},
	} {
		p.Require(same.before == same.now, "before."+same.path,
			"is %q; must be %q, as in the question: a stack does not move", same.before, same.now)
	}
}

// sourceProblems are those of what is built.
func (q Preflight) sourceProblems(p *decode.Problems) {
	inside := func(path, name string) {
		p.Require(filepath.IsLocal(filepath.FromSlash(name)), path, "is %q; must be a path inside the folder that it is relative to", name)
	}
	for i, context := range q.Contexts {
		path := fmt.Sprintf("contexts[%d].", i)
		inside(path+"folder", context.Folder)
		inside(path+"dockerfile", context.Dockerfile)
		p.Require(context.Content == "" || outputs.DigestPattern.MatchString(context.Content),
			path+"content", "is %q; must be sha256: and 64 hex digits, or empty", context.Content)
	}
	if q.Migrations != "" {
		inside("migrations", q.Migrations)
	}
	p.Require(q.Source != "" || len(q.Contexts) == 0 && q.Migrations == "",
		"source", "is empty, and there are contexts or migrations, which are relative to it")
}

// Skipped lists the groups that are not checked, with the reason.
func (q Preflight) Skipped() []Skipped {
	var skipped []Skipped
	for _, group := range Groups {
		if one, is := q.SkippedFor(group); is {
			skipped = append(skipped, one)
		}
	}
	return skipped
}

// SkippedFor says why the group is skipped; false if it is not. "Nothing to check" comes before Skip: so Skip is given
// as the reason only for a check that would have been made.
func (q Preflight) SkippedFor(group string) (Skipped, bool) {
	if why := q.needless(group); why != "" {
		return Skipped{Group: group, Why: why}, true
	}
	if slices.Contains(q.Skip, group) {
		return Skipped{Group: group, Why: "the stack's configuration says so (flowcomply:preflight.skip)", Risk: true, Skip: true}, true
	}
	if missing := q.untold(group); missing != "" {
		why := "an older version of this program released what runs, and did not tell its " + missing
		return Skipped{Group: group, Why: why, Risk: true}, true
	}
	return Skipped{}, false
}

// needless says why there is nothing to check; empty if there is.
func (q Preflight) needless(group string) string {
	switch {
	case group == CheckoutGroup && q.Source == "", group == BuilderGroup && len(q.Contexts) == 0:
		return "nothing is built"
	case group == ImagesGroup && len(q.Digests) == 0:
		return "no image is pinned"
	case group == QuotaGroup && q.VCPUs == nil:
		return "nobody told how much it takes"
	case group == QuotaGroup && q.GoingBack:
		return "what is gone back to has run in this account"
	case q.GoingBack && (group == AlarmsGroup || group == DeploymentsGroup):
		return "going back is the cure for it"
	case q.Before == nil && !slices.Contains([]string{AccountGroup, QuotaGroup, CheckoutGroup, BuilderGroup, ImagesGroup}, group):
		return "nothing runs yet"
	}
	return ""
}

// untold is the output that the group's check needs and that is missing in what runs.
func (q Preflight) untold(group string) string {
	runs := cmp.Or(q.Before, &outputs.Outputs{})
	need, told := "", true
	switch group {
	case SecretsGroup:
		need, told = "smokeSecretArn", runs.SmokeSecretArn != ""
	case CertificateGroup:
		need, told = "certificateArn", runs.CertificateArn != ""
	case MailGroup:
		need, told = "mailIdentity", runs.MailIdentity != ""
	case AlarmsGroup:
		need, told = "alarmNames", len(runs.AlarmNames) > 0
	case DeploymentsGroup:
		need, told = "services", runs.ClusterArn != "" && len(runs.Services) > 0
	}
	if told {
		return ""
	}
	return need
}
