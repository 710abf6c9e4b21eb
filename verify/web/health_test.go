package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

func TestHealth(t *testing.T) {
	answering := func(status int, body string) check.Result {
		app := newApp()
		app.answers[apiAddress+HealthPath] = say(status, body)
		return checktest.One(t, Health(apiAddress, app.client(), check.PollInterval))
	}
	checktest.Expect(t, checktest.One(t, Health(apiAddress, newApp().client(), check.PollInterval)), check.OK, "healthy; connected to database, redis, s3")
	const all = `"database":"connected","redis":"connected","s3":"connected"`
	for name, tc := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"database down":        {503, `{"status":"unhealthy","services":{"database":"disconnected","redis":"connected","s3":"connected"}}`, "database is disconnected"},
		"redis down":           {503, `{"status":"unhealthy","services":{"database":"connected","redis":"disconnected","s3":"connected"}}`, "redis is disconnected"},
		"s3 down":              {503, `{"status":"unhealthy","services":{"database":"connected","redis":"connected","s3":"disconnected"}}`, "s3 is disconnected"},
		"down, yet 200":        {200, `{"status":"healthy","services":{"database":"connected","redis":"disconnected","s3":"connected"}}`, "redis is disconnected"},
		"another one down":     {200, `{"status":"healthy","services":{` + all + `,"search":"disconnected"}}`, "search is disconnected"},
		"s3 not reported":      {200, `{"status":"healthy","services":{"database":"connected","redis":"connected"}}`, "it does not say whether s3 is connected"},
		"unhealthy, no reason": {200, `{"status":"degraded","services":{` + all + `}}`, `its status is "degraded"`},
		"503, no reason":       {503, `{"status":"healthy","services":{` + all + `}}`, "it answers 503 Service Unavailable"},
		"503 of the balancer":  {503, `<html>503`, "503 Service Unavailable"},
		"broken body":          {200, `{"status":"healthy","serv`, "200, but the body is not the JSON expected: it ends in the middle"},
		"not JSON":             {200, `<html>ok</html>`, "body: <html>ok</html>"},
		"more than JSON":       {200, `{"status":"healthy","services":{` + all + `}} oops`, "more follows the first value"},
		"another JSON":         {200, `{"services":["database"]}`, "services has another type (array)"},
		"empty":                {200, ``, "it is empty"},
		"not there":            {404, `{}`, "GET https://api.flowcomply.test/api/monitoring/health: 404 Not Found"},
	} {
		t.Run(name, func(t *testing.T) {
			checktest.Expect(t, answering(tc.status, tc.body), check.TimedOut, "last failure: ", tc.want)
		})
	}
}

func TestHealth_WaitsForADependencyToComeBack(t *testing.T) {
	app, looks := newApp(), 0
	app.answers[apiAddress+HealthPath] = func(w http.ResponseWriter, r *http.Request) {
		if looks++; looks < 3 {
			say(503, `{"status":"unhealthy","services":{"database":"connected","redis":"disconnected","s3":"connected"}}`)(w, r)
			return
		}
		delete(app.answers, apiAddress+HealthPath)
		app.usual(w, r, apiAddress+HealthPath)
	}
	got := checktest.One(t, Health(apiAddress, app.client(), check.PollInterval))
	checktest.Expect(t, got, check.OK, "redis, s3 (failed 2 times before, last: GET https://api.flowcomply.test/api/monitoring/health: redis is disconnected)")
	assert.Equal(t, 3*check.PollInterval, got.Took, "after one interval, and then after two")
}

func TestReportsVersion(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want check.Outcome
		says string
	}{
		"image":             {`{"image":"` + fakeaws.Digest + `","version":"dev"}`, check.OK, "reports sha256:bbbbbbbbbbbb, in 4 answers"},
		"reference":         {`{"image":"` + fakeaws.Repo + `@` + fakeaws.Digest + `"}`, check.OK, "reports sha256:bbbbbbbbbbbb"},
		"another image":     {`{"image":"` + fakeaws.Other + `","version":"v1.0.0"}`, check.TimedOut, "reports image sha256:000000000000, not the requested sha256:bbbbbbbbbbbb"},
		"version":           {`{"version":"v1.0.0"}`, check.OK, "reports version v1.0.0"},
		"version without v": {`{"version":"1.0.0"}`, check.OK, "reports version 1.0.0"},
		"another version":   {`{"version":"v0.9.0"}`, check.TimedOut, "reports version v0.9.0, not the requested v1.0.0"},
		"neither":           {`{"status":"healthy"}`, check.NotEnoughData, "reports neither its image nor its version"},
		"broken":            {`oops`, check.TimedOut, "not the JSON expected"},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp()
			app.answers[apiAddress+HealthPath] = say(200, tc.body)
			checktest.Expect(t, checktest.One(t, ReportsVersion(apiAddress, fakeaws.Wanted, "v1.0.0", app.client(), check.PollInterval)), tc.want, tc.says)
		})
	}
}

func TestReportsVersion_AsksMoreThanOneTask(t *testing.T) {
	app, looks := newApp(), 0
	app.answers[apiAddress+HealthPath] = func(w http.ResponseWriter, r *http.Request) {
		image := []string{fakeaws.Digest, fakeaws.Other}[looks%2] // two tasks take turns, one of them is stale
		looks++
		say(200, `{"image":"`+image+`"}`)(w, r)
	}
	checktest.Expect(t, checktest.One(t, ReportsVersion(apiAddress, fakeaws.Wanted, "v1.0.0", app.client(), check.PollInterval)), check.TimedOut, "reports image sha256:000000000000")
}

func TestRedirect(t *testing.T) {
	checktest.Expect(t, checktest.One(t, Redirect("api", apiAddress, newApp().client(), check.PollInterval)), check.OK, "http://api.flowcomply.test: 301 Moved Permanently to HTTPS")
	const good = "https://api.flowcomply.test/verify/redirect?from=http"
	for name, tc := range map[string]struct {
		status   int
		location string
		want     check.Outcome
		says     string
	}{
		"308":          {308, good, check.OK, "308"},
		"302":          {302, good, check.TimedOut, "302 Found is not permanent"},
		"307":          {307, good, check.TimedOut, "307 Temporary Redirect is not permanent"},
		"200":          {200, "", check.TimedOut, "200 OK instead of a redirect to HTTPS"},
		"502":          {502, "", check.TimedOut, "from the load balancer or from a proxy before it"},
		"another host": {301, "https://flowcomply.test/verify/redirect?from=http", check.TimedOut, `redirects to "https://flowcomply.test/`},
		"path lost":    {301, "https://api.flowcomply.test/", check.TimedOut, "not to " + good},
		"query lost":   {301, "https://api.flowcomply.test/verify/redirect", check.TimedOut, "not to " + good},
		"still HTTP":   {301, strings.Replace(good, "https", "http", 1), check.TimedOut, "not to " + good},
		"another port": {301, strings.Replace(good, ".test/", ".test:8443/", 1), check.TimedOut, "not to " + good},
		"nowhere":      {301, "", check.TimedOut, `redirects to ""`},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp()
			app.answers["http://api.flowcomply.test/verify/redirect"] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", tc.location)
				w.WriteHeader(tc.status)
			}
			checktest.Expect(t, checktest.One(t, Redirect("api", apiAddress, app.client(), check.PollInterval)), tc.want, tc.says)
		})
	}
}

func TestSecurityHeaders(t *testing.T) {
	page := apiAddress + HealthPath
	checktest.Expect(t, checktest.One(t, SecurityHeaders("api", page, newApp().client(), check.PollInterval)), check.OK, "all security headers")
	for name, tc := range map[string]struct {
		header, value string
		want          check.Outcome
		says          string
	}{
		"no HSTS":        {"Strict-Transport-Security", "", check.TimedOut, "Strict-Transport-Security is missing"},
		"short HSTS":     {"Strict-Transport-Security", "max-age=3600", check.TimedOut, `too weak: "max-age=3600"`},
		"HSTS by half":   {"Strict-Transport-Security", "includeSubDomains; max-age=15552000", check.OK, ""},
		"sniffing":       {"X-Content-Type-Options", "", check.TimedOut, "X-Content-Type-Options is missing"},
		"no policy":      {"Content-Security-Policy", "", check.TimedOut, "Content-Security-Policy is missing"},
		"frames allowed": {"X-Frame-Options", "ALLOWALL", check.TimedOut, "X-Frame-Options is too weak"},
		"no referrer":    {"Referrer-Policy", "unsafe-url", check.TimedOut, "Referrer-Policy is too weak"},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp()
			app.answers[page] = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(tc.header, tc.value) }
			checktest.Expect(t, checktest.One(t, SecurityHeaders("api", page, app.client(), check.PollInterval)), tc.want, tc.says)
		})
	}
	t.Run("frames by policy", func(t *testing.T) {
		app := newApp()
		app.answers[page] = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Del("X-Frame-Options")
			w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
		}
		checktest.Expect(t, checktest.One(t, SecurityHeaders("api", page, app.client(), check.PollInterval)), check.OK)
	})
	t.Run("none, all listed", func(t *testing.T) {
		app := newApp()
		app.answers[page] = func(w http.ResponseWriter, _ *http.Request) { clear(w.Header()) }
		got := checktest.One(t, SecurityHeaders("api", page, app.client(), check.PollInterval))
		assert.Len(t, got.Details, 5)
	})
	t.Run("the balancer's own answer", func(t *testing.T) {
		app := newApp()
		app.answers[page] = say(503, "")
		checktest.Expect(t, checktest.One(t, SecurityHeaders("api", page, app.client(), check.PollInterval)), check.TimedOut, "503 Service Unavailable")
	})
}

func TestCertificate(t *testing.T) {
	ca := newAuthority(t)
	one := func(name string, until time.Duration, days int) check.Result {
		server := serve(t, ca.leaf(t, name, -day, until), http.NotFoundHandler())
		one := Certificate("api", "https://api.test", days, reaching(ca, server.Listener.Addr().String()), check.PollInterval)
		return check.Run(t.Context(), []check.Check{one}, check.Options{}).Results[0]
	}
	checktest.Expect(t, one("api.test", 90*day+time.Hour, 14), check.OK, "api.test until ", "(90 days), issued by Test Authority")
	checktest.Expect(t, one("api.test", 13*day+time.Hour, 14), check.FailedNow, "the certificate expires on ", "in 13 days; 14 days are required")
	checktest.Expect(t, one("api.test", 13*day, 7), check.OK)
	checktest.Expect(t, one("api.test", -time.Hour, 14), check.FailedNow, "the certificate expired on ")
	checktest.Expect(t, one("other.test", 90*day, 14), check.FailedNow, "the certificate is for other.test, not for api.test")
	checktest.Expect(t, one("api.test", 366*day, 365), check.FailedNow, "in 36", "365 days are required") // the authority ends first
}

func TestCertificate_AnUnverifiedOneIsNoWitness(t *testing.T) {
	checktest.Expect(t, checktest.One(t, Certificate("api", apiAddress, 14, newApp().client(), check.PollInterval)), check.FailedNow, "chain was not verified")
}
