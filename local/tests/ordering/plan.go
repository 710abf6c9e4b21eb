package ordering

import "github.com/flowcomply/infrastructure/local/plugins/simulated"

// failures are what schedules have that fails, in rotation, so that a few in a row have all of it; where there is nothing,
// all goes well.
var failures = []string{
	"",
	commandType + "::" + string(preflight),
	commandType + "::" + string(snapshot),
	"",
	imageType + "::backend-image",
	commandType + "::" + string(migration),
	"",
	imageType + "::frontend-image",
	serviceType + "::frontend",
	commandType + "::" + string(verify),
}

// failure is what fails in the schedule of a seed: the seed alone decides everything about it.
func failure(seed uint64) string { return failures[seed%uint64(len(failures))] }

// plan is one attempt of a seed's schedule.
func plan(seed uint64, fails string) simulated.Plan { return simulated.Plan{Seed: seed, Fail: fails} }
