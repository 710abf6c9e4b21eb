package deploylog

import (
	"fmt"
	"strings"
)

// release is what identifies it beside the version: "7, from commit 0123456789".
func (d Deployment) release() string {
	var parts []string
	if d.Number > 0 {
		parts = append(parts, fmt.Sprint(d.Number))
	}
	if d.Commit != "" {
		parts = append(parts, "from commit "+shortCommit(d.Commit))
	}
	return strings.Join(parts, ", ")
}

func (c Component) version() string {
	if c.Version == "" {
		return "not deployed"
	}
	return c.Version
}

// about is what there is to say beside the version: "sha256:0123456789ab, built".
func (c Component) about() string {
	var parts []string
	if c.Digest != "" {
		parts = append(parts, shortDigest(c.Digest))
	}
	if c.Origin != "" {
		parts = append(parts, c.Origin)
	}
	if !c.Changed && c.Version != "" {
		parts = append(parts, "unchanged")
	}
	if c.Note != "" {
		parts = append(parts, c.Note)
	}
	return strings.Join(parts, ", ")
}

// String is the template's line: "No migrations", or which were applied.
func (d Database) String() string {
	switch {
	case d.Note != "":
		return d.Note
	case len(d.Applied) == 0:
		return "No migrations"
	}
	return count(len(d.Applied), "migration") + " applied: " + strings.Join(d.Applied, ", ")
}

// rollback is the template's answer: No, or Yes and to what.
func (d Deployment) rollback() string {
	switch back := d.Rollback; {
	case back == nil && d.Status == RolledBackManually:
		return "Yes, this one: from " + d.Previous + " to " + d.Version
	case back == nil:
		return "No"
	case back.Failed:
		return "Failed, to " + back.To
	default:
		return "Yes, to " + back.To
	}
}

// title is the run in one line; an emulated AWS is named, so that its report is never taken for one about AWS.
func (r *Report) title() string {
	if r.Endpoint == "" {
		return r.Summary
	}
	return r.Summary + ", asked at " + r.Endpoint
}

// signature is one line of the sign-off.
type signature struct{ What, Name string }

func (s SignOff) lines() []signature {
	return []signature{{"Deployed by", s.DeployedBy}, {"Verified by", s.VerifiedBy}, {"Approved by", s.ApprovedBy}}
}

// blank is what the template leaves for a name.
const blank = "[Name]"
