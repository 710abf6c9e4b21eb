package deploylog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/deploylog"
	"github.com/flowcomply/infrastructure/verify/check"
)

// sampleStart is when every sample began: 10:00 in New Zealand, where the runbook is from.
var sampleStart = time.Date(2025, 10, 7, 10, 0, 0, 0, time.FixedZone("NZDT", 13*60*60))

// samples are deployments as they happen, made of engine events, by name.
func samples() map[string]deploylog.Deployment {
	return map[string]deploylog.Deployment{
		"release":     releaseSample(),
		"failed":      failedSample(),
		"rolled-back": rolledBackSample(),
		"went-back":   wentBackSample(),
		"first":       firstSample(),
		"long-names":  longNamesSample(),
		"nothing":     {Stack: "staging", Version: "v1.0.0", Start: sampleStart, End: sampleStart.Add(8 * time.Second), Status: deploylog.Succeeded},
	}
}

// The tests of the notification and of the page in a browser read the samples by deploylogtest, a step of the timeline a line.
func TestSamples_AreWhatOtherTestsRead(t *testing.T) {
	for name, d := range samples() {
		text, err := json.Marshal(d)
		require.NoError(t, err)
		got := strings.ReplaceAll(string(text), `{"urn":`, "\n"+`{"urn":`) + "\n"
		path := filepath.Join("deploylogtest", "samples", name+".json")
		if os.Getenv("UPDATE_GOLDEN") == "1" {
			require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, string(want), got, name)
	}
}

const (
	backend  = "sha256:5ee5e7eee0c1f7d6a0c0f0a9e1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
	frontend = "sha256:142ff1dd70c1f7d6a0c0f0a9e1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
	older    = "sha256:cbf5ee5e0c1f7d6a0c0f0a9e1b2c3d4e5f60718293a4b5c6d7e8f90123456789"
)

// about is what all samples but the first have alike.
func about(took time.Duration) deploylog.Deployment {
	return deploylog.Deployment{
		Stack: "production", Version: "v1.1.0", Previous: "v1.0.0", Number: 7, Commit: "3f9c2d1e8b7a6f5e4d3c2b1a09f8e7d6c5b4a392",
		Start: sampleStart, End: sampleStart.Add(took), Status: deploylog.Succeeded,
		Components: []deploylog.Component{
			{Service: "backend", Version: "v1.1.0", Digest: backend, Changed: true, Origin: "built"},
			{Service: "frontend", Version: "v1.1.0", Digest: frontend, Changed: true, Origin: "held"},
		},
		SignOff: deploylog.SignOff{DeployedBy: "Ana Tau"},
	}
}

// releaseSample is a release with a migration that went as it should.
func releaseSample() deploylog.Deployment {
	d := about(4*time.Minute + 12*time.Second)
	d.Database.Applied = []string{"20250922090000_add_asset_processed_at"}
	d.SnapshotID = "flowcomply-production-pre-deploy-v1-1-0-7"
	d.Timeline = release("").timeline()
	d.Report = report(d.Version)
	return d
}

// failedSample is a release whose migration failed, and says why with a password in it.
func failedSample() deploylog.Deployment {
	d := about(2*time.Minute + 3*time.Second)
	d.Status, d.Number = deploylog.Failed, 0
	d.Components = []deploylog.Component{
		{Service: "backend", Version: "v1.0.0", Digest: older}, {Service: "frontend", Version: "v1.0.0", Digest: frontend},
	}
	d.Database.Note = "Migration failed, see the issues"
	d.SnapshotID = "flowcomply-production-pre-deploy-v1-1-0-7"
	d.Timeline = release("migration").timeline()
	return d
}

// rolledBackSample is a release that verify did not let pass, and the way back from it.
func rolledBackSample() deploylog.Deployment {
	d := about(6*time.Minute + 40*time.Second)
	d.Status, d.Number = deploylog.RolledBack, 0
	d.Components = []deploylog.Component{
		{Service: "backend", Version: "v1.0.0", Digest: older, Changed: true, Origin: "pinned"},
		{Service: "frontend", Version: "v1.0.0", Digest: frontend, Changed: true, Origin: "pinned"},
	}
	d.Timeline = release("verify").timeline()
	d.Report = report(d.Version, failing()...)
	back := goingBack(d.Timeline.End.Sub(sampleStart) + 4*time.Second).timeline()
	d.Rollback = &deploylog.Rollback{
		To: "v1.0.0", Reason: "verify failed, and flowcomply:release.onFailure is rollback", Timeline: &back, Report: report("v1.0.0"),
	}
	return d
}

// wentBackSample is a rollback that somebody asked for.
func wentBackSample() deploylog.Deployment {
	d := about(time.Minute + 58*time.Second)
	d.Status, d.Version, d.Previous = deploylog.RolledBackManually, "v1.0.0", "v1.1.0"
	for i := range d.Components {
		d.Components[i].Version, d.Components[i].Origin = "v1.0.0", "pinned"
	}
	d.Timeline = goingBack(0).timeline()
	d.Report = report(d.Version)
	return d
}

// report is verify's of a good run; the results given replace those of their names.
func report(version string, instead ...deploylog.Result) *deploylog.Report {
	ok := func(group, name, seen string, facts map[string]float64) deploylog.Result {
		return deploylog.Result{Group: group, Name: name, Outcome: check.OK, TookMs: 200, Seen: seen, Facts: facts}
	}
	r := &deploylog.Report{
		Stack: "production", Version: version, StartedAt: sampleStart.Add(4 * time.Minute).UTC(), TookMs: 10100,
		Summary: "all checks passed: 13 ok (10.1 s)",
		Checks: []deploylog.Result{
			ok("identity", "backend", "flowcomply-production-backend:8: 2 tasks on "+backend[:19], nil),
			ok("identity", "frontend", "flowcomply-production-frontend:8: 2 tasks on "+frontend[:19], nil),
			ok("health", "api", "healthy; connected to database, redis, s3", nil),
			ok("health", "site", "2 assets load, built for https://api.flowcomply.com", nil),
			ok("smoke", "login", "the smoke user is signed in", nil),
			ok("database", "migrations", "2 applied, none pending, none failed", nil),
			ok("targets", "backend", "2 of 2 targets healthy", nil),
			ok("mail", "flowcomply.com", "verified, DKIM signs, sending is on", nil),
			ok("alarms", "state", "32 alarms, none in ALARM, watched for 10s", nil),
			ok("metrics", "backend-error-rate", "0.1 % (breach at > 5 %; 6412 samples in 15m)", map[string]float64{"metrics.backend-error-rate": 0.1}),
			ok("metrics", "backend-latency", "120.4 ms (breach at >= 200 ms; 6412 samples in 15m)", map[string]float64{"metrics.backend-latency": 0.1204}),
			ok("metrics", "frontend-latency", "34.3 ms (breach at >= 200 ms; 911 samples in 15m)", map[string]float64{"metrics.frontend-latency": 0.0343}),
			ok("logs", "backend", "no errors since the deployment", nil),
		},
	}
	for _, result := range instead {
		for i := range r.Checks {
			if r.Checks[i].Group == result.Group && r.Checks[i].Name == result.Name {
				r.Checks[i] = result
			}
		}
		r.Summary = "3 of 13 checks failed: 10 ok, 1 timed out, 2 failed now (30.0 s)"
	}
	return r
}

// failing are three checks of a backend that answers with errors.
func failing() []deploylog.Result {
	return []deploylog.Result{
		{
			Group: "health", Name: "api", Outcome: check.TimedOut, TookMs: 30000,
			Cause:   "context deadline exceeded; last failure: GET https://api.flowcomply.com/api/v1/health: 503 Service Unavailable",
			Details: []string{`body: {"status":"unhealthy","services":{"database":"connected","redis":"disconnected","s3":"connected"}}`},
			Next:    "look at the log of backend and at the cache's security group",
		},
		{
			Group: "metrics", Name: "backend-error-rate", Outcome: check.FailedNow, TookMs: 100,
			Cause: "More than 5 % of the service's requests end in a 5xx answer: 41.2 % (breach at > 5 %; 312 samples in 15m)",
			Next:  "follow docs/alarms.md#service-error-rate", Facts: map[string]float64{"metrics.backend-error-rate": 41.2},
		},
		{
			Group: "alarms", Name: "state", Outcome: check.FailedNow, TookMs: 10000,
			Cause: "1 of 32 alarms in ALARM: flowcomply-production-backend-error-rate", Next: "follow the runbook entry of each alarm above",
		},
	}
}
