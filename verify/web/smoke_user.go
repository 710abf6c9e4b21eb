package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
)

// shortestPassword is the fewest characters of the smoke user's password. Hiding a shorter one would hide harmless
// words too.
const shortestPassword = 8

// SmokeReader reads the smoke user's secret; *secretsmanager.Client is one.
type SmokeReader interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// smokeUser is who signs in. It prints as [redacted], so that no error and no log shows it.
type smokeUser struct{ email, password string }

func (smokeUser) String() string   { return check.Redacted }
func (smokeUser) GoString() string { return check.Redacted }

// body is what the user signs in with.
func (u smokeUser) body() []byte {
	body, _ := json.Marshal(map[string]string{"email": u.email, "password": u.password}) // of text; cannot fail
	return body
}

// readSmokeUser reads the smoke user. Its errors say which secret is wrong, and nothing of what is in it.
func readSmokeUser(ctx context.Context, arn string, api SmokeReader) (smokeUser, error) {
	next := `write the smoke user, a low-privilege one made for this, into it: aws secretsmanager put-secret-value --secret-id ` +
		arn + ` --secret-string file://smoke.json, with {"email": "…", "password": "…"}`
	broken := func(why string, args ...any) error {
		return poll.Permanent(&check.Failure{Cause: fmt.Sprintf("the smoke user's secret %s %s", arn, fmt.Sprintf(why, args...)), Next: next})
	}
	if arn == "" {
		return smokeUser{}, poll.Permanent(&check.Failure{
			Cause: "the stack names no secret with a smoke user (smokeSecretArn)", Next: "deploy with a version of the program that makes one",
		})
	}
	got, err := api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	var missing *types.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		return smokeUser{}, broken("does not exist or holds no value yet")
	case err != nil:
		return smokeUser{}, awschecks.Explain(err)
	case got.SecretString == nil:
		return smokeUser{}, broken("is binary; it must be JSON text")
	}
	var content struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	switch err := json.Unmarshal([]byte(*got.SecretString), &content); {
	case err != nil:
		return smokeUser{}, broken(`is not JSON of the form {"email","password"}`) // the decoder's words would quote it
	case content.Email == "" || content.Password == "":
		return smokeUser{}, broken("lacks email or password")
	case len(content.Password) < shortestPassword:
		return smokeUser{}, broken("holds a password of less than %d characters", shortestPassword)
	}
	return smokeUser{email: content.Email, password: content.Password}, nil
}

// notJWT says what keeps the token from being a JSON Web Token that is signed
// and still valid (RFC 7519); empty if nothing. It names no part of the token.
func notJWT(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[2] == "" {
		return "it does not have three parts"
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var claims struct {
		Expires *float64 `json:"exp"`
	}
	if !decodePart(parts[0], &header) || !decodePart(parts[1], &claims) {
		return "its parts are not base64url of JSON"
	}
	switch {
	case header.Algorithm == "" || strings.EqualFold(header.Algorithm, "none"):
		return "it is not signed"
	case claims.Expires != nil && time.Now().After(time.Unix(int64(*claims.Expires), 0)):
		return "it has expired already"
	}
	return ""
}

func decodePart(part string, target any) bool {
	decoded, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(decoded, target) == nil
}
