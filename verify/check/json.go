package check

import (
	"encoding/json"
	"io"
	"time"
)

// jsonReport is the report for programs. Keys are added, never changed.
type jsonReport struct {
	Subject
	StartedAt time.Time       `json:"startedAt"`
	TookMs    int64           `json:"tookMs"`
	Summary   string          `json:"summary"`
	Counts    map[Outcome]int `json:"counts"` // every outcome, zeros included
	Checks    []JSONResult    `json:"checks"`
	Diagnosis []Finding       `json:"diagnosis,omitempty"` // only after a failure
	Verified  any             `json:"verified,omitempty"`  // only after none
}

// JSONResult is how one check ended, for programs. What is tagged foreign, the deployment log redacts as texts of others.
type JSONResult struct {
	Group   string   `json:"group"`
	Name    string   `json:"name"`
	Outcome Outcome  `json:"outcome"`
	TookMs  int64    `json:"tookMs"`
	Seen    string   `json:"seen,omitempty"    log:"foreign"`
	Cause   string   `json:"cause,omitempty"   log:"foreign"`
	Details []string `json:"details,omitempty" log:"foreign"`
	Next    string   `json:"next,omitempty"    log:"foreign"`

	Facts map[string]float64 `json:"facts,omitempty"` // numbers seen; a Baseline is read from them
}

func (r Report) writeJSON(w io.Writer) error {
	out := jsonReport{
		Subject: r.Subject, StartedAt: r.Started, TookMs: r.Took.Milliseconds(), Summary: r.summary(),
		Counts: map[Outcome]int{}, Checks: make([]JSONResult, 0, len(r.Results)), Diagnosis: r.Findings, Verified: r.Verified,
	}
	for _, outcome := range Outcomes() {
		out.Counts[outcome] = r.Count(outcome)
	}
	for _, result := range r.Results {
		out.Checks = append(out.Checks, JSONResult{
			Group: result.Group, Name: result.Name, Outcome: result.Outcome, TookMs: result.Took.Milliseconds(),
			Seen: result.Seen, Cause: result.Cause, Details: result.Details, Next: result.Next, Facts: result.Facts,
		})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}
