package preflight

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// This tests the text. That nothing changes before preflight has passed is for the program's tests: there, everything waits
// for it.

func TestRejection_NamesEveryFailureAndWhatToDo(t *testing.T) {
	q := inputs.Preflight{Skip: []string{"mail"}}
	report := check.Report{Results: []check.Result{
		{Group: "account", Name: "1", Outcome: check.OK},
		{Group: "checkout", Name: "v1.1.0", Outcome: check.FailedNow, Cause: "1 file is not\n\x1b[2Jcommitted", Next: "commit it"},
		{Group: "alarms", Name: "state", Outcome: check.NotEnoughData, Cause: "too young"},
		{Group: "deployments", Name: "backend", Outcome: check.TimedOut, Cause: "under way", Next: "wait"},
		{Group: "deployments", Name: "frontend", Outcome: check.TimedOut, Cause: "under way too"},
		{Group: "images", Name: "flowcomply-backend", Outcome: check.FailedNow, Cause: "gone", Next: "go elsewhere"},
	}}
	assert.EqualError(t, Rejection(q, report), `refused before anything was changed: 4 of 6 checks failed
  checkout/v1.1.0: 1 file is not  [2Jcommitted
    next: commit it
  deployments/backend: under way
    next: wait
  deployments/frontend: under way too
    next: run the update again
  images/flowcomply-backend: gone
    next: go elsewhere
to go on all the same, for a reason of yours; take it out again afterwards:
  pulumi config set --path 'flowcomply:preflight.skip[1]' checkout
  pulumi config set --path 'flowcomply:preflight.skip[2]' deployments`)
}

func TestRejection_OffersNoWayAroundWhatMustHold(t *testing.T) {
	denied := errors.Join(check.ErrAccess)
	for name, results := range map[string][]check.Result{
		"an image is gone": {{Group: "images", Name: "a", Outcome: check.FailedNow, Cause: "gone"}},
		"no access":        {{Group: "mail", Name: "a", Outcome: check.FailedNow, Cause: "expired", Err: denied}},
	} {
		assert.NotContains(t, Rejection(inputs.Preflight{}, check.Report{Results: results}).Error(), "pulumi config set", name)
	}
}

func TestRejection_OfNothing(t *testing.T) {
	assert.NoError(t, Rejection(inputs.Preflight{}, check.Report{Results: []check.Result{{Outcome: check.OK}, {Outcome: check.NotEnoughData}}}))
}
