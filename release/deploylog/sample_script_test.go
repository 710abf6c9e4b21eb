package deploylog_test

import (
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/release/deploylog"
)

// act is one operation of a script, in seconds from its start.
type act struct {
	at, took float64
	op       apitype.OpType
	typ      string
	name     string
	in       string   // component: type:name
	after    []string // names
	fails    []string // the engine's messages
}

// script is an update as a list of operations.
type script struct {
	acts     []act
	begins   time.Duration // after Start
	ends     float64
	warnings []string
}

const (
	command        = "command:local:Command"
	image          = "docker:index/image:Image"
	service        = "aws:ecs/service:Service"
	taskDefinition = "aws:ecs/taskDefinition:TaskDefinition"

	create  = apitype.OpCreate
	update  = apitype.OpUpdate
	replace = apitype.OpCreateReplacement
	deletes = apitype.OpDeleteReplaced
)

// release is an update to a new version with a migration, up to the step that fails.
func release(failing string) script {
	s := script{acts: []act{
		{6.2, 4.1, replace, command, "preflight", "", nil, nil},
		{10.4, 41.8, update, image, "backend-image", "image:Image:backend-image", []string{"preflight"}, nil},
		{10.4, 2.3, update, image, "frontend-image", "image:Image:frontend-image", []string{"preflight"}, nil},
		{10.4, 94.6, replace, command, "snapshot", "snapshot:Snapshot:snapshot", []string{"preflight"}, nil},
		{52.3, 1.1, replace, taskDefinition, "backend-task", "service:Service:backend", []string{"backend-image"}, nil},
		{52.9, 0.6, update, "aws:cloudwatch/dashboard:Dashboard", "main", "dashboard:Dashboard:main", nil, nil},
		{105.1, 14.2, replace, command, "migration", "migration:Migration:migration", []string{"snapshot", "backend-task"}, nil},
		{119.4, 92.3, update, service, "backend", "service:Service:backend", []string{"migration", "backend-task"}, nil},
		{119.5, 0.9, replace, taskDefinition, "frontend-task", "service:Service:frontend", []string{"frontend-image"}, nil},
		{120.5, 71.8, update, service, "frontend", "service:Service:frontend", []string{"migration", "frontend-task"}, nil},
		{211.8, 33.4, replace, command, "verify", "", []string{"backend", "frontend"}, nil},
		{245.3, 0.2, deletes, taskDefinition, "backend-task", "service:Service:backend", nil, nil},
	}, ends: 246, warnings: []string{"aws:ecs/service:Service frontend: desiredCount is managed by auto-scaling and is ignored"}}
	switch failing {
	case "migration":
		s.acts, s.ends = s.acts[:7], 120
		s.acts[6].fails = []string{"command \"migration\": create: exit status 3: the migration failed\n" +
			"prisma: P3009: migrate found failed migrations in the target database\n" +
			"database: postgresql://flowcomply:hunter2hunter2@db.internal:5432/flowcomply\n" +
			"next: look at the migration that failed, put the schema right, then `prisma migrate resolve`\n"}
	case "verify":
		s.acts = s.acts[:11]
		s.acts[10].fails = []string{"command \"verify\": create: exit status 1: 3 of 13 checks failed"}
	}
	return s
}

// goingBack is an update with the digests of an older release: no build, snapshot or migration.
func goingBack(begins time.Duration) script {
	return script{begins: begins, ends: 116, acts: []act{
		{5.1, 3.9, replace, command, "preflight", "", nil, nil},
		{9.1, 0.9, replace, taskDefinition, "backend-task", "service:Service:backend", []string{"preflight"}, nil},
		{9.1, 1.0, replace, taskDefinition, "frontend-task", "service:Service:frontend", []string{"preflight"}, nil},
		{10.1, 72.3, update, service, "backend", "service:Service:backend", []string{"backend-task"}, nil},
		{10.2, 58.8, update, service, "frontend", "service:Service:frontend", []string{"frontend-task"}, nil},
		{82.5, 33.1, replace, command, "verify", "", []string{"backend", "frontend"}, nil},
	}}
}

// timeline records the script's events and its state.
func (s script) timeline() deploylog.Timeline {
	type timed struct {
		at    float64
		event apitype.EngineEvent
	}
	result := apitype.OperationResultSucceeded
	events := []timed{{0, apitype.EngineEvent{PreludeEvent: &apitype.PreludeEvent{}}}}
	for _, a := range s.acts {
		events = append(events, timed{a.at, apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: a.metadata()}}})
		for _, message := range a.fails {
			result = apitype.OperationResultFailed
			events = append(events, timed{a.at + a.took, apitype.EngineEvent{DiagnosticEvent: &apitype.DiagnosticEvent{
				URN: a.urn(), Severity: "error", Message: message,
			}}})
		}
		end := apitype.EngineEvent{ResOutputsEvent: &apitype.ResOutputsEvent{Metadata: a.metadata()}}
		if len(a.fails) > 0 {
			end = apitype.EngineEvent{ResOpFailedEvent: &apitype.ResOpFailedEvent{Metadata: a.metadata()}}
		}
		events = append(events, timed{a.at + a.took, end})
	}
	for _, message := range s.warnings {
		events = append(events, timed{1, apitype.EngineEvent{DiagnosticEvent: &apitype.DiagnosticEvent{Severity: "warning", Message: message}}})
	}
	events = append(events, timed{s.ends, apitype.EngineEvent{SummaryEvent: &apitype.SummaryEvent{Result: result}}})
	slices.SortStableFunc(events, func(a, b timed) int { return int(1000 * (a.at - b.at)) })
	recorder := &deploylog.Recorder{}
	for _, e := range events {
		recorder.Add(e.event, sampleStart.Add(s.begins+time.Duration(e.at*float64(time.Second))))
	}
	return recorder.Timeline(s.dependencies())
}

func (s script) dependencies() deploylog.Dependencies {
	urns, known := map[string]string{}, deploylog.Dependencies{}
	for _, a := range s.acts {
		if a.op != deletes {
			urns[a.name] = a.urn()
		}
	}
	for _, a := range s.acts {
		if a.op == deletes || len(a.fails) > 0 {
			continue // neither is in the state
		}
		waits := []string{}
		for _, name := range a.after {
			waits = append(waits, urns[name])
		}
		known[a.urn()] = waits
	}
	return known
}

const stack = "urn:pulumi:production::flowcomply::"

func (a act) urn() string {
	if a.in == "" {
		return stack + a.typ + "::" + a.name
	}
	return stack + a.component() + "$" + a.typ + "::" + a.name
}

// component is the type of the parent, and parent its name: "service:Service:backend" is flowcomply:service:Service backend.
func (a act) component() string {
	parts := strings.Split(a.in, ":")
	return "flowcomply:" + parts[0] + ":" + parts[1]
}

func (a act) parent() string {
	if a.in == "" {
		return stack + "pulumi:pulumi:Stack::flowcomply-production"
	}
	return stack + a.component() + "::" + strings.Split(a.in, ":")[2]
}

func (a act) metadata() apitype.StepEventMetadata {
	state := &apitype.StepEventStateMetadata{Type: a.typ, URN: a.urn(), Custom: true, Parent: a.parent()}
	meta := apitype.StepEventMetadata{Op: a.op, URN: a.urn(), Type: a.typ, New: state}
	if a.op == deletes {
		meta.New, meta.Old = nil, state
	}
	return meta
}
