package verify

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

// This proves what is said last, not that anything ended before it: that is the
// program's, which lets everything wait for preflight.

func TestRefusal_NamesEveryFailureAndItsCure(t *testing.T) {
	q := Question{Skip: []string{"mail"}}
	report := Report{Results: []Result{
		{Group: "account", Name: "1", Outcome: OK},
		{Group: "checkout", Name: "v1.1.0", Outcome: FailedNow, Cause: "1 file is not\n\x1b[2Jcommitted", Next: "commit it"},
		{Group: "alarms", Name: "state", Outcome: NotEnoughData, Cause: "too young"},
		{Group: "deployments", Name: "backend", Outcome: TimedOut, Cause: "under way", Next: "wait"},
		{Group: "deployments", Name: "frontend", Outcome: TimedOut, Cause: "under way too"},
		{Group: "images", Name: "flowcomply-backend", Outcome: FailedNow, Cause: "gone", Next: "go elsewhere"},
	}}
	assert.EqualError(t, Refusal(q, report), `refused before anything was changed: 4 of 6 checks failed
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

func TestRefusal_OffersNoWayAroundWhatMustHold(t *testing.T) {
	denied := errors.Join(ErrAccess)
	for name, results := range map[string][]Result{
		"an image is gone": {{Group: "images", Name: "a", Outcome: FailedNow, Cause: "gone"}},
		"no access":        {{Group: "mail", Name: "a", Outcome: FailedNow, Cause: "expired", Err: denied}},
	} {
		assert.NotContains(t, Refusal(Question{}, Report{Results: results}).Error(), "pulumi config set", name)
	}
}

func TestRefusal_OfNothing(t *testing.T) {
	assert.NoError(t, Refusal(Question{}, Report{Results: []Result{{Outcome: OK}, {Outcome: NotEnoughData}}}))
}
