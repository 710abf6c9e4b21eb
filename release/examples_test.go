package release

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/part"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// The tests of whole commands play the engine, ECR and the person: that Pulumi's history, previews and events are as they
// are played here, the test with the real CLI in local/tests/releases proves.

// salt and secrets are what an operator's copy of a stack file has beside what is in the repository.
const (
	salt    = "encryptionsalt: v1:abc=:v1:def\n"
	secrets = "  flowcomply:ANTHROPIC_API_KEY:\n    secure: v1:one\n  flowcomply:PAGERDUTY_ENDPOINT:\n    secure: v1:two\n" +
		"  flowcomply:SMOKE_USER:\n    secure: v1:three\n"
)

// fileText is production's real stack file as an operator has it, with replacements.
func fileText(t *testing.T, oldnew ...string) string {
	t.Helper()
	text, err := os.ReadFile("../Pulumi.production.yaml")
	require.NoError(t, err)
	changed := salt + string(text) + secrets
	for i := 0; i < len(oldnew); i += 2 {
		require.Contains(t, changed, oldnew[i])
		changed = strings.Replace(changed, oldnew[i], oldnew[i+1], 1)
	}
	return changed
}

func versioned(t *testing.T, version string, oldnew ...string) string {
	t.Helper()
	return fileText(t, append([]string{"release.version: v1.0.0", "release.version: " + version}, oldnew...)...)
}

// config is a stack file's text as history has it.
func config(t *testing.T, text string) stacks.Source {
	t.Helper()
	source, err := stacks.FromText("history", []byte(text))
	require.NoError(t, err)
	return source
}

var epoch = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// hours after the epoch an update ran, for ten minutes.
func ran(hours int, result string, of stacks.Source) Update {
	start := epoch.Add(time.Duration(hours) * time.Hour)
	return Update{Kind: "update", Result: result, Start: start, End: start.Add(10 * time.Minute), Config: of}
}

func digest(version, service string) string {
	return "sha256:" + strings.Repeat(fmt.Sprintf("%x", version+service), 8)[:64]
}

func record(number int, version string, destructive ...string) outputs.Record {
	return outputs.Record{
		Version: version, Number: number, Commit: strings.Repeat("c", 39) + fmt.Sprint(number), SnapshotID: "snap-" + version,
		Images: map[string]outputs.Image{"backend": {Digest: digest(version, "backend")}, "frontend": {Digest: digest(version, "frontend")}},
		Schema: outputs.Mark{Hash: "sha256:h", Destructive: destructive},
	}
}

func outputsWith(releases ...outputs.Record) outputs.Outputs {
	out := outputs.Outputs{Region: "ap-southeast-2", AccountID: "210987654321", Releases: releases, Services: map[string]outputs.Service{
		"backend":  {ImageRepository: "registry.test/flowcomply-backend"},
		"frontend": {ImageRepository: "registry.test/flowcomply-frontend"},
	}}
	if len(releases) > 0 {
		last := releases[len(releases)-1]
		out.Version, out.Release.Number = last.Version, last.Number
		out.Release.Schema.Destructive = last.Schema.Destructive
	}
	return out
}

// event is the begin of one step; planning in a preview.
func event(op apitype.OpType, typ, name string, planning bool, at time.Time) Event {
	return Event{EngineEvent: apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{
		Metadata: metadata(op, typ, name), Planning: planning,
	}}, At: at}
}

func done(op apitype.OpType, typ, name string, at time.Time) Event {
	return Event{EngineEvent: apitype.EngineEvent{ResOutputsEvent: &apitype.ResOutputsEvent{Metadata: metadata(op, typ, name)}}, At: at}
}

func metadata(op apitype.OpType, typ, name string) apitype.StepEventMetadata {
	return apitype.StepEventMetadata{Op: op, Type: typ, URN: "urn:pulumi:production::flowcomply::" + typ + "::" + name}
}

const taskType = "aws:ecs/taskDefinition:TaskDefinition"

// rolls is the preview of an update that only rolls the backend.
func rolls() []Event {
	return []Event{
		event(apitype.OpSame, "aws:rds/instance:Instance", "database", true, epoch),
		event(apitype.OpReplace, taskType, "backend-task", true, epoch),
		event(apitype.OpUpdate, part.ServiceType, "backend", true, epoch),
		event(apitype.OpCreate, part.CommandType, "verify", true, epoch),
	}
}

// rolled are the events of an update that rolled the backend from 20 to 140 seconds after its begin.
func rolled(begin time.Time) []Event {
	return []Event{
		event(apitype.OpUpdate, part.ServiceType, "backend", false, begin.Add(20*time.Second)),
		done(apitype.OpUpdate, part.ServiceType, "backend", begin.Add(140*time.Second)),
	}
}
