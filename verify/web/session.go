package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/check"
)

// loginPath is where the smoke user signs in (runbook 5.2).
const loginPath = "/api/auth/login"

// Session is the login that all checks with a user share. It signs in once, when it is first needed. A refused password
// is not tried again, which could lock the account; only a failure that may pass is. It may be used concurrently.
//
// Neither the password nor the token leaves it. The Redactor is told both before any server is, and no text of a server
// is shown unredacted.
type Session struct {
	httpClient
	api, secretArn string
	secrets        SmokeReader
	first          bool // nobody may have registered yet

	mu   sync.Mutex
	last *login // in flight or done; nil before the first and after one that may pass
}

type login struct {
	done  chan struct{} // closed when the rest is set
	user  smokeUser
	token string
	err   error
}

// NewSession prepares a login at the API. The secret has the user's email and password as {"email","password"}. Nothing
// is sent yet.
func NewSession(apiURL, secretArn string, secrets SmokeReader, client *http.Client, hide *check.Redactor) *Session {
	if hide == nil {
		hide = &check.Redactor{}
	}
	return &Session{httpClient: httpClient{client: client, hide: hide}, api: apiURL, secretArn: secretArn, secrets: secrets}
}

// login returns the login, waiting for one in flight.
func (s *Session) login(ctx context.Context) (*login, error) {
	s.mu.Lock()
	current := s.last
	if current == nil {
		current = &login{done: make(chan struct{})}
		s.last = current
		s.mu.Unlock()
		s.signIn(ctx, current)
		return current, current.err
	}
	s.mu.Unlock()
	select {
	case <-current.done:
		return current, current.err
	case <-ctx.Done():
		return nil, fmt.Errorf("no login in time: %w", ctx.Err())
	}
}

//runbook:5.2#1 signs in once, with the smoke user's password from Secrets Manager: it is on no command line.
func (s *Session) signIn(ctx context.Context, l *login) {
	l.err = errors.New("the login did not come to an end") // stays only if this panics
	defer func() {
		if l.err != nil && !poll.IsPermanent(l.err) {
			s.mu.Lock()
			s.last = nil // the next to ask tries again
			s.mu.Unlock()
		}
		close(l.done)
	}()
	if l.user, l.err = readSmokeUser(ctx, s.secretArn, s.secrets); l.err != nil {
		return
	}
	s.hide.Hide(l.user.password)
	l.token, l.err = s.requestToken(ctx, l.user)
}

//runbook:5.2#2 keeps the token for the checks behind it, and shows it nowhere.
func (s *Session) requestToken(ctx context.Context, user smokeUser) (string, error) {
	p, err := s.ask(ctx, request{method: http.MethodPost, url: s.api + loginPath, body: user.body()})
	if err != nil {
		return "", err
	}
	switch p.status {
	case http.StatusOK, http.StatusCreated:
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity:
		refused := s.showing(p, p.failure("check that the smoke user exists and that its secret holds its present password; "+
			"if both are right, the login of this version is broken", "the login is refused: %s", p.statusText()))
		if s.first && p.status == http.StatusUnauthorized {
			refused.Cause += "; this is the stack's first release, which may not have its smoke user yet"
			refused.Next = "register the smoke user with the application, with the email and password of its secret, and verify again"
			return "", poll.Permanent(check.NoData(refused))
		}
		return "", poll.Permanent(refused)
	default:
		return "", s.unexpected(p)
	}
	var body struct {
		Token string `json:"token"`
	}
	if s.decode(p, &body) != nil { // its error shows the body, which may hold a token in another form
		return "", p.failure(nextErrors, "%s, but the body is not JSON with a token", p.statusText())
	}
	s.hide.Hide(body.Token)
	if why := notJWT(body.Token); why != "" {
		return "", p.failure("the login of this version is broken: roll back or fix it",
			"%s, but its token is not a usable JSON Web Token: %s", p.statusText(), why)
	}
	return body.Token, nil
}

// read reads a path as the smoke user and decodes it. When nobody is signed in, the error is one line that points to
// the login's check.
//
//runbook:5.2#6 wants 200 and what should be in it.
func (s *Session) read(ctx context.Context, path string, target any) (page, error) {
	l, err := s.login(ctx)
	if err != nil {
		return page{}, notSignedIn(err)
	}
	p, err := s.ask(ctx, request{url: s.api + path, token: l.token})
	switch {
	case err != nil:
		return page{}, err
	case p.status == http.StatusUnauthorized:
		return page{}, poll.Permanent(s.showing(p, p.failure(
			"tasks that disagree on JWT_SECRET do this, as after a rotation that not all of them have seen: release again; also check their clocks",
			"%s: the token of a login just made is rejected", p.statusText())))
	case p.status != http.StatusOK:
		return page{}, s.unexpected(p)
	}
	return p, s.decode(p, target)
}

// evaluation says what it sees in an answer with a body of the type T.
type evaluation[T any] func(context.Context, page, T) (string, error)

// reads is a check of what a path says to the smoke user.
func reads[T any](group, name, path string, s *Session, interval time.Duration, evaluate evaluation[T]) check.Check {
	return check.BackedOff(group, name, interval, func(ctx context.Context) (string, error) {
		var body T
		p, err := s.read(ctx, path, &body)
		if err != nil {
			return "", err
		}
		return evaluate(ctx, p, body)
	})
}

// notSignedIn says why a check could not ask, and where to read on. It wraps the login's error, so it is permanent, or
// a want of access to AWS, if that is.
func notSignedIn(err error) error {
	return &check.Failure{
		Cause: "not asked, for the login failed: " + err.Error(),
		Next:  "see smoke/login; this check says nothing of its own until that one passes",
		Err:   err,
	}
}
