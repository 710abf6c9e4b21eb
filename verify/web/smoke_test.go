package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
)

// smokeChecks are all checks behind the login, on one session.
func smokeChecks(app *fakeApp, secret *fakeSecret, hide *check.Redactor, before check.Baseline) []check.Check {
	return sessionChecks(NewSession(apiAddress, smokeArn, secret, app.client(), hide), before)
}

func sessionChecks(s *Session, before check.Baseline) []check.Check {
	return []check.Check{
		Login(s, check.PollInterval), Me(s, check.PollInterval), Dashboard(s, check.PollInterval), Assets(s, before, check.PollInterval),
		DatabasePool(s, check.PollInterval), Migrations(s, check.PollInterval), Tables(s, before, check.PollInterval), Queues(s, check.PollInterval),
	}
}

func TestSmoke_AllOKWithOneLogin(t *testing.T) {
	app, secret := newApp(), smokeSecret()
	app.delay = 100 * time.Millisecond // so that all of them wait for the one login
	report := checktest.Run(t, nil, smokeChecks(app, secret, nil, check.Baseline{})...)
	for _, result := range report.Results {
		checktest.Expect(t, result, check.OK)
	}
	assert.Equal(t, 1, app.times(apiAddress+loginPath))
	assert.Equal(t, 1, secret.reads)
	assert.Equal(t, 200*time.Millisecond, report.Took)
	assert.Equal(t, "3 assets", report.Results[3].Seen)
	assert.Equal(t, "2 users, 1 organizations, 3 assets", report.Results[2].Seen)
}

func TestSmoke_ARefusedLoginFailsAllAndIsNotRepeated(t *testing.T) {
	app := newApp()
	app.answers[apiAddress+loginPath] = say(401, `{"error":"Invalid credentials"}`)
	results := checktest.Run(t, nil, smokeChecks(app, smokeSecret(), nil, check.Baseline{})...).Results
	checktest.Expect(t, results[0], check.FailedNow, "POST https://api.flowcomply.test/api/auth/login: the login is refused: 401 Unauthorized", "Invalid credentials")
	for _, result := range results[1:] {
		checktest.Expect(t, result, check.FailedNow, "not asked, for the login failed: POST https://api.flowcomply.test/api/auth/login: the login is refused")
		assert.Contains(t, result.Next, "see smoke/login")
		assert.Empty(t, result.Details, "one line is enough")
	}
	assert.Equal(t, 1, app.times(apiAddress+loginPath), "a second try could lock the account")
}

// Nobody can have registered before the first release runs; a login that is broken in another way is broken there too.
func TestSmoke_AFirstReleaseMayHaveNoUserYet(t *testing.T) {
	for status, want := range map[int]check.Outcome{401: check.NotEnoughData, 403: check.FailedNow} {
		app := newApp()
		app.answers[apiAddress+loginPath] = say(status, `{}`)
		s := NewSession(apiAddress, smokeArn, smokeSecret(), app.client(), nil)
		s.first = true
		results := checktest.Run(t, nil, sessionChecks(s, check.Baseline{})...).Results
		for _, result := range results {
			checktest.Expect(t, result, want, "the login is refused")
		}
	}
}

func TestSmoke_ALoginThatMayPassIsTriedAgain(t *testing.T) {
	app, tries := newApp(), 0
	app.answers[apiAddress+loginPath] = func(w http.ResponseWriter, r *http.Request) {
		if tries++; tries == 1 {
			say(502, "")(w, r)
			return
		}
		app.usual(w, r, apiAddress+loginPath)
	}
	report := checktest.Run(t, nil, smokeChecks(app, smokeSecret(), nil, check.Baseline{})...)
	for _, result := range report.Results {
		checktest.Expect(t, result, check.OK)
	}
	assert.Equal(t, 2, tries)
	assert.Equal(t, check.PollInterval, report.Took)
}

func TestSmoke_WrongAnswers(t *testing.T) {
	me, dashboard, assets := "/api/users/me", "/api/analytics/dashboard", "/api/assets"
	token := func(token string) http.HandlerFunc { return say(200, `{"token":"`+token+`"}`) }
	for name, tc := range map[string]struct {
		path   string
		answer http.HandlerFunc
		check  int
		want   check.Outcome
		says   string
	}{
		"login: 500":             {loginPath, say(500, "boom"), 0, check.TimedOut, "500 Internal Server Error"},
		"login: throttled":       {loginPath, say(429, ""), 0, check.TimedOut, "429 Too Many Requests"},
		"login: no token":        {loginPath, say(200, `{"accessToken":"x"}`), 0, check.TimedOut, "it does not have three parts"},
		"login: no JSON":         {loginPath, say(200, `hello`), 0, check.TimedOut, "the body is not JSON with a token"},
		"login: garbage":         {loginPath, token("a.b.c"), 0, check.TimedOut, "not base64url of JSON"},
		"login: unsigned":        {loginPath, token(jwt(`{"alg":"none"}`, `{}`)), 0, check.TimedOut, "it is not signed"},
		"login: expired":         {loginPath, token(jwt(`{"alg":"HS256"}`, `{"exp":1}`)), 0, check.TimedOut, "it has expired already"},
		"me: token rejected":     {me, say(401, `{"error":"invalid signature"}`), 1, check.FailedNow, "the token of a login just made is rejected"},
		"me: somebody else":      {me, say(200, `{"id":"u2","email":"root@x","organizationId":"o1"}`), 1, check.TimedOut, "email is another user's"},
		"me: lacks all":          {me, say(200, `{"id":"","organizationId":null}`), 1, check.TimedOut, "id is missing, email is missing, organizationId is missing"},
		"me: numbers":            {me, say(200, `{"id":7,"email":"`+smokeEmail+`","organizationId":3}`), 1, check.OK, ""},
		"dashboard: no users":    {dashboard, say(200, `{"users":0,"organizations":1,"assets":0}`), 2, check.TimedOut, "users is 0"},
		"dashboard: other":       {dashboard, say(200, `{"users":1}`), 2, check.TimedOut, "organizations is missing, assets is missing"},
		"dashboard: broken":      {dashboard, say(200, `{"users":`), 2, check.TimedOut, "it ends in the middle"},
		"assets: no items":       {assets, say(200, `{"total":0}`), 3, check.TimedOut, "items is missing"},
		"assets: no total":       {assets, say(200, `{"items":[]}`), 3, check.TimedOut, "total is missing"},
		"assets: hidden":         {assets, say(200, `{"items":[],"total":4}`), 3, check.TimedOut, "total is 4, but items is empty"},
		"assets: wrong total":    {assets, say(200, `{"items":[{"id":1,"name":"a"}],"total":0}`), 3, check.TimedOut, "total is 0 for 1 item"},
		"assets: nameless":       {assets, say(200, `{"items":[{"id":1}],"total":1}`), 3, check.TimedOut, "items[0] lacks id or name"},
		"assets: maybe new":      {assets, say(200, `{"items":[],"total":0}`), 3, check.NotEnoughData, "the asset list is empty, and there is no earlier report"},
		"assets: of another API": {assets, say(403, ``), 3, check.TimedOut, "403 Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp()
			app.answers[apiAddress+tc.path] = tc.answer
			checktest.Expect(t, checktest.Run(t, nil, smokeChecks(app, smokeSecret(), nil, check.Baseline{})...).Results[tc.check], tc.want, tc.says)
		})
	}
}

func TestSmoke_WrongSecrets(t *testing.T) {
	denied := &smithy.OperationError{ServiceID: "Secrets Manager", OperationName: "GetSecretValue", Err: &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}}
	for name, tc := range map[string]struct {
		secret *fakeSecret
		says   string
	}{
		"no value":       {&fakeSecret{err: &types.ResourceNotFoundException{}}, "does not exist or holds no value yet"},
		"binary":         {&fakeSecret{}, "is binary"},
		"not JSON":       {&fakeSecret{value: aws.String(canary)}, `is not JSON of the form {"email","password"}`},
		"no email":       {&fakeSecret{value: aws.String(`{"password":"hunter2222"}`)}, "lacks email or password"},
		"short password": {&fakeSecret{value: aws.String(`{"email":"a@b","password":"pässword"}`[:31] + `"}`)}, "holds a password of less than 8 characters"},
		"denied":         {&fakeSecret{err: denied}, "Secrets Manager GetSecretValue: AccessDeniedException: no"},
	} {
		t.Run(name, func(t *testing.T) {
			report := checktest.Run(t, nil, smokeChecks(newApp(), tc.secret, nil, check.Baseline{})...)
			for _, result := range report.Results {
				checktest.Expect(t, result, check.FailedNow, tc.says)
				assert.NotContains(t, result.Cause, "anary")
			}
			assert.Equal(t, errors.Is(tc.secret.err, denied), report.NoAccess())
		})
	}
	s := NewSession(apiAddress, "", nil, newApp().client(), nil)
	checktest.Expect(t, checktest.One(t, Login(s, check.PollInterval)), check.FailedNow, "names no secret with a smoke user")
}

// Whatever the application says back, in whatever place, neither password nor
// token comes out in any format.
func TestSmoke_CanariesNeverShow(t *testing.T) {
	app := newApp()
	var heard string
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			heard += string(body)
			w.Header().Set("Location", "https://x/?t="+r.Header.Get("Authorization"))
			say(status, `{"error":`+string(body)+`,"auth":"`+r.Header.Get("Authorization")+`","p":"`+canary+`"}`+canary)(w, r)
		}
	}
	everything := []string{"/api/users/me", "/api/analytics/dashboard", "/api/assets", "/api/monitoring/metrics", "/api/monitoring/queues"}
	for _, status := range []int{200, 302, 400, 401, 403, 500, 503} {
		for _, login := range []bool{true, false} {
			clear(app.answers)
			for _, path := range everything {
				app.answers[apiAddress+path] = echo(status)
			}
			if login {
				app.answers[apiAddress+loginPath] = echo(status)
			}
			hide := &check.Redactor{}
			logs := check.Check{Group: "logs", Name: "errors", Run: func(ctx context.Context) (string, error) {
				<-ctx.Done() // the login is known by then
				return "", errors.New("a log line with " + canary + " and " + app.token)
			}}
			report := checktest.Run(t, hide, append(smokeChecks(app, smokeSecret(), hide, check.Baseline{}), logs)...)
			report.Findings = []check.Finding{hide.Finding(check.Finding{Topic: "last errors", About: "backend", Lines: []string{"login of " + canary}})}
			assert.Positive(t, report.Bad())
			for _, format := range check.Formats() {
				text := strings.ToLower(checktest.Text(t, report, format))
				assert.Contains(t, strings.ReplaceAll(text, `\`, ""), check.Redacted)
				for _, part := range append(strings.Split(strings.ToLower(app.token), "."), "canary", "wörd") {
					assert.NotContains(t, text, part, "%s, status %d", format, status)
				}
			}
		}
	}
	assert.Contains(t, heard, "cAnary", "the server did hear it")
}

func TestSession_AWaiterLeavesAtItsDeadline(t *testing.T) {
	app := newApp()
	app.delay = time.Minute
	synctest.Test(t, func(t *testing.T) {
		s := NewSession(apiAddress, smokeArn, smokeSecret(), app.client(), nil)
		quick := Dashboard(s, check.PollInterval)
		quick.Timeout = time.Second
		report := check.Run(t.Context(), []check.Check{Login(s, check.PollInterval), quick}, check.Options{})
		checktest.Expect(t, report.Results[1], check.TimedOut, "the login failed: ")
		checktest.Expect(t, report.Results[0], check.TimedOut, "no answer in ")
	})
}
