// Package ecstask reads what ECS says of a task that has stopped, by the names of its containers.
//
// A task has more containers than its definition: GuardDuty adds its agent to each Fargate task, and a service mesh or a log
// router adds its own. ECS lists them in no order, and how those ended says nothing about the application's container. So
// exit codes and reasons are read here, by the container's name.
//
// Which names are the application's and which are sidecars', the caller decides. For a service, that is applicationContainers
// in verify/awschecks/ecs_stopped.go, by the image; a task that runs once has one known name.
//
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Container.html
// https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html
package ecstask

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// None is the exit code of a container that has none, as it never ran or still runs.
const None = -1

// Exit codes of a container that was told to stop: 128 and the signal's number.
const (
	Terminated = 143 // SIGTERM
	Killed     = 137 // SIGKILL, after the stop time-out; also where memory ran out
)

// Container is how one container ended.
type Container struct {
	Name   string
	Code   int    // exit code; None: it has none
	Reason string // of ECS's about this container, such as OutOfMemoryError; mostly empty
}

// Stopped is why a task stopped.
type Stopped struct {
	Why    string      // the task's stop code and reason, such as TaskFailedToStart: CannotPullContainerError: …
	Own    []Container // the containers that were asked about, in that order; without code and reason where ECS shows none of the name
	Others []Container // all others, by name
}

// Read tells the containers of these names from all others.
func Read(task types.Task, own ...string) Stopped {
	read := Stopped{Why: strings.Trim(fmt.Sprintf("%s: %s", task.StopCode, aws.ToString(task.StoppedReason)), ": ")}
	for _, name := range own {
		read.Own = append(read.Own, Container{Name: name, Code: None})
	}
	for _, shown := range task.Containers {
		one := Container{Name: aws.ToString(shown.Name), Code: None, Reason: aws.ToString(shown.Reason)}
		if shown.ExitCode != nil {
			one.Code = int(*shown.ExitCode)
		}
		if i := slices.Index(own, one.Name); i >= 0 {
			read.Own[i] = one
			continue
		}
		read.Others = append(read.Others, one)
	}
	slices.SortFunc(read.Others, func(a, b Container) int { return strings.Compare(a.Name, b.Name) })
	return read
}

// Cause is why the task stopped, as far as the containers that were asked about are concerned. It is empty where ECS gives
// another container's reason as the task's, as it does when that one cannot be started.
func (s Stopped) Cause() string {
	for _, own := range s.Own {
		if own.Reason != "" {
			return s.Why
		}
	}
	for _, other := range s.Others {
		kind, _, _ := strings.Cut(other.Reason, ":") // such as CannotPullContainerError
		if kind != "" && strings.Contains(s.Why, kind) {
			return ""
		}
	}
	return s.Why
}

// Beside is what ECS says of the other containers, each by its name; empty where they were only told to stop.
func (s Stopped) Beside() string {
	var said []string
	for _, other := range s.Others {
		switch {
		case other.Reason != "":
			said = append(said, other.Name+": "+other.Reason)
		case other.Code > 0 && other.Code != Terminated && other.Code != Killed:
			said = append(said, fmt.Sprintf("%s exited with code %d", other.Name, other.Code))
		}
	}
	return strings.Join(said, "; ")
}
