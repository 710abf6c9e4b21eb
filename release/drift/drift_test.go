package drift

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release"
	recovery "github.com/flowcomply/infrastructure/release/recover"
	"github.com/flowcomply/infrastructure/stacks"
)

// These tests play the engine's events. That the engine sends such ones, and that a provider reads what the tests have it read, they
// do not prove.

type properties = map[string]any

func urn(kind, name string) string { return "urn:pulumi:production::flowcomply::" + kind + "::" + name }

func metadata(op apitype.OpType, kind, name string, before, after properties) apitype.StepEventMetadata {
	state := func(values properties) *apitype.StepEventStateMetadata {
		if values == nil {
			return nil
		}
		id, _ := values["id"].(string)
		return &apitype.StepEventStateMetadata{Type: kind, URN: urn(kind, name), Custom: true, ID: id, Inputs: values, Outputs: values}
	}
	return apitype.StepEventMetadata{Op: op, URN: urn(kind, name), Type: kind, Old: state(before), New: state(after)}
}

// read is what a refresh tells of one resource, planned what a preview does.
func read(op apitype.OpType, kind, name string, before, after properties) release.Event {
	return release.Event{EngineEvent: apitype.EngineEvent{ResOutputsEvent: &apitype.ResOutputsEvent{Metadata: metadata(op, kind, name, before, after)}}}
}

func planned(op apitype.OpType, kind, name string, before, after properties) release.Event {
	return release.Event{EngineEvent: apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: metadata(op, kind, name, before, after)}}}
}

const (
	serviceType = "aws:ecs/service:Service"
	alarmType   = "aws:cloudwatch/metricAlarm:MetricAlarm"
	bucketType  = "aws:s3/bucketV2:BucketV2"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func only(t *testing.T, found Drift) Item {
	t.Helper()
	require.Len(t, found.Items, 1)
	return found.Items[0]
}

func TestCompare_WhatAreChangesOutside(t *testing.T) {
	item := only(t, Compare(Sources{Refresh: []release.Event{
		read("same", alarmType, "a", properties{"threshold": 5.0}, properties{"threshold": 5.0}),
		read("update", alarmType, "b", properties{"threshold": 5.0, "actionsEnabled": true}, properties{"threshold": 50.0, "actionsEnabled": true}),
		read("update", "flowcomply:alarm:Set", "c", properties{"x": 1.0}, properties{"x": 2.0}),
		read("update", "pulumi:providers:aws", "aws", properties{"x": 1.0}, properties{"x": 2.0}),
		planned("update", alarmType, "b", nil, nil), // of a refresh: that it is going to be read
	}}))
	assert.Equal(t, Item{
		Kind: Changed, Type: alarmType, Name: "b", Differences: []Difference{{"threshold", "5", "50"}},
		Next: "`pulumi up` does not see it; `pulumi up --refresh` sets it back",
	}, item)
}

func TestCompare_WhatIsGone(t *testing.T) {
	found := Compare(Sources{Refresh: []release.Event{
		read("delete", alarmType, "a", properties{}, nil), read("delete", bucketType, "documents", properties{}, nil),
	}})
	require.Len(t, found.Items, 2)
	merged := Compare(Sources{
		Refresh: []release.Event{read("delete", alarmType, "a", properties{}, nil)}, Preview: []release.Event{planned("delete", alarmType, "a", properties{}, nil)},
	})
	assert.Equal(t, "`pulumi up` would delete what is not there any more, and may fail; `pulumi up --refresh` sees that first", merged.Items[0].Next)
	for i, next := range []string{
		"`pulumi up` does not see it; `pulumi up --refresh` creates it again",
		"`pulumi up` does not see it; `pulumi up --refresh` creates it again, empty: look for a snapshot or a version to restore first (docs/on-call.md)",
	} {
		assert.Equal(t, Deleted, found.Items[i].Kind)
		assert.Equal(t, next, found.Items[i].Next)
	}
}

func TestCompare_WhatIsMergedAndNotApplied(t *testing.T) {
	found := Compare(Sources{
		Refresh: []release.Event{read("update", serviceType, "backend", properties{"desiredCount": 2.0}, properties{"desiredCount": 4.0})},
		Preview: []release.Event{
			planned("same", alarmType, "a", properties{}, properties{}),
			planned("update", alarmType, "noise", properties{"threshold": 1.0}, properties{"threshold": 1.0}),
			planned("update", serviceType, "backend", properties{"taskDefinition": "a:1"}, properties{"taskDefinition": unknown}),
			planned("create-replacement", bucketType, "b", properties{}, properties{}), planned("replace", bucketType, "b", properties{}, properties{}),
			planned("delete-replaced", bucketType, "b", properties{}, nil), planned("create", "flowcomply:alarm:Set", "c", nil, properties{}),
		},
	})
	require.Len(t, found.Items, 3)
	assert.Equal(t, Item{
		Kind: Changed, Type: serviceType, Name: "backend", Differences: []Difference{{"desiredCount", "2", "4"}},
		Next: "`pulumi up` would update it for another reason, and may leave this; `pulumi up --refresh` does both",
	}, found.Items[0])
	assert.Equal(t, Item{
		Kind: NotApplied, Type: serviceType, Name: "backend", Operation: "update",
		Differences: []Difference{{"taskDefinition", "a:1", afterUpdate}}, Next: "`pulumi up` would update it",
	}, found.Items[1])
	assert.Equal(t, "replace", found.Items[2].Operation)
}

func TestCompare_WhatIsInNoState(t *testing.T) {
	item := only(t, Compare(Sources{Untracked: []recovery.Candidate{{Type: "aws:kms/key:Key", ID: "1234"}}}))
	assert.Equal(t, "aws:kms/key:Key::1234", item.Path())
	assert.Contains(t, item.Next, "`pulumi import`")
}

// Where the inputs look alike, what the engine says differs is secret, or only read.
func TestCompare_WhatIsNotShown(t *testing.T) {
	event := read("update", "aws:secretsmanager/secretVersion:SecretVersion", "jwt", properties{"secretString": "[secret]"}, properties{"secretString": "[secret]"})
	event.ResOutputsEvent.Metadata.Diffs = []string{"secretString"}
	assert.Equal(t, []Difference{{"secretString", hidden, hidden}}, only(t, Compare(Sources{Refresh: []release.Event{event}})).Differences)
}

// What the program ignores is read, and is no drift; the engine names what is.
func TestCompare_WhatTheEngineDoesNotName(t *testing.T) {
	event := read("update", serviceType, "backend", properties{"desiredCount": 2.0, "tags": properties{"a": "b"}}, properties{"desiredCount": 4.0, "tags": properties{"a": "c"}})
	event.ResOutputsEvent.Metadata.Diffs = []string{"tags"}
	assert.Equal(t, []Difference{{"tags.a", "b", "c"}}, only(t, Compare(Sources{Refresh: []release.Event{event}})).Differences)
}

func TestExpect_UntilADay(t *testing.T) {
	changed := []release.Event{read("update", serviceType, "backend",
		properties{"desiredCount": 2.0, "tags": properties{"a": "b"}}, properties{"desiredCount": 4.0, "tags": properties{"a": "c"}})}
	entry := func(property, until string) stacks.ExpectedDrift {
		return stacks.ExpectedDrift{Path: serviceType + "::backend" + property, Reason: "load test", Until: until}
	}
	for name, tc := range map[string]struct {
		entries      []stacks.ExpectedDrift
		expected     bool
		over, unused int
		code         int
	}{
		"nothing":             {nil, false, 0, 0, CodeDrift},
		"the whole":           {[]stacks.ExpectedDrift{entry("", "2026-11-30")}, true, 0, 0, CodeNone},
		"each property":       {[]stacks.ExpectedDrift{entry("#desiredCount", "2026-11-30"), entry("#tags", "2026-12-01")}, true, 0, 0, CodeNone},
		"one property of two": {[]stacks.ExpectedDrift{entry("#desiredCount", "2026-11-30")}, false, 0, 0, CodeDrift},
		"half a name":         {[]stacks.ExpectedDrift{entry("#desired", "2026-11-30")}, false, 0, 1, CodeDrift},
		"until yesterday":     {[]stacks.ExpectedDrift{entry("", "2026-11-29")}, false, 1, 0, CodeDrift},
		"another resource":    {[]stacks.ExpectedDrift{{Path: serviceType + "::frontend", Reason: "r", Until: "2026-12-31"}}, false, 0, 1, CodeDrift},
	} {
		t.Run(name, func(t *testing.T) {
			found := Compare(Sources{Refresh: changed, Expected: tc.entries, Now: noon})
			assert.Equal(t, tc.expected, only(t, found).Expected != nil)
			assert.Len(t, found.Over, tc.over)
			assert.Len(t, found.Unused, tc.unused)
			assert.Equal(t, tc.code, found.Code())
		})
	}
	over := Compare(Sources{Expected: []stacks.ExpectedDrift{entry("", "2026-11-29")}, Now: noon})
	assert.Equal(t, CodeDrift, over.Code(), "one whose day is over is drift even where nothing differs any more")
	gone := Compare(Sources{Refresh: []release.Event{read("delete", serviceType, "backend", properties{}, nil)}, Expected: []stacks.ExpectedDrift{entry("#desiredCount", "2026-12-31")}, Now: noon})
	assert.Equal(t, CodeDrift, gone.Code(), "that a property differs is not that the whole is gone")
}

func TestCode_ByTheGravestUnexpected(t *testing.T) {
	assert.Equal(t, CodeNone, Compare(Sources{Now: noon}).Code())
	for risk, code := range map[string]int{"R1": CodeSevere, "R2": CodeDrift, "R5": CodeSevere, "R6": CodeSevere, "R8": CodeSevere, "R9": CodeDrift, "R10": CodeDrift, "": CodeDrift} {
		events := []release.Event{read("update", serviceType, "backend", properties{"a": 1.0}, properties{"a": 2.0})}
		classify := func(Item) string { return risk }
		assert.Equal(t, code, Compare(Sources{Refresh: events, Classify: classify}).Code(), risk)
		expected := []stacks.ExpectedDrift{{Path: serviceType + "::backend", Reason: "r", Until: "2026-12-31"}}
		assert.Equal(t, CodeNone, Compare(Sources{Refresh: events, Classify: classify, Expected: expected, Now: noon}).Code(), risk)
	}
}

func TestByType_IsTheClassOfWhatDiffers(t *testing.T) {
	differs := func(paths ...string) (all []Difference) {
		for _, path := range paths {
			all = append(all, Difference{Path: path})
		}
		return all
	}
	for want, items := range map[string][]Item{
		"R1": {
			{Kind: Deleted, Type: bucketType}, {Kind: NotApplied, Operation: "replace", Type: "aws:rds/instance:Instance"},
			{Kind: Changed, Type: "aws:rds/instance:Instance", Differences: differs("backupRetentionPeriod")},
			{Kind: Changed, Type: "aws:cloudwatch/logGroup:LogGroup", Differences: differs("retentionInDays")},
			{Kind: Changed, Type: "aws:s3/bucketVersioningV2:BucketVersioningV2", Differences: differs("versioningConfiguration.status")},
			{Kind: Changed, Type: "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", Differences: differs("rules[0].status")},
		},
		"R2": {{Kind: Deleted, Type: serviceType}, {Kind: Untracked, Type: "aws:ec2/subnet:Subnet"}},
		"R3": {{Kind: Changed, Type: serviceType, Differences: differs("desiredCount")}},
		"R5": {
			{Kind: Added, Type: roleType, Differences: differs("inlinePolicies")}, {Kind: Changed, Type: policyType, Differences: differs("policy.Statement")},
			{Kind: Changed, Type: "aws:kms/key:Key", Differences: differs("policy.Statement")},
		},
		"R6": {
			{Kind: Changed, Type: inType, Differences: differs("cidrIpv4")}, {Kind: Added, Type: groupType, Differences: differs("ingress")},
			{Kind: Changed, Type: "aws:rds/instance:Instance", Differences: differs("publiclyAccessible")}, {Kind: Deleted, Type: "aws:wafv2/webAclAssociation:WebAclAssociation"},
		},
		"R7": {{Kind: Changed, Type: "aws:secretsmanager/secretVersion:SecretVersion", Differences: differs("secretString")}},
		"R8": {{Kind: Changed, Type: "aws:rds/instance:Instance", Differences: differs("deletionProtection")}, {Kind: Changed, Type: "aws:rds/instance:Instance", Differences: differs("multiAz")}},
		"R9": {{Kind: Deleted, Type: alarmType}, {Kind: Changed, Type: alarmType, Differences: differs("threshold")}},
	} {
		for _, item := range items {
			assert.Equal(t, want, ByType(item), "%s %s %v", item.Kind, item.Type, item.Differences)
		}
	}
}

func TestDifferences_ByPathAndWithoutSecrets(t *testing.T) {
	long := strings.Repeat("x", 100)
	for name, tc := range map[string]struct {
		before, after properties
		want          []Difference
	}{
		"one of a list":       {properties{"a": []any{1.0, 2.0}}, properties{"a": []any{1.0, 3.0}}, []Difference{{"a[1]", "2", "3"}}},
		"a longer list":       {properties{"a": []any{1.0}}, properties{"a": []any{1.0, 3.0}}, []Difference{{"a", "[1]", "[1,3]"}}},
		"inside":              {properties{"a": properties{"b": true}}, properties{"a": properties{"b": false}}, []Difference{{"a.b", "true", "false"}}},
		"new":                 {properties{}, properties{"a": "x"}, []Difference{{"a", "", "x"}}},
		"gone":                {properties{"a": ""}, properties{}, []Difference{{"a", `""`, ""}}},
		"notes":               {properties{"__defaults": []any{}}, properties{"__defaults": []any{"a"}}, nil},
		"a policy":            {properties{"policy": `{"Version":"1","Statement":[{"Effect":"Deny"}]}`}, properties{"policy": `{"Statement":[{"Effect":"Allow"}],"Version":"1"}`}, []Difference{{"policy.Statement[0].Effect", "Deny", "Allow"}}},
		"a policy, rewritten": {properties{"policy": `{"a":1, "b":2}`}, properties{"policy": `{"b":2,"a":1}`}, nil},
		"long":                {properties{"a": "b"}, properties{"a": long}, []Difference{{"a", "b", long[:80] + " …"}}},
		"by the engine":       {properties{"a": "[secret]"}, properties{"a": "b"}, []Difference{{"a", hidden, "b"}}},
		"by its name":         {properties{"authToken": "hush"}, properties{"authToken": "loud"}, []Difference{{"authToken", hidden, hidden}}},
		"inside of a secret":  {properties{"password": properties{"of": "hush"}}, properties{"password": properties{"of": "loud"}}, []Difference{{"password.of", hidden, hidden}}},
		"an environment": {
			properties{"containerDefinitions": `[{"environment":[{"name":"KEY","value":"hush"}],"cpu":1}]`},
			properties{"containerDefinitions": `[{"environment":[{"name":"KEY","value":"loud"}],"cpu":2}]`},
			[]Difference{{"containerDefinitions[0].cpu", "1", "2"}, {"containerDefinitions[0].environment[0].value", hidden, hidden}},
		},
		"a whole with secrets": {
			properties{}, properties{"a": properties{"password": "hush", "b": []any{"[secret]", 1.0}, "environment": []any{"hush"}}},
			[]Difference{{"a", "", `{"b":["(not shown)",1],"environment":"(not shown)","password":"(not shown)"}`}},
		},
		"text of JSON with secrets": {properties{}, properties{"a": `{"apiKey":"hush","b":1}`}, []Difference{{"a", "", `{"apiKey":"(not shown)","b":1}`}}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, compare(tc.before, tc.after)) })
	}
}
