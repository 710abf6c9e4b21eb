package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// Login checks that the smoke user can sign in (runbook 5.2) and gets a signed
// token that is still valid. Email, password and token are never shown.
func Login(s *Session, interval time.Duration) check.Check {
	return check.BackedOff("smoke", "login", interval, func(ctx context.Context) (string, error) {
		_, err := s.login(ctx)
		return "the smoke user is signed in", err
	})
}

// meBody is whom the API takes a token's owner for.
type meBody struct {
	ID           any    `json:"id"`
	Email        string `json:"email"`
	Organization any    `json:"organizationId"`
}

// Me checks that the API knows whose token it is: /api/users/me names the user that signed in, with an id and an
// organization.
//
//runbook:5.2#3 wants the user that signed in.
func Me(s *Session, interval time.Duration) check.Check {
	return reads("smoke", "me", "/api/users/me", s, interval, func(ctx context.Context, p page, body meBody) (string, error) {
		l, err := s.login(ctx) // done: read has waited for it
		if err != nil {
			return "", notSignedIn(err)
		}
		var wrong []string
		if empty(body.ID) {
			wrong = append(wrong, "id is missing")
		}
		switch {
		case body.Email == "":
			wrong = append(wrong, "email is missing")
		case !strings.EqualFold(body.Email, l.user.email):
			wrong = append(wrong, "email is another user's than the one signed in")
		}
		if empty(body.Organization) {
			wrong = append(wrong, "organizationId is missing")
		}
		return "the smoke user, with its organization", wrongBody(p, wrong...)
	})
}

// empty says whether an id, text or number, is not there.
func empty(id any) bool { return id == nil || id == "" || id == 0.0 }

// Dashboard checks that /api/analytics/dashboard counts users, organizations and
// assets. Somebody has just signed in, so there is a user and an organization.
//
//runbook:5.2#4 wants users, organizations and assets counted.
func Dashboard(s *Session, interval time.Duration) check.Check {
	const path = "/api/analytics/dashboard"
	return reads("smoke", "dashboard", path, s, interval, func(_ context.Context, p page, body dashboardBody) (string, error) {
		var seen, wrong []string
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
			default:
				seen = append(seen, fmt.Sprintf("%g %s", *part.value, part.name))
			}
		}
		return strings.Join(seen, ", "), wrongBody(p, wrong...)
	})
}

type dashboardBody struct {
	Users         *float64 `json:"users"`
	Organizations *float64 `json:"organizations"`
	Assets        *float64 `json:"assets"`
}

// wrongBody is the error of an answer of 200 with a wrong body; nil when nothing is wrong.
func wrongBody(p page, wrong ...string) error {
	if len(wrong) == 0 {
		return nil
	}
	return p.failure("the version deployed answers with something else than it should: compare with what the release changed, and its log",
		"200, but %s", strings.Join(wrong, ", "))
}

// factAssets is the length of the smoke user's asset list in reports.
const factAssets = "assets.total"

// Assets checks that /api/assets lists the smoke user's assets, each with id and name. An empty list fails if the
// baseline says that there were some. Without a baseline an empty list is not enough data: nothing tells a new stack
// from one that lost its data.
//
//runbook:5.2#5 wants the assets that were there before the release.
//runbook:rollback.when#2 fails when data that was there is gone; what to do then is for a person to decide.
func Assets(s *Session, before check.Baseline, interval time.Duration) check.Check {
	return reads("smoke", "assets", "/api/assets", s, interval, func(ctx context.Context, p page, body assetList) (string, error) {
		if err := wrongBody(p, body.wrong()...); err != nil {
			return "", err
		}
		check.Fact(ctx, factAssets, *body.Total)
		return before.Compare(factAssets, "", *body.Total, "asset"), evaluateEmpty(p, "the asset list", factAssets, *body.Total, before)
	})
}

type assetList struct {
	Items []struct {
		ID   any    `json:"id"`
		Name string `json:"name"`
	} `json:"items"`
	Total *float64 `json:"total"`
}

func (l assetList) wrong() []string {
	var wrong []string
	if l.Items == nil {
		wrong = append(wrong, "items is missing")
	}
	switch {
	case l.Total == nil:
		wrong = append(wrong, "total is missing")
	case *l.Total < float64(len(l.Items)):
		wrong = append(wrong, fmt.Sprintf("total is %g for %s", *l.Total, text.Count(len(l.Items), "item")))
	case *l.Total > 0 && len(l.Items) == 0:
		wrong = append(wrong, fmt.Sprintf("total is %g, but items is empty", *l.Total))
	}
	for i, item := range l.Items {
		if empty(item.ID) || item.Name == "" {
			wrong = append(wrong, fmt.Sprintf("items[%d] lacks id or name", i))
			break // one tells enough
		}
	}
	return wrong
}

// evaluateEmpty evaluates a count that may be zero only on a new stack.
func evaluateEmpty(p page, what, fact string, n float64, before check.Baseline) error {
	was, known := before.Fact(fact)
	switch {
	case n > 0 || known && was == 0:
		return nil
	case known:
		return poll.Permanent(p.failure("stop writes, find out whether the rows are gone or not shown (runbook 3.3), "+
			"and restore from the snapshot before the release if they are gone", "%s is empty; it held %g on %s", what, was, before.When()))
	}
	return poll.Permanent(check.NoData(p.failure(
		"right on a new stack; else compare with a report from before the release: verify --before report.json",
		"%s is empty, and there is no earlier report that says whether it was before", what)))
}
