package check

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const secretValue = `cAnary"<p&ss>/+wörd 7`

func TestRedactor_KnowsAValueInEverySpelling(t *testing.T) {
	r := &Redactor{}
	r.Hide(secretValue, "")
	escaped, err := json.Marshal(secretValue)
	require.NoError(t, err)
	for _, spelling := range []string{
		secretValue, strings.ToLower(secretValue), string(escaped), fmt.Sprintf("%q", secretValue), url.QueryEscape(secretValue), url.PathEscape(secretValue),
		html.EscapeString(secretValue), base64.StdEncoding.EncodeToString([]byte(secretValue)), base64.URLEncoding.EncodeToString([]byte(secretValue)),
	} {
		got := r.Text("before " + spelling + " after")
		assert.Contains(t, got, "before ")
		assert.Contains(t, got, " after")
		assert.Contains(t, got, Redacted)
		assert.NotContains(t, strings.ToLower(got), "canary", spelling)
	}
}

func TestRedactor_Foreign(t *testing.T) {
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"1"}`)) + ".c2lnbmF0dXJl"
	var r *Redactor
	for in, want := range map[string]string{
		"got " + token + "!":                           "got [redacted]!",
		"Authorization: Bearer abcdef123456":           "Authorization: Bearer [redacted]",
		"postgresql://app:hunter22@db.internal:5432/x": "postgresql://app:[redacted]@db.internal:5432/x",
		"rediss://:hunter22@cache:6379":                "rediss://:[redacted]@cache:6379",
		`{"password":"hunter22","email":"a@b"}`:        `{"password":"[redacted]","email":"a@b"}`,
		`{\"password\":\"hunter22\"}`:                  `{\"password\":\"[redacted]\"}`,
		"AWS_SECRET_ACCESS_KEY=hunter22 next":          "AWS_SECRET_ACCESS_KEY=[redacted] next",
		"password=[redacted] stays":                    "password=[redacted] stays",
		"Invalid credentials":                          "Invalid credentials",
		"https://api.flowcomply.com/api/users/me":      "https://api.flowcomply.com/api/users/me",
	} {
		assert.Equal(t, want, r.Foreign(in))
	}
	ours := "JWT_SECRET: not readable; token: expired; https://api.test:443/x"
	assert.Equal(t, ours, r.Text(ours), "our own words stay")
}

func TestRedactor_IgnoresWhatIsTooShortToHide(t *testing.T) {
	r := &Redactor{}
	r.Hide("abc")
	assert.Equal(t, "abc", r.Text("abc"))
}
