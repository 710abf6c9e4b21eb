package verify

import (
	"maps"
	"slices"
	"time"
)

// PollInterval is how often a check looks again at what has yet to come true.
// With five checks it stays far below the API rates of ECS and CloudWatch.
const PollInterval = 5 * time.Second

// Clients are the parts of AWS the checks read.
type Clients struct {
	Services ServiceReader
	Tasks    TaskReader
	Alarms   AlarmReader
}

// Checks lists every check of a stack, the same for real and emulated AWS:
// services by name, then alarms.
func Checks(out Outputs, aws Clients, interval time.Duration) []Check {
	var checks []Check
	for _, name := range slices.Sorted(maps.Keys(out.Services)) {
		checks = append(checks, Identity(name, out.ClusterArn, out.Services[name], aws.Services, aws.Tasks, interval))
	}
	return append(checks, Alarms(out.AlarmNames, aws.Alarms, interval))
}
