package verify

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
)

// smokeChecks are all checks behind the login, on one session.
func smokeChecks(app *fakeApp, secret *fakeSecret, hide *Redactor, before Baseline) []Check {
	return sessionChecks(NewSession(apiAddress, smokeArn, secret, app.client(), hide), before)
}

func sessionChecks(s *Session, before Baseline) []Check {
	return []Check{
		Login(s, PollInterval), Me(s, PollInterval), Dashboard(s, PollInterval), Assets(s, before, PollInterval),
		DatabasePool(s, PollInterval), Migrations(s, PollInterval), Tables(s, before, PollInterval), Queues(s, DefaultQueueLimits, PollInterval),
	}
}

func TestSmoke_AllOKWithOneLogin(t *testing.T) {
	app, secret := newApp(), smokeSecret()
	app.delay = 100 * time.Millisecond // so that all of them wait for the one login
	report := ran(t, nil, smokeChecks(app, secret, nil, Baseline{})...)
	for _, result := range report.Results {
		expect(t, result, OK)
	}
	assert.Equal(t, 1, app.times(apiAddress+loginPath))
	assert.Equal(t, 1, secret.asked)
	assert.Equal(t, 200*time.Millisecond, report.Took)
	assert.Equal(t, "3 assets", report.Results[3].Seen)
	assert.Equal(t, "2 users, 1 organizations, 3 assets", report.Results[2].Seen)
}

func TestSmoke_ARefusedLoginFailsAllAndIsNotRepeated(t *testing.T) {
	app := newApp()
	app.answers[apiAddress+loginPath] = say(401, `{"error":"Invalid credentials"}`)
	results := ran(t, nil, smokeChecks(app, smokeSecret(), nil, Baseline{})...).Results
	expect(t, results[0], FailedNow, "POST https://api.flowcomply.test/api/auth/login: the login is refused: 401 Unauthorized", "Invalid credentials")
	for _, result := range results[1:] {
		expect(t, result, FailedNow, "not asked, for the login failed: POST https://api.flowcomply.test/api/auth/login: the login is refused")
		assert.Contains(t, result.Next, "see smoke/login")
		assert.Empty(t, result.Details, "one line is enough")
	}
	assert.Equal(t, 1, app.times(apiAddress+loginPath), "a second try could lock the account")
}

// Nobody can have registered before the first release runs; a login that is broken in another way is broken there too.
func TestSmoke_AFirstReleaseMayHaveNoUserYet(t *testing.T) {
	for status, want := range map[int]Outcome{401: NotEnoughData, 403: FailedNow} {
		app := newApp()
		app.answers[apiAddress+loginPath] = say(status, `{}`)
		s := NewSession(apiAddress, smokeArn, smokeSecret(), app.client(), nil)
		s.first = true
		results := ran(t, nil, sessionChecks(s, Baseline{})...).Results
		for _, result := range results {
			expect(t, result, want, "the login is refused")
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
	report := ran(t, nil, smokeChecks(app, smokeSecret(), nil, Baseline{})...)
	for _, result := range report.Results {
		expect(t, result, OK)
	}
	assert.Equal(t, 2, tries)
	assert.Equal(t, PollInterval, report.Took)
}

func TestSmoke_WrongAnswers(t *testing.T) {
	me, dashboard, assets := "/api/users/me", "/api/analytics/dashboard", "/api/assets"
	token := func(token string) http.HandlerFunc { return say(200, `{"token":"`+token+`"}`) }
	for name, tc := range map[string]struct {
		path   string
		answer http.HandlerFunc
		check  int
		want   Outcome
		says   string
	}{
		"login: 500":             {loginPath, say(500, "boom"), 0, TimedOut, "500 Internal Server Error"},
		"login: throttled":       {loginPath, say(429, ""), 0, TimedOut, "429 Too Many Requests"},
		"login: no token":        {loginPath, say(200, `{"accessToken":"x"}`), 0, TimedOut, "it does not have three parts"},
		"login: no JSON":         {loginPath, say(200, `hello`), 0, TimedOut, "the body is not JSON with a token"},
		"login: garbage":         {loginPath, token("a.b.c"), 0, TimedOut, "not base64url of JSON"},
		"login: unsigned":        {loginPath, token(jwt(`{"alg":"none"}`, `{}`)), 0, TimedOut, "it is not signed"},
		"login: expired":         {loginPath, token(jwt(`{"alg":"HS256"}`, `{"exp":1}`)), 0, TimedOut, "it has expired already"},
		"me: token rejected":     {me, say(401, `{"error":"invalid signature"}`), 1, FailedNow, "the token of a login just made is rejected"},
		"me: somebody else":      {me, say(200, `{"id":"u2","email":"root@x","organizationId":"o1"}`), 1, TimedOut, "email is another user's"},
		"me: lacks all":          {me, say(200, `{"id":"","organizationId":null}`), 1, TimedOut, "id is missing, email is missing, organizationId is missing"},
		"me: numbers":            {me, say(200, `{"id":7,"email":"`+smokeEmail+`","organizationId":3}`), 1, OK, ""},
		"dashboard: no users":    {dashboard, say(200, `{"users":0,"organizations":1,"assets":0}`), 2, TimedOut, "users is 0"},
		"dashboard: other":       {dashboard, say(200, `{"users":1}`), 2, TimedOut, "organizations is missing, assets is missing"},
		"dashboard: broken":      {dashboard, say(200, `{"users":`), 2, TimedOut, "it ends in the middle"},
		"assets: no items":       {assets, say(200, `{"total":0}`), 3, TimedOut, "items is missing"},
		"assets: no total":       {assets, say(200, `{"items":[]}`), 3, TimedOut, "total is missing"},
		"assets: hidden":         {assets, say(200, `{"items":[],"total":4}`), 3, TimedOut, "total is 4, but items is empty"},
		"assets: wrong total":    {assets, say(200, `{"items":[{"id":1,"name":"a"}],"total":0}`), 3, TimedOut, "total is 0 for 1 item"},
		"assets: nameless":       {assets, say(200, `{"items":[{"id":1}],"total":1}`), 3, TimedOut, "items[0] lacks id or name"},
		"assets: maybe new":      {assets, say(200, `{"items":[],"total":0}`), 3, NotEnoughData, "the asset list is empty, and there is no earlier report"},
		"assets: of another API": {assets, say(403, ``), 3, TimedOut, "403 Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp()
			app.answers[apiAddress+tc.path] = tc.answer
			expect(t, ran(t, nil, smokeChecks(app, smokeSecret(), nil, Baseline{})...).Results[tc.check], tc.want, tc.says)
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
			report := ran(t, nil, smokeChecks(newApp(), tc.secret, nil, Baseline{})...)
			for _, result := range report.Results {
				expect(t, result, FailedNow, tc.says)
				assert.NotContains(t, result.Cause, "anary")
			}
			assert.Equal(t, tc.secret.err == denied, report.NoAccess())
		})
	}
	s := NewSession(apiAddress, "", nil, newApp().client(), nil)
	expect(t, one(t, Login(s, PollInterval)), FailedNow, "names no secret with a smoke user")
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
			hide := &Redactor{}
			logs := Check{Group: "logs", Name: "errors", Run: func(ctx context.Context) (string, error) {
				<-ctx.Done() // the login is known by then
				return "", errors.New("a log line with " + canary + " and " + app.token)
			}}
			report := ran(t, hide, append(smokeChecks(app, smokeSecret(), hide, Baseline{}), logs)...)
			report.Findings = []Finding{hide.finding(Finding{Topic: "last errors", About: "backend", Lines: []string{"login of " + canary}})}
			assert.Positive(t, report.Bad())
			for _, format := range Formats() {
				text := strings.ToLower(written(t, report, format, false))
				assert.Contains(t, strings.ReplaceAll(text, `\`, ""), redacted)
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
		quick := Dashboard(s, PollInterval)
		quick.Timeout = time.Second
		report := Run(t.Context(), []Check{Login(s, PollInterval), quick}, Options{})
		expect(t, report.Results[1], TimedOut, "the login failed: ")
		expect(t, report.Results[0], TimedOut, "no answer in ")
	})
}
