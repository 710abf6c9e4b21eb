package verify

import (
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs/outputstest"
	"github.com/flowcomply/infrastructure/verify/web"
)

// What is assembled is held here, by names. What each check does is its own test's.
func TestChecks_AreAllThereAndEachOnce(t *testing.T) {
	out := outputstest.Example(t)
	worker := out.Services["backend"]
	worker.TargetGroupArn, worker.Host = "", ""
	out.Services["worker"] = worker
	require.NoError(t, out.Validate())
	checks := Checks(out, Clients{HTTP: http.DefaultClient}, Settings{
		Watch: 3 * time.Second, Timeout: 7 * time.Second, Custom: []Command{{Argv: []string{"npx", "playwright", "test"}, Timeout: time.Minute}},
	})
	var names []string
	timeouts := map[string]time.Duration{}
	for _, check := range checks {
		name := check.Group + "/" + check.Name
		require.NotContains(t, names, name)
		names = append(names, name)
		timeouts[name] = check.Timeout
		assert.NotNil(t, check.Run, name)
	}
	assert.Subset(t, names, []string{
		"identity/backend", "identity/frontend", "identity/worker", "identity/reported version", "health/api", "health/site", "smoke/login",
		"targets/backend", "targets/frontend", "images/backend", "images/worker", "database/restorable", "mail/flowcomply.com", "secrets/stored",
		"secrets/backend", "secrets/worker", "permissions/backend", "permissions/worker",
		"alarms/state", "alarms/actions", "alarms/reach-notify", "alarms/reach-page", "metrics/backend-error-rate", "metrics/backend-latency", "logs/backend", "logs/worker", "own/npx",
	})
	assert.NotContains(t, names, "targets/worker", "it is behind no load balancer")
	assert.Equal(t, "own/npx", names[len(names)-1])
	assert.Equal(t, 10*time.Second, timeouts["alarms/state"], "watching is no delay")
	assert.Equal(t, time.Minute, timeouts["own/npx"])
	assert.Zero(t, timeouts["identity/backend"], "the run's")
}

// In an update what is asked of services and targets may take as long as AWS does, and all else comes after it.
func TestChecks_InAnUpdateWaitForTheRollout(t *testing.T) {
	clients, settings := Clients{HTTP: http.DefaultClient}, Settings{Custom: []Command{{Argv: []string{"true"}, Timeout: time.Minute}}}
	for _, one := range Checks(outputstest.Example(t), clients, settings) {
		assert.Empty(t, one.After, "%s: by hand all is asked at once", one.Key())
	}
	settings.InUpdate = true
	rollout := []string{"identity/backend", "identity/frontend", "targets/backend", "targets/frontend"}
	for _, one := range Checks(outputstest.Example(t), clients, settings) {
		if slices.Contains(rollout, one.Key()) {
			assert.Equal(t, awschecks.RolloutTime, one.Timeout, one.Key())
			assert.Empty(t, one.After, one.Key())
			continue
		}
		assert.Equal(t, rollout, one.After, one.Key())
		overHTTP := slices.Contains([]string{"health", "smoke", "database", "queues"}, one.Group) && one.Key() != "database/restorable" ||
			one.Key() == "identity/reported version"
		assert.Equal(t, overHTTP, one.Longest == web.LimitTime, "%s: waits for the application's limit of requests", one.Key())
	}
}

func TestSettings_ZeroIsTheDefault(t *testing.T) {
	assert.Equal(t, Settings{Interval: check.PollInterval, Timeout: check.DefaultTimeout, Window: awschecks.DefaultWindow, Since: awschecks.DefaultSince}, Settings{}.filled())
	given := Settings{Interval: 1, Timeout: 2, Window: 3, Watch: 4, Since: 5, AllowedErrors: 6}
	assert.Equal(t, given, given.filled())
}

// Every client is a plain interface, so that whoever has other readers than AWS's may pass them.
func TestClients_AreInterfaces(t *testing.T) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Clients]()) {
		assert.True(t, field.Type.Kind() == reflect.Interface || field.Anonymous || field.Name == "HTTP", field.Name)
	}
}
