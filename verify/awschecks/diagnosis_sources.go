package awschecks

import (
	"context"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Sources are the places a diagnosis reads; a nil one is left out. NewSources
// makes them of AWS clients.
type Sources struct {
	Targets     TargetSource
	Stopped     StoppedSource
	Logs        LogSource
	Scaling     ScalingSource
	Connections ConnectionSource
	Hide        *check.Redactor // for what tasks and logs say; may be nil
}

// TargetSource tells the health of every target of a target group.
type TargetSource interface {
	TargetHealth(ctx context.Context, targetGroupArn string) ([]TargetState, error)
}

// TargetState is what the load balancer says of one target.
type TargetState struct{ Target, State, Reason, Description string }

// StoppedSource reads a service's stopped tasks, which ECS keeps for about an
// hour.
type StoppedSource interface {
	StoppedTasks(ctx context.Context, clusterArn string, service outputs.Service) ([]StoppedTask, error)
}

// StoppedTask is a task that has stopped, and why.
type StoppedTask struct {
	ID, Definition string // definition as family:revision
	Reason         string // stop code, reason, and those of the application's containers
	Beside         string // what ECS says of its sidecars, by their names
	Stopped        time.Time
	Streams        []LogStream // logs of the containers that failed, or of all if none is known to
}

// LogStream is where one container wrote.
type LogStream struct{ Group, Name string }

// LogSource reads logs, the oldest line first.
type LogSource interface {
	// LastErrors returns at most limit lines since then that match the filter pattern.
	LastErrors(ctx context.Context, group, pattern string, since time.Time, limit int) ([]LogLine, error)
	// LastLines returns at most limit lines.
	LastLines(ctx context.Context, stream LogStream, limit int) ([]LogLine, error)
}

// LogLine is one event of a log.
type LogLine struct {
	At      time.Time
	Message string
}

// ScalingSource tells what auto-scaling did to a service, the newest first.
type ScalingSource interface {
	ScalingActivities(ctx context.Context, clusterName, service string, limit int) ([]ScalingActivity, error)
}

// ScalingActivity is one change of a service's desired count, or an attempt.
type ScalingActivity struct {
	Started                           time.Time
	Status, Description, Cause, Words string // words: why it is in that status
}

// ConnectionSource counts the connections to database and cache.
type ConnectionSource interface {
	Connections(ctx context.Context, databaseID, cacheID string, since time.Time) ([]ConnectionCount, error)
}

// ConnectionCount is the number of a store's connections.
type ConnectionCount struct {
	Store        string // such as database flowcomply-production
	Latest, Peak float64
	At           time.Time // of the latest; zero if nothing was reported
}
