package store

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests need no database. The statements run against a real one in the backend's tests.

func TestConnection_TakesOutWhatIsPrismas(t *testing.T) {
	for given, want := range map[string]url.Values{
		"postgresql://u:p@h:5432/db?schema=public&sslmode=require":                       {"search_path": {`"public"`}, "sslmode": {"require"}},
		"postgresql://u:p@h/db?connection_limit=5&pool_timeout=1&pgbouncer=true":         {},
		"postgresql://u:p@h/db?schema=odd%20one&application_name=x&statement_timeout=10": {"search_path": {`"odd one"`}, "application_name": {"x"}, "statement_timeout": {"10"}},
	} {
		got, err := Connection(given)
		require.NoError(t, err)
		read, err := url.Parse(got)
		require.NoError(t, err)
		assert.Equal(t, want, read.Query())
		assert.Equal(t, "u:p", read.User.String())
	}
	assert.Equal(t, "public", Schema("postgresql://h/db"))
}

func TestRecent_ForgetsAfterAMinute(t *testing.T) {
	now := time.Unix(0, 0)
	errors := recent{now: func() time.Time { return now }}
	errors.add()
	now = now.Add(40 * time.Second)
	errors.add()
	assert.Equal(t, 2, errors.count())
	now = now.Add(20 * time.Second)
	assert.Equal(t, 1, errors.count())
	now = now.Add(time.Hour)
	assert.Zero(t, errors.count())
}
