package service

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// container is a container definition in the form in which ECS gives it back, with every field and every empty list
// that ECS adds. The provider compares the two texts: anything that is left out here and added there would replace
// the task definition, and roll every task, in each deployment.
type container struct {
	Name                   string           `json:"name"`
	Image                  string           `json:"image"`
	CPU                    int              `json:"cpu"`
	Memory                 int              `json:"memory"` // the whole task's: it has one container
	Essential              bool             `json:"essential"`
	User                   string           `json:"user"`
	ReadonlyRootFilesystem bool             `json:"readonlyRootFilesystem"`
	StopTimeout            int              `json:"stopTimeout"`
	VersionConsistency     string           `json:"versionConsistency"`
	PortMappings           []portMapping    `json:"portMappings"`
	Environment            []variable       `json:"environment"`
	Secrets                []secretVariable `json:"secrets"`
	MountPoints            []mountPoint     `json:"mountPoints"`
	VolumesFrom            []struct{}       `json:"volumesFrom"`
	SystemControls         []struct{}       `json:"systemControls"`
	LinuxParameters        map[string]any   `json:"linuxParameters"`
	HealthCheck            *healthCheck     `json:"healthCheck,omitempty"`
	LogConfiguration       map[string]any   `json:"logConfiguration"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type secretVariable struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

type mountPoint struct {
	SourceVolume  string `json:"sourceVolume"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly"`
}

type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval"`
	Timeout     int      `json:"timeout"`
	Retries     int      `json:"retries"`
	StartPeriod int      `json:"startPeriod"`
}

// agentDirectories are where the agent of ECS Exec writes; with a read-only root filesystem it starts only where
// they are volumes (https://github.com/aws/containers-roadmap/issues/1359).
var agentDirectories = []string{"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}

var pinned = regexp.MustCompile(`\A[^@\s]+@sha256:[0-9a-f]{64}\z`)

// containerInputs are what a container definition is made of, all known.
type containerInputs struct {
	name        string
	spec        Spec
	image       string            // repository@sha256:…
	environment map[string]string // plain variables
	secrets     map[string]string // variable → valueFrom
	logGroup    string
	region      string
}

// definitions writes the container definitions' JSON: the same inputs give the same text, whatever the order of maps
// and lists. An image without a digest is an error: a build whose digest went missing must not be deployed.
func definitions(f containerInputs) (string, error) {
	if !pinned.MatchString(f.image) {
		return "", fmt.Errorf("image %q: is not addressed by digest; it has to be of the form repository@sha256:…", f.image)
	}
	text, err := json.Marshal([]container{{
		Name: f.name, Image: f.image, CPU: f.spec.CPU, Memory: f.spec.MemoryMiB, Essential: true,
		User: f.spec.User, ReadonlyRootFilesystem: true, StopTimeout: f.spec.StopTimeout(), VersionConsistency: "enabled",
		PortMappings: ports(f.spec.Port),
		Environment:  variables(f.environment, func(name, value string) variable { return variable{name, value} }),
		Secrets:      variables(f.secrets, func(name, from string) secretVariable { return secretVariable{name, from} }),
		MountPoints:  mounts(f.spec),
		VolumesFrom:  []struct{}{}, SystemControls: []struct{}{},
		LinuxParameters: map[string]any{
			"capabilities":       map[string]any{"add": []string{}, "drop": []string{"ALL"}},
			"initProcessEnabled": true, // reaps what ECS Exec leaves behind
		},
		HealthCheck:      containerHealthCheck(f.spec.Health),
		LogConfiguration: logs(f),
	}})
	if err != nil {
		return "", fmt.Errorf("container definitions: %w", err)
	}
	return string(text), nil
}

// imageOf is the image of the named container in container definitions, as a task definition has them; empty where there
// is none.
func imageOf(definitions, name string) string {
	var containers []struct{ Name, Image string }
	if json.Unmarshal([]byte(definitions), &containers) != nil {
		return ""
	}
	for _, one := range containers {
		if one.Name == name {
			return one.Image
		}
	}
	return ""
}

func ports(port int) []portMapping {
	if port == 0 {
		return []portMapping{}
	}
	return []portMapping{{ContainerPort: port, HostPort: port, Protocol: "tcp"}}
}

func variables[T any](values map[string]string, entry func(name, value string) T) []T {
	out := make([]T, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, entry(name, values[name]))
	}
	return out
}

// directories are all that are writable, sorted: the service's own and the agent's.
func directories(spec Spec) []string {
	return slices.Sorted(slices.Values(slices.Concat(spec.Writable, agentDirectories)))
}

func mounts(spec Spec) []mountPoint {
	var out []mountPoint
	for _, directory := range directories(spec) {
		out = append(out, mountPoint{SourceVolume: volumeName(directory), ContainerPath: directory})
	}
	return out
}

// containerHealthCheck is the container's own health check, if the image has one.
func containerHealthCheck(h Health) *healthCheck {
	if len(h.Command) == 0 {
		return nil
	}
	return &healthCheck{
		Command: h.Command, Interval: h.IntervalSeconds, Timeout: h.Timeout(), Retries: h.Threshold(), StartPeriod: h.GraceSeconds,
	}
}

// logs never block the application: when CloudWatch is slow, the oldest lines are lost instead of requests.
func logs(f containerInputs) map[string]any {
	return map[string]any{
		"logDriver": "awslogs",
		"options": map[string]string{
			"awslogs-group": f.logGroup, "awslogs-region": f.region, "awslogs-stream-prefix": f.name,
			"mode": "non-blocking", "max-buffer-size": "25m",
		},
		"secretOptions": []struct{}{},
	}
}
