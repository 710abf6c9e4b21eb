package simulated

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
	"github.com/flowcomply/infrastructure/local/plugins/provider/providertest"
)

// These tests call the provider as an engine does. That an engine is content with its answers, each schedule shows.

const executable = "/home/plugins/resource-aws-v6.83.4/pulumi-resource-aws"

// immediate is the seed of a plan without latencies.
func immediate(t *testing.T) uint64 {
	t.Helper()
	for seed := uint64(0); ; seed++ {
		if (Plan{Seed: seed}).Shape() == "none" {
			return seed
		}
	}
}

func started(t *testing.T, plan Plan) (*Provider, func() []Event) {
	t.Helper()
	folder := t.TempDir()
	plan.Journal, plan.Registry = filepath.Join(folder, "journal"), filepath.Join(folder, "registry")
	place, err := Take(executable, plan)
	require.NoError(t, err)
	return New(&providertest.Engine{}, place), func() []Event {
		events, err := ReadJournal(plan.Journal)
		require.NoError(t, err)
		for i := range events {
			assert.Positive(t, events[i].Microsecond)
			events[i].Microsecond = 0
		}
		return events
	}
}

func TestTake_FindsWhosePlaceItIs(t *testing.T) {
	p, _ := started(t, Plan{})
	schema, err := p.GetSchema(context.Background(), &pulumirpc.GetSchemaRequest{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"name":"aws","version":"6.83.4"}`, schema.GetSchema())

	for _, elsewhere := range []string{"/bin/pulumi-resource-aws", "/home/plugins/resource-docker-v4.10.0/pulumi-resource-aws"} {
		_, err = Take(elsewhere, Plan{Journal: filepath.Join(t.TempDir(), "journal")})
		require.ErrorContains(t, err, "is not where a plugin lies")
	}
	_, err = Take(executable, Plan{Journal: filepath.Join(t.TempDir(), "missing", "journal")})
	require.ErrorContains(t, err, "simulated provider: journal")
}

func TestOperations_AreWrittenDownWithBothEnds(t *testing.T) {
	p, journal := started(t, Plan{Seed: immediate(t)})
	ctx := context.Background()
	made, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, map[string]any{"cluster": providertest.Secret("main")})})
	require.NoError(t, err)
	assert.Equal(t, "backend-id", made.GetId())
	state := providertest.Properties(t, made.GetProperties())
	assert.True(t, state["cluster"].IsSecret())
	assert.NotEmpty(t, state["arn"].StringValue())
	_, err = p.Update(ctx, &pulumirpc.UpdateRequest{Urn: urn, News: providertest.Message(t, map[string]any{"cluster": "other"})})
	require.NoError(t, err)
	_, err = p.Delete(ctx, &pulumirpc.DeleteRequest{Urn: urn})
	require.NoError(t, err)
	const zone = "aws:route53/getZone:getZone"
	answer, err := p.Invoke(ctx, &pulumirpc.InvokeRequest{Tok: zone, Args: providertest.Message(t, map[string]any{"name": "flowcomply.test"})})
	require.NoError(t, err)
	assert.Equal(t, "flowcomply.test", providertest.Properties(t, answer.GetReturn())["name"].StringValue())
	assert.NotEmpty(t, providertest.Properties(t, answer.GetReturn())["zoneId"].StringValue())

	assert.Equal(t, []Event{
		{Phase: Begin, Op: Create, URN: urn}, {Phase: End, Op: Create, URN: urn},
		{Phase: Begin, Op: Update, URN: urn}, {Phase: End, Op: Update, URN: urn},
		{Phase: Begin, Op: Delete, URN: urn}, {Phase: End, Op: Delete, URN: urn},
		{Phase: Begin, Op: Invoke, URN: zone}, {Phase: End, Op: Invoke, URN: zone},
	}, journal())
}

func TestOperations_FailAsPlanned(t *testing.T) {
	p, journal := started(t, Plan{Seed: immediate(t), Fail: service + "::backend"})
	ctx := context.Background()
	_, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: urn})
	require.EqualError(t, err, "create: backend fails in this schedule")
	_, err = p.Update(ctx, &pulumirpc.UpdateRequest{Urn: urn})
	require.EqualError(t, err, "update: backend fails in this schedule")
	_, err = p.Delete(ctx, &pulumirpc.DeleteRequest{Urn: urn})
	require.NoError(t, err, "what replaces it is what fails")
	_, err = p.Create(ctx, &pulumirpc.CreateRequest{Urn: urn, Preview: true})
	require.ErrorContains(t, err, "a preview is not simulated")

	events := journal()
	require.Len(t, events, 6)
	assert.Equal(t, Event{Phase: End, Op: Create, URN: urn, Error: "create: backend fails in this schedule"}, events[1])
	assert.Empty(t, events[5].Error)
}

func TestOperations_EndWithTheEngine(t *testing.T) {
	seed := uint64(0)
	for (Plan{Seed: seed}).Delay("create", urn, service) < longest {
		seed++
	}
	p, journal := started(t, Plan{Seed: seed})
	_, err := p.Cancel(context.Background(), &emptypb.Empty{})
	require.NoError(t, err)
	_, err = p.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn})
	require.ErrorIs(t, err, provider.ErrCancelled)
	assert.Equal(t, provider.ErrCancelled.Error(), journal()[1].Error)
}

func TestDiff_IsThatOfTheRealProvider(t *testing.T) {
	p, _ := started(t, Plan{Seed: immediate(t)})
	for name, row := range map[string]struct {
		typ        string
		olds, news map[string]any
		diffs      []string
		replaces   []string
	}{
		"same":                    {service, map[string]any{"a": "b"}, map[string]any{"a": "b"}, nil, nil},
		"a service updates":       {service, map[string]any{"taskDefinition": "1"}, map[string]any{"taskDefinition": "2"}, []string{"taskDefinition"}, nil},
		"containers replace":      {taskDefinition, map[string]any{"containerDefinitions": "1"}, map[string]any{"containerDefinitions": "2"}, []string{"containerDefinitions"}, []string{"containerDefinitions"}},
		"tags update":             {taskDefinition, map[string]any{"tags": "1"}, map[string]any{"tags": "2"}, []string{"tags"}, nil},
		"triggers replace":        {command, map[string]any{"triggers": []any{"1"}}, map[string]any{"triggers": []any{"2"}}, []string{"triggers"}, []string{"triggers"}},
		"another command updates": {command, map[string]any{"create": "1"}, map[string]any{"create": "2"}, []string{"create"}, nil},
		"a login is no change":    {image, map[string]any{"registry": "1"}, map[string]any{"registry": "2"}, nil, nil},
		"a tag updates":           {image, map[string]any{"imageName": "a:1"}, map[string]any{"imageName": "a:2"}, []string{"imageName"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := p.Diff(context.Background(), &pulumirpc.DiffRequest{
				Urn: "urn:pulumi:local::flowcomply::" + row.typ + "::x", OldInputs: providertest.Message(t, row.olds), News: providertest.Message(t, row.news),
			})
			require.NoError(t, err)
			assert.Equal(t, row.diffs, answer.GetDiffs())
			assert.Equal(t, row.replaces, answer.GetReplaces())
		})
	}
}

func TestCheck_LeavesInputsAsTheyAre(t *testing.T) {
	p, _ := started(t, Plan{Seed: immediate(t)})
	news := providertest.Message(t, map[string]any{"a": providertest.Unknown()})
	answer, err := p.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn, News: news})
	require.NoError(t, err)
	assert.Equal(t, news, answer.GetInputs())
}

// What comes out of one part goes into the next: only a real difference may start it.
func TestState_DiffersWithTheReleaseAlone(t *testing.T) {
	p, _ := started(t, Plan{Seed: immediate(t)})
	output := func(typ, key string, inputs map[string]any) string {
		made, err := p.Create(context.Background(), &pulumirpc.CreateRequest{
			Urn: "urn:pulumi:local::flowcomply::" + typ + "::x", Properties: providertest.Message(t, inputs),
		})
		require.NoError(t, err)
		return providertest.Properties(t, made.GetProperties())[resource.PropertyKey(key)].StringValue()
	}
	first := output(image, "repoDigest", map[string]any{"imageName": "host/app:v1", "registry": "login 1"})
	assert.Regexp(t, `^host/app@sha256:[0-9a-f]{64}$`, first)
	assert.Equal(t, first, output(image, "repoDigest", map[string]any{"imageName": "host/app:v1", "registry": "login 2"}))
	assert.NotEqual(t, first, output(image, "repoDigest", map[string]any{"imageName": "host/app:v2"}))

	revision := output(taskDefinition, "arn", map[string]any{"family": "app", "containerDefinitions": "1", "tags": "1"})
	assert.Contains(t, revision, ":task-definition/app:")
	assert.Equal(t, revision, output(taskDefinition, "arn", map[string]any{"family": "app", "containerDefinitions": "1", "tags": "2"}))
	assert.NotEqual(t, revision, output(taskDefinition, "arn", map[string]any{"family": "app", "containerDefinitions": "2"}))
}

func TestReadJournal_SaysWhatIsWrong(t *testing.T) {
	_, err := ReadJournal(filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, err, "no provider was asked anything")
}
