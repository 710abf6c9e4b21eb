package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCompare(t *testing.T) {
	hash, err := Hash("right")
	require.NoError(t, err)
	assert.NotContains(t, hash, "right")
	require.NoError(t, Compare(hash, "right"))
	for name, test := range map[string][2]string{
		"wrong":                {hash, "wrong"},
		"empty":                {hash, ""},
		"too long":             {hash, strings.Repeat("x", 100)},
		"unknown user":         {"", "right"},
		"the password of none": {"", "a password that nobody has"},
	} {
		require.ErrorIs(t, Compare(test[0], test[1]), ErrNoMatch, name)
	}
	require.NotErrorIs(t, Compare("no hash", "right"), ErrNoMatch, "a broken row is not a wrong password")
}

func TestTokens(t *testing.T) {
	now := time.Date(2025, 10, 7, 10, 0, 0, 0, time.UTC)
	at := func(later time.Duration) Tokens {
		return Tokens{Secret: []byte("secret"), Now: func() time.Time { return now.Add(later) }}
	}
	token, err := at(0).Issue("user-1")
	require.NoError(t, err)
	user, err := at(59 * time.Minute).User(token)
	require.NoError(t, err)
	assert.Equal(t, "user-1", user)
	_, err = at(61 * time.Minute).User(token)
	require.ErrorIs(t, err, jwt.ErrTokenExpired)
	other := at(0)
	other.Secret = []byte("other")
	_, err = other.User(token)
	require.ErrorIs(t, err, jwt.ErrTokenSignatureInvalid)

	claims := jwt.RegisteredClaims{Issuer: issuer, Subject: "user-1", ExpiresAt: jwt.NewNumericDate(now.Add(time.Hour))}
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
	require.NoError(t, err)
	_, err = at(0).User(unsigned)
	require.Error(t, err, "a token does not choose how it is checked")
	claims.ExpiresAt = nil
	forever, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("secret"))
	require.NoError(t, err)
	_, err = at(0).User(forever)
	require.Error(t, err)
}
