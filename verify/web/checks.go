// Package web checks over HTTP what users get: who answers, health, the site, security headers, certificates, and what the
// application says of its data to the smoke user.
package web

import (
	"net/http"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Web is what the checks over HTTP need.
type Web struct {
	SiteURL, APIURL string          // https://<host>, no path
	Version         string          // release asked for
	API             outputs.Service // the service behind APIURL
	SmokeSecretArn  string
	Secrets         SmokeReader
	First           bool // nobody may have registered the smoke user yet

	Client *http.Client    // NewHTTPClient
	Hide   *check.Redactor // the one of Options, so that nothing passes beside it
	Before check.Baseline  // of --before; zero without
}

// Checks lists the checks: who answers, health, smoke, database, queues.
// They share connections and one login; all run at once.
func (w Web) Checks(interval time.Duration) []check.Check {
	checks := []check.Check{
		ReportsVersion(w.APIURL, w.API, w.Version, w.Client, interval),
		Health(w.APIURL, w.Client, interval),
		Site(w.SiteURL, w.APIURL, w.Client, interval),
	}
	for _, part := range []struct{ name, url, page string }{
		{"api", w.APIURL, w.APIURL + HealthPath}, {"site", w.SiteURL, w.SiteURL},
	} {
		checks = append(checks,
			Redirect(part.name, part.url, w.Client, interval),
			Certificate(part.name, part.url, CertificateDays, w.Client, interval),
			SecurityHeaders(part.name, part.page, w.Client, interval))
	}
	session := NewSession(w.APIURL, w.SmokeSecretArn, w.Secrets, w.Client, w.Hide)
	session.first = w.First
	checks = append(checks,
		Login(session, interval), Me(session, interval), Dashboard(session, interval), Assets(session, w.Before, interval),
		DatabasePool(session, interval), Migrations(session, interval), Tables(session, w.Before, interval),
		Queues(session, interval))
	return checks
}
