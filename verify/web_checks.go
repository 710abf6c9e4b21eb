package verify

import (
	"net/http"
	"time"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Web is what the checks over HTTP, and the operator's own commands, need.
type Web struct {
	SiteURL, APIURL string          // https://<host>, no path
	Version         string          // release asked for
	API             outputs.Service // the service behind APIURL
	SmokeSecretArn  string
	Secrets         SmokeReader
	First           bool // nobody may have registered the smoke user yet

	Client          *http.Client // NewHTTPClient
	Hide            *Redactor    // the one of Options, so that nothing passes beside it
	Before          Baseline     // of --before; zero without
	Queues          QueueLimits  // zero: DefaultQueueLimits
	CertificateDays int          // 0: the constant of that name
	Own             []Command    // SiteURL and APIURL are filled in
}

// Checks lists the checks: who answers, health, smoke, database, queues, own.
// They share connections and one login; all run at once.
func (w Web) Checks(interval time.Duration) []Check {
	if w.Queues == (QueueLimits{}) {
		w.Queues = DefaultQueueLimits
	}
	if w.CertificateDays == 0 {
		w.CertificateDays = CertificateDays
	}
	checks := []Check{
		ReportsVersion(w.APIURL, w.API, w.Version, w.Client, interval),
		Health(w.APIURL, w.Client, interval),
		Site(w.SiteURL, w.APIURL, w.Client, interval),
	}
	for _, part := range []struct{ name, url, page string }{
		{"api", w.APIURL, w.APIURL + HealthPath}, {"site", w.SiteURL, w.SiteURL},
	} {
		checks = append(checks,
			Redirect(part.name, part.url, w.Client, interval),
			Certificate(part.name, part.url, w.CertificateDays, w.Client, interval),
			SecurityHeaders(part.name, part.page, w.Client, interval))
	}
	session := NewSession(w.APIURL, w.SmokeSecretArn, w.Secrets, w.Client, w.Hide)
	session.first = w.First
	checks = append(checks,
		Login(session, interval), Me(session, interval), Dashboard(session, interval), Assets(session, w.Before, interval),
		DatabasePool(session, interval), Migrations(session, interval), Tables(session, w.Before, interval),
		Queues(session, w.Queues, interval))
	for _, command := range w.Own {
		command.SiteURL, command.APIURL = w.SiteURL, w.APIURL
		checks = append(checks, Own(command, w.Hide))
	}
	return checks
}
