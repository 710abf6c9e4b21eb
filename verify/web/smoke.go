package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
)

// Login checks that the smoke user can sign in (runbook 5.2) and gets a signed
// token that is still valid. Email, password and token are never shown.
func Login(s *Session, interval time.Duration) check.Check {
	return check.Check{Group: "smoke", Name: "login", Run: func(ctx context.Context) (string, error) {
		return check.Poll(ctx, interval, func(ctx context.Context) (string, error) {
			_, err := s.login(ctx)
			return "the smoke user is signed in", err
		})
	}}
}

// Me checks that the API knows whose token it is: /api/users/me names the user that signed in, with an id and an
// organization.
//
//runbook:5.2#3 wants the user that signed in.
func Me(s *Session, interval time.Duration) check.Check {
	return check.Check{Group: "smoke", Name: "me", Run: func(ctx context.Context) (string, error) {
		return check.Poll(ctx, interval, func(ctx context.Context) (string, error) {
			var body struct {
				ID           any     `json:"id"`
				Email        *string `json:"email"`
				Organization any     `json:"organizationId"`
			}
			p, err := s.read(ctx, "/api/users/me", &body)
			if err != nil {
				return "", err
			}
			l, err := s.login(ctx) // done: read has waited for it
			if err != nil {
				return "", notSignedIn(err)
			}
			var wrong []string
			if empty(body.ID) {
				wrong = append(wrong, "id is missing")
			}
			switch {
			case body.Email == nil || *body.Email == "":
				wrong = append(wrong, "email is missing")
			case !strings.EqualFold(*body.Email, l.user.email):
				wrong = append(wrong, "email is another user's than the one signed in")
			}
			if empty(body.Organization) {
				wrong = append(wrong, "organizationId is missing")
			}
			return "the smoke user, with its organization", wrongBody(p, wrong)
		})
	}}
}

// empty says whether an id, text or number, is not there.
func empty(id any) bool { return id == nil || id == "" || id == 0.0 }

// Dashboard checks that /api/analytics/dashboard counts users, organizations and
// assets. Somebody has just signed in, so there is a user and an organization.
//
//runbook:5.2#4 wants users, organizations and assets counted.
func Dashboard(s *Session, interval time.Duration) check.Check {
	return check.Check{Group: "smoke", Name: "dashboard", Run: func(ctx context.Context) (string, error) {
		return check.Poll(ctx, interval, func(ctx context.Context) (string, error) {
			var body struct {
				Users         *float64 `json:"users"`
				Organizations *float64 `json:"organizations"`
				Assets        *float64 `json:"assets"`
			}
			p, err := s.read(ctx, "/api/analytics/dashboard", &body)
			if err != nil {
				return "", err
			}
			var wrong []string
			for _, part := range []struct {
				name  string
				value *float64
				least float64
			}{{"users", body.Users, 1}, {"organizations", body.Organizations, 1}, {"assets", body.Assets, 0}} {
				switch {
				case part.value == nil:
					wrong = append(wrong, part.name+" is missing")
				case *part.value < part.least:
					wrong = append(wrong, fmt.Sprintf("%s is %g", part.name, *part.value))
				}
			}
			if err := wrongBody(p, wrong); err != nil {
				return "", err
			}
			return fmt.Sprintf("%g users, %g organizations, %g assets", *body.Users, *body.Organizations, *body.Assets), nil
		})
	}}
}

// wrongBody is the error of an answer of 200 with a wrong body; nil when nothing is wrong.
func wrongBody(p page, wrong []string) error {
	if len(wrong) == 0 {
		return nil
	}
	return &check.Failure{
		Cause: fmt.Sprintf("%s: 200, but %s", p.what, strings.Join(wrong, ", ")),
		Next:  "the version deployed answers with something else than it should: compare with what the release changed, and its log",
	}
}
