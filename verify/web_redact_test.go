package verify

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

func TestRedactor_KnowsAValueInEverySpelling(t *testing.T) {
	r := &Redactor{}
	r.Hide(canary, "")
	escaped, err := json.Marshal(canary)
	require.NoError(t, err)
	for _, spelling := range []string{
		canary, strings.ToLower(canary), string(escaped), fmt.Sprintf("%q", canary), url.QueryEscape(canary), url.PathEscape(canary),
		html.EscapeString(canary), base64.StdEncoding.EncodeToString([]byte(canary)), base64.URLEncoding.EncodeToString([]byte(canary)),
	} {
		got := r.Text("before " + spelling + " after")
		assert.Contains(t, got, "before ")
		assert.Contains(t, got, " after")
		assert.Contains(t, got, redacted)
		assert.NotContains(t, strings.ToLower(got), "canary", spelling)
	}
}

func TestRedactor_Foreign(t *testing.T) {
	token := jwt(`{"alg":"HS256"}`, `{"sub":"1"}`)
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
