// Package auth is passwords and tokens.
package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/crypto/bcrypt"
)

const (
	// cost is less than FlowComply's 12: a quarter of a core has to answer within the objective for latency, and the
	// stand-in holds nobody's real password.
	cost = 6
	// lifetime is how long a token is good for.
	lifetime = time.Hour
	issuer   = "flowcomply"
)

// ErrNoMatch says that a password is another one.
var ErrNoMatch = errors.New("password does not match")

// nobody is a hash that no password has, compared for addresses that nobody has, so that they take as long.
var nobody = mustHash("a password that nobody has")

func mustHash(password string) string {
	hash, err := Hash(password)
	if err != nil {
		panic(err) // only for a password over 72 bytes
	}
	return hash
}

// Hash returns what is kept of a password of 72 bytes at most.
func Hash(password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	return string(hash), err
}

// Compare returns ErrNoMatch unless the password is the hash's. An empty hash, of an unknown user, never matches.
func Compare(hash, password string) error {
	known := hash != ""
	if !known {
		hash = nobody
	}
	err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
	switch {
	case err == nil && known:
		return nil
	case err == nil || errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) || errors.Is(err, bcrypt.ErrPasswordTooLong):
		return ErrNoMatch
	default:
		return err
	}
}

// Tokens makes and reads bearer tokens, signed with JWT_SECRET.
type Tokens struct {
	Secret []byte
	Now    func() time.Time
}

// Issue returns a token for the user, good for an hour.
func (t Tokens) Issue(user string) (string, error) {
	now := t.Now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: issuer, Subject: user, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
	}).SignedString(t.Secret)
}

// User returns whose token it is, or why it is nobody's.
func (t Tokens) User(token string) (string, error) {
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return t.Secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), // a token does not choose how it is checked
		jwt.WithIssuer(issuer), jwt.WithExpirationRequired(), jwt.WithTimeFunc(t.Now))
	if err != nil {
		return "", err
	}
	if claims.Subject == "" {
		return "", fmt.Errorf("token names no user")
	}
	return claims.Subject, nil
}
