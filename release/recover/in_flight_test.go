package recovery

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/internal/exit"
)

// These tests hold what becomes of steps that go on without an update. They do not prove that ECS and RDS go on.

// working is a stack whose update was killed while a migration ran: no lock is left, and no process.
func working(t *testing.T, tasks ...int) *fixture {
	t.Helper()
	w := crashedFixture(t)
	w.locks, w.procs, w.tasks = nil, others, tasks
	w.inFlight = inFlightSteps{snapshots: []string{"flowcomply-production-pre-deploy-v1-1-0-7"}, deployments: []string{"backend-service"}}
	w.state = parsed(t, `{"deployment":{"resources":[
	  {"urn":"`+providerURN+`","id":"p-1","type":"pulumi:providers:aws","inputs":{"region":"r"}},
	  {"urn":"urn:c","id":"c","type":"aws:ecs/cluster:Cluster","outputs":{"arn":"arn:aws:ecs:r:1:cluster/c"}},
	  {"urn":"urn:s","id":"s","type":"aws:ecs/service:Service","outputs":{"name":"backend-service"}},
	  {"urn":"urn:d","id":"d","type":"aws:rds/instance:Instance","outputs":{"identifier":"flowcomply-production"}}]}}`)
	return w
}

func TestInFlight_AreWaitedForOrLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := working(t, 1, 1, 1, 0)
		begin := time.Now()
		code, said := runRecovery(w)
		assert.Equal(t, exit.Done, code, said)
		assert.Equal(t, []string{"preview"}, w.did)
		assert.Equal(t, 2*between, time.Since(begin))
		for _, want := range []string{
			"found  a migration that still runs: task t-1, since 2026-11-26 01:00:00 UTC\nwill   wait for it",
			"found  a snapshot that RDS is taking: flowcomply-production-pre-deploy-v1-1-0-7\nwill   leave it",
			"found  a deployment in progress: backend-service\nwill   leave it", "no migration runs any more",
		} {
			assert.Contains(t, said, want)
		}
	})
}

func TestInFlight_AMigrationIsStoppedOnlyWithConsent(t *testing.T) {
	const question = "ask Stop the migration now, instead of waiting for it?"
	for name, row := range map[string]struct {
		change func(*Recovery)
		did    []string
	}{
		"asked for":          {func(r *Recovery) { r.Choices.StopTasks = true }, []string{"stop t-1", "preview"}},
		"agreed to":          {func(r *Recovery) { r.Choices.Yes = false }, []string{"ask Do this?", question, "stop t-1", "preview"}},
		"not by --yes alone": {func(*Recovery) {}, []string{"preview"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := working(t, 1, 1, 0)
			w.answer = true
			code, said := runRecovery(w, row.change)
			assert.Equal(t, exit.Done, code, said)
			assert.Equal(t, row.did, w.did, name)
		})
	}
}

// migrating is a stack whose update was killed while the step that migrates worked.
func migrating(t *testing.T) *fixture {
	t.Helper()
	w := crashedFixture(t)
	delete(w.state.deployment, "pending_operations")
	w.locks, w.tagged = nil, nil
	w.procs = append(slices.Clone(others),
		Process{PID: 20, Project: "flowcomply"}.of(1, "pulumi-resource-command", dead),
		Process{PID: 21, Project: "flowcomply"}.of(20, "/bin/sh", "-c", "go run ./cmd/step migrate --region r"),
		Process{PID: 22, Project: "flowcomply"}.of(21, "/home/me/.cache/go-build/ab/abcd-d/step", "migrate", "--region", "r"))
	return w
}

func TestInFlight_AMigrationEndsBeforeWhatItWritesTo(t *testing.T) {
	ends := []string{"end 22 within 5m0s", "end 21 within 5m0s", "end 20 within 10s", "preview"}
	const asked, question = "ask Do this?", "ask Stop the migration now, instead of waiting for it?"
	for name, row := range map[string]struct {
		change func(*Recovery)
		did    []string
		says   string
	}{
		"waited for": {func(*Recovery) {}, slices.Concat([]string{"await 22 for 1m0s"}, ends), "migrate --region r\nwill   wait for it"},
		"asked for":  {func(r *Recovery) { r.Choices.StopTasks = true }, ends, "migrate --region r\nwill   tell it to end"},
		"agreed to":  {func(r *Recovery) { r.Choices.Yes = false }, slices.Concat([]string{asked, question}, ends), "will   wait for it"},
	} {
		t.Run(name, func(t *testing.T) {
			w := migrating(t)
			w.answer = true
			code, said := runRecovery(w, row.change)
			assert.Equal(t, exit.Done, code, said)
			assert.Equal(t, row.did, w.did)
			assert.Contains(t, said, row.says)
		})
	}
	w := migrating(t)
	w.stubborn = true
	code, said := runRecovery(w)
	assert.Equal(t, exit.Failed, code)
	assert.Equal(t, []string{"await 22 for 1m0s"}, w.did, "nothing is ended under it")
	assert.Contains(t, said, "a migration still runs after 1m0s: process 22; wait longer with --wait, or stop it with --stop-tasks")
}

func TestInFlight_AMigrationThatGoesOnIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := working(t, 1)
		code, said := runRecovery(w)
		assert.Equal(t, exit.Failed, code)
		assert.Contains(t, said, "a migration still runs after 1m0s: t-1, since 2026-11-26 01:00:00 UTC; wait longer with --wait, or stop it with --stop-tasks")
		assert.Empty(t, w.did)
	})
	w := working(t, 1)
	w.fails["stop t-1"] = errors.New("AccessDenied")
	code, said := runRecovery(w, func(r *Recovery) { r.Choices.StopTasks = true })
	assert.Equal(t, exit.Failed, code)
	assert.Contains(t, said, "stop migration t-1, since 2026-11-26 01:00:00 UTC: AccessDenied; while it runs it may hold the migrations' lock")
}

func TestInFlight_ThatCannotBeLookedForAreTold(t *testing.T) {
	w := working(t)
	w.fails["migrations"] = errors.New("AccessDenied")
	code, said := runRecovery(w)
	assert.Equal(t, exit.Done, code)
	assert.Contains(t, said, "not looked for: look for half-done steps: AccessDenied")
}
