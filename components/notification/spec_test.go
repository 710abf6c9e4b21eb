package notification

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Proves each rule. It does not prove that a mailbox exists.
func TestValidate(t *testing.T) {
	require.NoError(t, full().Validate())
	for _, c := range []struct {
		emails map[string]string
		want   string
	}{
		{nil, `emails: is empty, so that the notify topic would reach nobody; allowed: one address or more`},
		{map[string]string{"Ops": "a@example.com"}, `emails.Ops: "Ops" is malformed`},
		{map[string]string{"a_b": "a@example.com"}, `emails.a_b: "a_b" is malformed`},
		{map[string]string{"": "a@example.com"}, `emails.: "" is malformed`},
		{map[string]string{"ops": ""}, `emails.ops: "" is malformed; allowed: a mail address`},
		{map[string]string{"ops": "ops"}, `emails.ops: "ops" is malformed`},
		{map[string]string{"ops": "ops@example"}, `emails.ops: "ops@example" is malformed`},
		{map[string]string{"ops": "Ops <ops@example.com>"}, `is malformed`},
		{map[string]string{"pagerduty": "a@example.com"}, `emails.pagerduty: "pagerduty" names the pager's subscription`},
		{map[string]string{"a": "x@example.com", "b": "x@example.com"}, `emails.b: is the address of emails.a; allowed: each address once`},
	} {
		require.ErrorContains(t, Spec{Emails: c.emails}.Validate(), c.want, "%v", c.emails)
	}
}

func TestValidate_AllProblemsAtOnce(t *testing.T) {
	err := Spec{Emails: map[string]string{"A": "no", "b": "neither"}}.Validate()
	for _, want := range []string{"emails.A: \"A\"", "emails.A: \"no\"", "emails.b: \"neither\""} {
		require.ErrorContains(t, err, want)
	}
}

func TestAddresses_AreSorted(t *testing.T) {
	assert.Equal(t, []string{"ops@flowcomply.com", "security@flowcomply.com"}, full().Addresses())
}
