package service

import "cmp"

// What a service may be given access to.
const (
	AccessDatabase  = "database"
	AccessCache     = "cache"
	AccessDocuments = "documents"
	AccessMail      = "mail"
)

// Defaults of the fields that may be left out, and what no environment should want otherwise.
const (
	defaultStopTimeoutSeconds = 30
	defaultTimeoutSeconds     = 4
	defaultFailures           = 3
	defaultDrainSeconds       = 30 // AWS's default of 300 makes each deployment crawl
	successes                 = 2  // checks until a task gets requests; one could be luck
	maxTasks                  = 100
)

// Routed tells whether the load balancer sends requests to the service.
func (s Spec) Routed() bool { return s.Route != nil }

// StopTimeout is stopTimeoutSeconds or its default.
func (s Spec) StopTimeout() int { return cmp.Or(s.StopTimeoutSeconds, defaultStopTimeoutSeconds) }

// Drain is drainSeconds or its default.
func (s Spec) Drain() int { return cmp.Or(s.DrainSeconds, defaultDrainSeconds) }

// Unhealthy is how many seconds a task has to fail its checks before it is replaced.
func (h Health) Unhealthy() int { return h.IntervalSeconds * h.Threshold() }

// Timeout is timeoutSeconds or its default.
func (h Health) Timeout() int { return cmp.Or(h.TimeoutSeconds, defaultTimeoutSeconds) }

// Threshold is failures or its default.
func (h Health) Threshold() int { return cmp.Or(h.Failures, defaultFailures) }
