package aws

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// The bridge is a fake here: that the real one takes what is forwarded, the end-to-end test proves.

// bridge answers every call in the bridge's names and remembers the request.
type bridge struct {
	pulumirpc.ResourceProviderClient // a call that is not expected panics
	t                                *testing.T
	seen                             proto.Message
	fail                             error
}

func (b *bridge) Check(_ context.Context, req *pulumirpc.CheckRequest, _ ...grpc.CallOption) (*pulumirpc.CheckResponse, error) {
	b.seen = req
	return &pulumirpc.CheckResponse{
		Inputs:   message(b.t, `{"alarmName":"x-1234567","__defaults":["alarmName"]}`),
		Failures: []*pulumirpc.CheckFailure{{Property: "alarmName", Reason: "too long"}},
	}, b.fail
}

func (b *bridge) Diff(_ context.Context, req *pulumirpc.DiffRequest, _ ...grpc.CallOption) (*pulumirpc.DiffResponse, error) {
	b.seen = req
	return &pulumirpc.DiffResponse{
		Replaces: []string{"alarmName"}, Stables: []string{"alarmName", "arn"}, Diffs: []string{"alarmName", "period"},
		DetailedDiff: map[string]*pulumirpc.PropertyDiff{"alarmName": {Kind: pulumirpc.PropertyDiff_UPDATE_REPLACE}},
	}, b.fail
}

func (b *bridge) Create(_ context.Context, req *pulumirpc.CreateRequest, _ ...grpc.CallOption) (*pulumirpc.CreateResponse, error) {
	b.seen = req
	return &pulumirpc.CreateResponse{Id: "id", Properties: message(b.t, `{"alarmName":"made"}`)}, b.fail
}

func (b *bridge) Read(_ context.Context, req *pulumirpc.ReadRequest, _ ...grpc.CallOption) (*pulumirpc.ReadResponse, error) {
	b.seen = req
	return &pulumirpc.ReadResponse{Id: "id", Properties: message(b.t, `{"alarmName":"read"}`), Inputs: message(b.t, `{"alarmName":"wanted"}`)}, b.fail
}

func (b *bridge) Update(_ context.Context, req *pulumirpc.UpdateRequest, _ ...grpc.CallOption) (*pulumirpc.UpdateResponse, error) {
	b.seen = req
	return &pulumirpc.UpdateResponse{Properties: message(b.t, `{"alarmName":"updated"}`)}, b.fail
}

func (b *bridge) Delete(_ context.Context, req *pulumirpc.DeleteRequest, _ ...grpc.CallOption) (*emptypb.Empty, error) {
	b.seen = req
	return &emptypb.Empty{}, b.fail
}

func (b *bridge) Invoke(_ context.Context, req *pulumirpc.InvokeRequest, _ ...grpc.CallOption) (*pulumirpc.InvokeResponse, error) {
	b.seen = req
	return &pulumirpc.InvokeResponse{Return: message(b.t, `{"zoneId":"Z"}`)}, b.fail
}

func (b *bridge) GetSchema(_ context.Context, req *pulumirpc.GetSchemaRequest, _ ...grpc.CallOption) (*pulumirpc.GetSchemaResponse, error) {
	b.seen = req
	return &pulumirpc.GetSchemaResponse{Schema: "{}"}, b.fail
}

func (b *bridge) Cancel(_ context.Context, req *emptypb.Empty, _ ...grpc.CallOption) (*emptypb.Empty, error) {
	b.seen = req
	return &emptypb.Empty{}, b.fail
}

const (
	urn    = "urn:pulumi:production::flowcomply::flowcomply:alarm:Rules$" + alarm + "::cpu"
	theirs = "urn:pulumi:production::flowcomply::flowcomply:alarm:Rules$aws:index/cloudwatchMetricAlarm:CloudwatchMetricAlarm::cpu"
	there  = "aws:index/cloudwatchMetricAlarm:CloudwatchMetricAlarm"
)

type call struct {
	do   func(*Proxy) (proto.Message, error)
	sent proto.Message // what the bridge sees
	got  proto.Message // what the engine gets
}

func calls(t *testing.T) map[string]call {
	ctx := context.Background()
	ours := func(value string) string { return `{"name":"` + value + `"}` }
	their := func(value string) string { return `{"alarmName":"` + value + `"}` }
	return map[string]call{
		"check": {
			do: func(p *Proxy) (proto.Message, error) {
				return p.Check(ctx, &pulumirpc.CheckRequest{Urn: urn, Type: alarm, Name: "cpu", Olds: message(t, ours("o")), News: message(t, ours("n")), RandomSeed: []byte("s")})
			},
			sent: &pulumirpc.CheckRequest{Urn: theirs, Type: there, Name: "cpu", Olds: message(t, their("o")), News: message(t, their("n")), RandomSeed: []byte("s")},
			got: &pulumirpc.CheckResponse{
				Inputs:   message(t, `{"name":"x-1234567","__defaults":["name"]}`),
				Failures: []*pulumirpc.CheckFailure{{Property: "name", Reason: "too long"}},
			},
		},
		"diff": {
			do: func(p *Proxy) (proto.Message, error) {
				return p.Diff(ctx, &pulumirpc.DiffRequest{Id: "id", Urn: urn, Type: alarm, Olds: message(t, ours("o")), News: message(t, ours("n")), OldInputs: message(t, ours("i")), IgnoreChanges: []string{"name"}})
			},
			sent: &pulumirpc.DiffRequest{Id: "id", Urn: theirs, Type: there, Olds: message(t, their("o")), News: message(t, their("n")), OldInputs: message(t, their("i")), IgnoreChanges: []string{"alarmName"}},
			got: &pulumirpc.DiffResponse{
				Replaces: []string{"name"}, Stables: []string{"name", "arn"}, Diffs: []string{"name", "period"},
				DetailedDiff: map[string]*pulumirpc.PropertyDiff{"name": {Kind: pulumirpc.PropertyDiff_UPDATE_REPLACE}},
			},
		},
		"create": {
			do: func(p *Proxy) (proto.Message, error) {
				return p.Create(ctx, &pulumirpc.CreateRequest{Urn: urn, Type: alarm, Properties: message(t, ours("n")), Timeout: 9, Preview: true})
			},
			sent: &pulumirpc.CreateRequest{Urn: theirs, Type: there, Properties: message(t, their("n")), Timeout: 9, Preview: true},
			got:  &pulumirpc.CreateResponse{Id: "id", Properties: message(t, ours("made"))},
		},
		"read": {
			do: func(p *Proxy) (proto.Message, error) {
				return p.Read(ctx, &pulumirpc.ReadRequest{Id: "id", Urn: urn, Type: alarm, Properties: message(t, ours("p")), Inputs: message(t, ours("i"))})
			},
			sent: &pulumirpc.ReadRequest{Id: "id", Urn: theirs, Type: there, Properties: message(t, their("p")), Inputs: message(t, their("i"))},
			got:  &pulumirpc.ReadResponse{Id: "id", Properties: message(t, ours("read")), Inputs: message(t, ours("wanted"))},
		},
		"update": {
			do: func(p *Proxy) (proto.Message, error) {
				return p.Update(ctx, &pulumirpc.UpdateRequest{Id: "id", Urn: urn, Type: alarm, Olds: message(t, ours("o")), News: message(t, ours("n")), OldInputs: message(t, ours("i")), IgnoreChanges: []string{"name"}})
			},
			sent: &pulumirpc.UpdateRequest{Id: "id", Urn: theirs, Type: there, Olds: message(t, their("o")), News: message(t, their("n")), OldInputs: message(t, their("i")), IgnoreChanges: []string{"alarmName"}},
			got:  &pulumirpc.UpdateResponse{Properties: message(t, ours("updated"))},
		},
		"delete": {
			do: func(p *Proxy) (proto.Message, error) {
				return p.Delete(ctx, &pulumirpc.DeleteRequest{Id: "id", Urn: urn, Type: alarm, Properties: message(t, ours("p")), OldInputs: message(t, ours("i"))})
			},
			sent: &pulumirpc.DeleteRequest{Id: "id", Urn: theirs, Type: there, Properties: message(t, their("p")), OldInputs: message(t, their("i"))},
			got:  &emptypb.Empty{},
		},
		"invoke": {
			do: func(p *Proxy) (proto.Message, error) {
				return p.Invoke(ctx, &pulumirpc.InvokeRequest{Tok: "aws:route53/getZone:getZone", Args: message(t, `{"name":"x"}`)})
			},
			sent: &pulumirpc.InvokeRequest{Tok: "aws:index/getRoute53Zone:getRoute53Zone", Args: message(t, `{"name":"x"}`)},
			got:  &pulumirpc.InvokeResponse{Return: message(t, `{"zoneId":"Z"}`)},
		},
		"invoke of an image": {
			do: func(p *Proxy) (proto.Message, error) {
				return p.Invoke(ctx, &pulumirpc.InvokeRequest{Tok: "aws:ecr/getImage:getImage", Args: message(t, `{"imageTag":"v1.0.0"}`)})
			},
			sent: &pulumirpc.InvokeRequest{Tok: "aws:index/getEcrImage:getEcrImage", Args: message(t, `{"imageTag":"v1.0.0"}`)},
			got:  &pulumirpc.InvokeResponse{Return: message(t, `{"zoneId":"Z"}`)},
		},
		"schema": {
			do: func(p *Proxy) (proto.Message, error) {
				return p.GetSchema(ctx, &pulumirpc.GetSchemaRequest{Version: 1})
			},
			sent: &pulumirpc.GetSchemaRequest{Version: 1},
			got:  &pulumirpc.GetSchemaResponse{Schema: "{}"},
		},
		"cancel": {
			do:   func(p *Proxy) (proto.Message, error) { return p.Cancel(ctx, &emptypb.Empty{}) },
			sent: &emptypb.Empty{},
			got:  &emptypb.Empty{},
		},
	}
}

func TestProxy_ForwardsInTheBridgesNamesAndAnswersInTheOfficialOnes(t *testing.T) {
	for name, row := range calls(t) {
		t.Run(name, func(t *testing.T) {
			fake := &bridge{t: t}
			got, err := row.do(New(fake))
			require.NoError(t, err)
			require.NotNil(t, fake.seen)
			same(t, row.sent, fake.seen, "sent")
			same(t, row.got, got, "got")
		})
	}
}

func TestProxy_PassesErrorsOn(t *testing.T) {
	for name, row := range calls(t) {
		t.Run(name, func(t *testing.T) {
			_, err := row.do(New(&bridge{t: t, fail: errors.New("refused by AWS")}))
			require.ErrorContains(t, err, "refused by AWS")
		})
	}
}

func TestProxy_RefusesWhatIsNotInItsTables(t *testing.T) {
	ctx, p := context.Background(), New(nil) // nothing is forwarded
	unknown := "urn:pulumi:production::flowcomply::aws:lambda/function:Function::x"
	for name, do := range map[string]func() error{
		"check":  func() error { _, err := p.Check(ctx, &pulumirpc.CheckRequest{Urn: unknown}); return err },
		"diff":   func() error { _, err := p.Diff(ctx, &pulumirpc.DiffRequest{Urn: unknown}); return err },
		"create": func() error { _, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: unknown}); return err },
		"read":   func() error { _, err := p.Read(ctx, &pulumirpc.ReadRequest{Urn: unknown}); return err },
		"update": func() error { _, err := p.Update(ctx, &pulumirpc.UpdateRequest{Urn: unknown}); return err },
		"delete": func() error { _, err := p.Delete(ctx, &pulumirpc.DeleteRequest{Urn: unknown}); return err },
		"invoke": func() error {
			_, err := p.Invoke(ctx, &pulumirpc.InvokeRequest{Tok: "aws:lambda/getFunction:getFunction"})
			return err
		},
	} {
		require.ErrorContains(t, do(), "add it to local/plugins/aws/tokens.go", name)
	}
}

func TestProxy_IsTheOfficialPluginToTheEngine(t *testing.T) {
	info, err := New(nil).GetPluginInfo(context.Background(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, Version, info.GetVersion())
	mapping, err := New(nil).GetMapping(context.Background(), &pulumirpc.GetMappingRequest{Key: "terraform"})
	require.NoError(t, err)
	assert.Empty(t, mapping.GetData())
}

func (b *bridge) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest, _ ...grpc.CallOption) (*pulumirpc.CheckResponse, error) {
	b.seen = req
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, b.fail
}

func (b *bridge) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest, _ ...grpc.CallOption) (*pulumirpc.DiffResponse, error) {
	b.seen = req
	return &pulumirpc.DiffResponse{}, b.fail
}

func (b *bridge) Configure(_ context.Context, req *pulumirpc.ConfigureRequest, _ ...grpc.CallOption) (*pulumirpc.ConfigureResponse, error) {
	b.seen = req
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true}, b.fail
}

func TestSettings_BecomeListsAndObjectsAgain(t *testing.T) {
	for name, row := range map[string]struct{ official, bridge string }{
		"objects":   {`{"defaultTags":{"tags":{"a":"b"}},"region":"x"}`, `{"defaultTags":[{"tags":{"a":"b"}}],"region":"x"}`},
		"JSON text": {`{"defaultTags":"{\"tags\":{\"a\":\"b\"}}"}`, `{"defaultTags":"[{\"tags\":{\"a\":\"b\"}}]"}`},
		"renamed":   {`{"assumeRoleWithWebIdentity":{"roleArn":"x"}}`, `{"assumeRoleWithWebIdentities":[{"roleArn":"x"}]}`},
		"unknown":   {`{"defaultTags":"` + plugin.UnknownStringValue + `"}`, `{"defaultTags":"` + plugin.UnknownStringValue + `"}`},
		"secret":    {`{"ignoreTags":` + secret(`{"keys":[]}`) + `}`, `{"ignoreTags":` + secret(`{"keys":[]}`) + `}`},
		"others":    {`{"allowedAccountIds":["1"],"endpoints":[{"s3":"x"}]}`, `{"allowedAccountIds":["1"],"endpoints":[{"s3":"x"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			official, theirs := message(t, row.official), message(t, row.bridge)
			same(t, theirs, settingsIn(official), "in")
			same(t, official, settingsOut(theirs), "out")
			fake := &bridge{t: t}
			res, err := New(fake).CheckConfig(context.Background(), &pulumirpc.CheckRequest{News: proto.CloneOf(official)})
			require.NoError(t, err)
			same(t, &pulumirpc.CheckRequest{News: theirs}, fake.seen, "sent")
			same(t, official, res.GetInputs(), "got")
		})
	}
	assert.Nil(t, settingsIn(nil))
	assert.Nil(t, settingsOut(nil))
}

func TestSettings_AreHandedOverOnceMore(t *testing.T) {
	fake, ctx := &bridge{t: t}, context.Background()
	res, err := New(fake).Configure(ctx, &pulumirpc.ConfigureRequest{
		Args: message(t, `{"defaultTags":{"tags":{}}}`),
		//lint:ignore SA1019 the settings come in both
		Variables:     map[string]string{"aws:config:defaultTags": `{"tags":{}}`, "aws:config:region": "x", "aws:config:assumeRoleWithWebIdentity": `{"roleArn":"x"}`},
		AcceptSecrets: true,
	})
	require.NoError(t, err)
	assert.True(t, res.GetAcceptSecrets())
	same(t, &pulumirpc.ConfigureRequest{
		Args: message(t, `{"defaultTags":[{"tags":{}}]}`),
		//lint:ignore SA1019 the settings come in both
		Variables:     map[string]string{"aws:config:defaultTags": `[{"tags":{}}]`, "aws:config:region": "x", "aws:config:assumeRoleWithWebIdentities": `[{"roleArn":"x"}]`},
		AcceptSecrets: true,
	}, fake.seen, "sent")

	_, err = New(fake).DiffConfig(ctx, &pulumirpc.DiffRequest{
		Olds: message(t, `{"ignoreTags":{"keys":["o"]}}`), News: message(t, `{"ignoreTags":{"keys":["n"]}}`), OldInputs: message(t, `{"ignoreTags":{"keys":["i"]}}`),
	})
	require.NoError(t, err)
	same(t, &pulumirpc.DiffRequest{
		Olds: message(t, `{"ignoreTags":[{"keys":["o"]}]}`), News: message(t, `{"ignoreTags":[{"keys":["n"]}]}`), OldInputs: message(t, `{"ignoreTags":[{"keys":["i"]}]}`),
	}, fake.seen, "sent")

	fake.fail = errors.New("AWS account ID not allowed")
	_, err = New(fake).Configure(ctx, &pulumirpc.ConfigureRequest{})
	require.ErrorContains(t, err, "AWS account ID not allowed")
}
