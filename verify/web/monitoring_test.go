package web

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// before is the baseline that a report of a good run with these facts makes.
func before(t *testing.T, facts map[string]float64) check.Baseline {
	t.Helper()
	report := check.Report{Subject: check.Subject{Stack: "production"}, Started: fakeaws.Noon, Results: []check.Result{{Outcome: check.OK, Facts: facts}}}
	b, err := check.ReadBaseline([]byte(checktest.Text(t, report, check.JSON)), "production")
	require.NoError(t, err)
	return b
}

func TestDatabase(t *testing.T) {
	had := before(t, map[string]float64{"tables.User": 2, "tables.Organization": 1, "tables.Asset": 3, factAssets: 3})
	none := before(t, map[string]float64{"tables.Asset": 0, factAssets: 0})
	const pool, migrations, tables = 4, 5, 6
	for name, tc := range map[string]struct {
		body   string
		before check.Baseline
		check  int
		want   check.Outcome
		says   string
	}{
		"pool":               {metricsJSON(1, 2, 10, 0, 2, 1, 3, 4, 0, 0), check.Baseline{}, pool, check.OK, "1 active, 2 idle, at most 10; no errors"},
		"errors":             {metricsJSON(1, 2, 10, 7, 2, 1, 3, 4, 0, 0), check.Baseline{}, pool, check.TimedOut, "7 errors of the database are reported"},
		"not connected":      {metricsJSON(0, 0, 10, 0, 2, 1, 3, 4, 0, 0), check.Baseline{}, pool, check.TimedOut, "holds no connection"},
		"unreadable":         {`{"database":{"problem":"it does not answer","tables":{}}}`, check.Baseline{}, tables, check.TimedOut, "the application cannot read its database: it does not answer"},
		"exhausted":          {metricsJSON(10, 0, 10, 0, 2, 1, 3, 4, 0, 0), check.Baseline{}, pool, check.TimedOut, "10 of 10 connections in use"},
		"no pool":            {`{"database":{"errors":0}}`, check.Baseline{}, pool, check.TimedOut, "is missing"},
		"nothing":            {`{}`, check.Baseline{}, pool, check.TimedOut, "is missing"},
		"migrations":         {metricsJSON(1, 2, 10, 0, 2, 1, 3, 4, 0, 0), check.Baseline{}, migrations, check.OK, "4 applied"},
		"failed":             {metricsJSON(1, 2, 10, 0, 2, 1, 3, 4, 0, 1), check.Baseline{}, migrations, check.FailedNow, "1 migrations failed"},
		"pending":            {metricsJSON(1, 2, 10, 0, 2, 1, 3, 4, 2, 0), check.Baseline{}, migrations, check.TimedOut, "2 migrations are pending"},
		"no migration":       {metricsJSON(1, 2, 10, 0, 2, 1, 3, 0, 0, 0), check.Baseline{}, migrations, check.TimedOut, "no migration is applied"},
		"tables":             {metricsJSON(1, 2, 10, 0, 2, 1, 3, 4, 0, 0), check.Baseline{}, tables, check.OK, "User 2, Organization 1, Asset 3"},
		"tables, as before":  {metricsJSON(1, 2, 10, 0, 2, 1, 4, 4, 0, 0), had, tables, check.OK, "Asset 4 (3 before)"},
		"no assets yet":      {metricsJSON(1, 2, 10, 0, 2, 1, 0, 4, 0, 0), check.Baseline{}, tables, check.NotEnoughData, "table Asset is empty, and there is no earlier report"},
		"none before either": {metricsJSON(1, 2, 10, 0, 2, 1, 0, 4, 0, 0), none, tables, check.OK, "Asset 0 (0 before)"},
		"assets gone":        {metricsJSON(1, 2, 10, 0, 2, 1, 0, 4, 0, 0), had, tables, check.FailedNow, "table Asset is empty; it held 3 on 2025-10-07 12:00 UTC"},
		"users gone":         {metricsJSON(1, 2, 10, 0, 0, 1, 0, 4, 0, 0), had, tables, check.FailedNow, "table User is empty; it held 2"},
		"nobody signed in":   {metricsJSON(1, 2, 10, 0, 0, 1, 3, 4, 0, 0), check.Baseline{}, tables, check.FailedNow, "table User is empty, though somebody has just signed in"},
		"no organization":    {metricsJSON(1, 2, 10, 0, 2, 0, 0, 4, 0, 0), check.Baseline{}, tables, check.FailedNow, "table Organization is empty"},
		"table missing":      {`{"database":{"tables":{"User":1,"Asset":null}}}`, check.Baseline{}, tables, check.TimedOut, "no table Organization, Asset"},
		"no tables":          {`{"database":{}}`, check.Baseline{}, tables, check.TimedOut, "database.tables is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp()
			app.answers[apiAddress+metricsPath] = say(200, tc.body)
			checktest.Expect(t, checktest.Run(t, nil, smokeChecks(app, smokeSecret(), nil, tc.before)...).Results[tc.check], tc.want, tc.says)
		})
	}
}

func TestAssets_ComparesWithTheBaseline(t *testing.T) {
	app := newApp()
	app.answers[apiAddress+"/api/assets"] = say(200, `{"items":[],"total":0}`)
	gone := checktest.Run(t, nil, smokeChecks(app, smokeSecret(), nil, before(t, map[string]float64{factAssets: 3}))...).Results[3]
	checktest.Expect(t, gone, check.FailedNow, "the asset list is empty; it held 3 on 2025-10-07 12:00 UTC")
	assert.Equal(t, map[string]float64{factAssets: 0}, gone.Facts)
	checktest.Expect(t, checktest.Run(t, nil, smokeChecks(app, smokeSecret(), nil, before(t, map[string]float64{factAssets: 0}))...).Results[3], check.OK, "0 assets (0 before)")
}

func TestQueues(t *testing.T) {
	queue := func(fields string) string { return `{"queues":[{"name":"documents",` + fields + `}]}` }
	for name, tc := range map[string]struct {
		body string
		want check.Outcome
		says string
	}{
		"idle":         {queue(`"running":true,"waiting":0,"active":0,"failed":0,"oldestSeconds":null`), check.OK, "documents runs: 0 waiting, 0 active, 0 failed"},
		"busy":         {queue(`"running":true,"waiting":90,"active":2,"failed":0,"oldestSeconds":200`), check.OK, ""},
		"just in time": {queue(`"running":true,"waiting":1,"active":0,"failed":10,"oldestSeconds":29`), check.OK, ""},
		"not running":  {queue(`"running":false,"waiting":3,"active":0,"failed":0,"oldestSeconds":1`), check.TimedOut, "queue documents does not run (3 waiting)"},
		"stuck":        {queue(`"running":true,"waiting":3,"active":0,"failed":0,"oldestSeconds":30`), check.TimedOut, "queue documents is stuck: 3 waiting, the oldest for 30s, and none being worked on (limit 30s)"},
		"behind":       {queue(`"running":true,"waiting":3,"active":2,"failed":0,"oldestSeconds":300`), check.TimedOut, "queue documents is stuck: its oldest job is 5m0s old (limit 5m0s); 3 waiting, 2 active"},
		"failing":      {queue(`"running":true,"waiting":0,"active":0,"failed":11`), check.TimedOut, "queue documents has 11 failed jobs (limit 10)"},
		"incomplete":   {queue(`"running":true`), check.TimedOut, "queues[0] lacks"},
		"none":         {`{"queues":[]}`, check.TimedOut, "no queue is reported"},
		"not JSON":     {`queues`, check.TimedOut, "not the JSON expected"},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp()
			app.answers[apiAddress+"/api/monitoring/queues"] = say(200, tc.body)
			s := NewSession(apiAddress, smokeArn, smokeSecret(), app.client(), nil)
			checktest.Expect(t, checktest.One(t, Queues(s, check.PollInterval)), tc.want, tc.says)
		})
	}
}

// All checks of a healthy stack together take as long as the slowest alone.
func TestWeb_ChecksTakeNoLongerThanTheSlowest(t *testing.T) {
	app := newApp()
	app.delay = time.Second
	web := Web{
		SiteURL: siteAddress, APIURL: apiAddress, Version: "v1.0.0", API: fakeaws.Wanted, SmokeSecretArn: smokeArn, Secrets: smokeSecret(),
		Client: app.client(), Hide: &check.Redactor{},
	}
	report := checktest.Run(t, web.Hide, web.Checks(check.PollInterval)...)
	slowest := time.Duration(0)
	names := map[string]bool{}
	for _, result := range report.Results {
		slowest = max(slowest, result.Took)
		assert.False(t, names[result.Group+"/"+result.Name], "names are unique: %s", result.Name)
		names[result.Group+"/"+result.Name] = true
		if result.Name == "certificate api" || result.Name == "certificate site" {
			continue // there is no TLS here
		}
		checktest.Expect(t, result, check.OK)
	}
	assert.Len(t, names, 17)
	assert.LessOrEqual(t, report.Took, slowest+slowest/10)
}
