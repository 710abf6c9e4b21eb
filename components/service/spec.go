package service

import "github.com/flowcomply/infrastructure/components/image"

// Set is every service of an environment by name. The name is the role: container, target group, alarms and all
// logical names start with it, so changing it replaces the service.
type Set map[string]Spec

// Spec is what an operator decides about one service. A service needs nothing else: a third one, with a route or
// without, is one more entry in the stack file.
type Spec struct {
	// Image says how the service's image is built; see package image.
	Image image.Spec `json:"image"`
	// Port is where the application listens, over plain HTTP inside the VPC; it is handed to it as PORT. Needed with
	// a route; default none. Changing this replaces the target group: requests fail until new tasks are healthy.
	Port int `json:"port,omitempty"`
	// CPU is the task's share of processors in CPU units, 1024 to a vCPU; with memoryMiB one of Fargate's pairs.
	//
	//runbook:trouble.service#10 is raised in the stack file, with memoryMiB.
	CPU int `json:"cpu"`
	// MemoryMiB is the task's memory in MiB; the container is killed above it.
	MemoryMiB int `json:"memoryMiB"`
	// MinTasks is how many tasks run at least, 1 or more; two or more survive the loss of a zone.
	MinTasks int `json:"minTasks"`
	// MaxTasks is how many tasks auto-scaling may start, minTasks to 100.
	MaxTasks int `json:"maxTasks"`
	// CPUTargetPercent is the average CPU use that auto-scaling aims at; below the alarm's threshold in package slo.
	CPUTargetPercent int `json:"cpuTargetPercent"`
	// MemoryTargetPercent is the average memory use that auto-scaling aims at; below the alarm's threshold.
	MemoryTargetPercent int `json:"memoryTargetPercent"`
	// Health says how the service shows that it works.
	Health Health `json:"health"`
	// Route makes the service reachable through the load balancer; left out, nothing can connect to it (a worker).
	Route *Route `json:"route,omitempty"`
	// Environment is plain configuration by variable name; default none. PORT, AWS_REGION and IMAGE_DIGEST are set from what is
	// known already, and so is what comes with access. Secrets are refused here.
	Environment map[string]string `json:"environment,omitempty"`
	// Secrets names the entries of the stack's secrets that the container gets as variables of the same name;
	// default none. The service's execution role can read these and no others.
	Secrets []string `json:"secrets,omitempty"`
	// Access names what the service may use: database, cache, documents, mail; default nothing. Each opens the
	// network path, the permissions, or both.
	Access []string `json:"access,omitempty"`
	// LogDays is how many days CloudWatch keeps the log; one of the values that CloudWatch offers.
	LogDays int `json:"logDays"`
	// StopTimeoutSeconds is how long a task has between SIGTERM and SIGKILL, 30 to 120; default 30. It is no
	// shorter than the load balancer's drain, so that no request dies with its task.
	StopTimeoutSeconds int `json:"stopTimeoutSeconds,omitempty"`
	// User is the numeric uid:gid that the application runs as, neither of them 0.
	User string `json:"user"`
	// Writable lists absolute directories that the application may write to; default none, as the root filesystem
	// is read-only. Each is an empty volume that ends with its task. Fargate gives it to root with mode 0755 unless
	// the image declares the same directory as VOLUME with the user as its owner.
	Writable []string `json:"writable,omitempty"`
}

// Health says how load balancer and container agent ask whether a task works.
type Health struct {
	// Path is what the load balancer requests; 200 means healthy. Needed with a route, refused without.
	Path string `json:"path,omitempty"`
	// Command is run inside the container, in the form ["CMD", "/app/healthcheck"]; exit code 0 means healthy.
	// Default none. It has to be in the image: one built from scratch has neither a shell nor curl. Without it, a
	// service without a route counts as healthy while its process lives.
	Command []string `json:"command,omitempty"`
	// IntervalSeconds is the time between two checks, 5 to 300.
	IntervalSeconds int `json:"intervalSeconds"`
	// TimeoutSeconds is how long one check may take, 2 to 60 and less than the interval; default 4.
	TimeoutSeconds int `json:"timeoutSeconds,omitempty"`
	// Failures is how many failed checks in a row make a task unhealthy, 2 to 10; default 3.
	Failures int `json:"failures,omitempty"`
	// GraceSeconds is how long failed checks of a new task are not counted, 0 to 300; more than the application
	// needs to start, or a slow start is rolled back as a failed deployment.
	GraceSeconds int `json:"graceSeconds"`
}

// Route is a rule of the load balancer that sends requests to the service.
type Route struct {
	// Host is the full domain name that is answered for; the certificate and the DNS records come from all hosts.
	Host string `json:"host"`
	// Paths narrows the rule to up to four path patterns such as /api/*; default all paths of the host.
	Paths []string `json:"paths,omitempty"`
	// Priority orders the rules, 1 to 50000, lowest first and each once among all services.
	Priority int `json:"priority"`
}

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
	successes                 = 2  // checks until a task gets requests; one could be luck
	drainSeconds              = 30 // what a closing target may still finish; AWS's default of 300 makes each deployment crawl
	maxTasks                  = 100
)

// Routed tells whether the load balancer sends requests to the service.
func (s Spec) Routed() bool { return s.Route != nil }

// StopTimeout is stopTimeoutSeconds or its default.
func (s Spec) StopTimeout() int { return or(s.StopTimeoutSeconds, defaultStopTimeoutSeconds) }

// Timeout is timeoutSeconds or its default.
func (h Health) Timeout() int { return or(h.TimeoutSeconds, defaultTimeoutSeconds) }

// Threshold is failures or its default.
func (h Health) Threshold() int { return or(h.Failures, defaultFailures) }

func or(value, otherwise int) int {
	if value == 0 {
		return otherwise
	}
	return value
}
