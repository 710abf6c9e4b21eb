package aws

import (
	"context"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// blocks are the provider's own settings that are one object in the official plugin and a list in the bridge,
// which cannot see that Terraform's provider takes one at most.
var blocks = map[string]string{
	"assumeRoleWithWebIdentity": "assumeRoleWithWebIdentities",
	"defaultTags":               "defaultTags",
	"ignoreTags":                "ignoreTags",
}

// CheckConfig validates the provider's own settings.
func (p *Proxy) CheckConfig(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	req.Olds, req.News = settingsIn(req.GetOlds()), settingsIn(req.GetNews())
	res, err := p.bridge.CheckConfig(ctx, req)
	if err != nil {
		return nil, err
	}
	res.Inputs = settingsOut(res.GetInputs())
	return res, nil
}

// DiffConfig compares the provider's own settings.
func (p *Proxy) DiffConfig(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	req.Olds, req.News, req.OldInputs = settingsIn(req.GetOlds()), settingsIn(req.GetNews()), settingsIn(req.GetOldInputs())
	return p.bridge.DiffConfig(ctx, req)
}

// Configure hands the settings over, once, before the first resource. This is where the Terraform provider
// compares the account of the credentials with the allowed ones.
func (p *Proxy) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	req.Args = settingsIn(req.GetArgs())
	//lint:ignore SA1019 engines still send the settings here as well as in args, and bridges still read them here
	variables := req.GetVariables()
	for official, bridge := range blocks {
		key := "aws:config:" + official
		if text, given := variables[key]; given {
			delete(variables, key)
			variables["aws:config:"+bridge] = listed(text)
		}
	}
	return p.bridge.Configure(ctx, req)
}

func settingsIn(settings *structpb.Struct) *structpb.Struct {
	return settingsWith(settings, func(out map[string]*structpb.Value, official, bridge string) {
		value, given := out[official]
		if !given {
			return
		}
		delete(out, official)
		switch {
		case value.GetStructValue() != nil && !isSpecial(value):
			value = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{value}})
		case value.GetStringValue() != "":
			value = structpb.NewStringValue(listed(value.GetStringValue()))
		}
		out[bridge] = value
	})
}

func settingsOut(settings *structpb.Struct) *structpb.Struct {
	return settingsWith(settings, func(out map[string]*structpb.Value, official, bridge string) {
		value, given := out[bridge]
		if !given {
			return
		}
		delete(out, bridge)
		text := value.GetStringValue()
		switch {
		case len(value.GetListValue().GetValues()) == 1:
			value = value.GetListValue().GetValues()[0]
		case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
			value = structpb.NewStringValue(text[1 : len(text)-1])
		}
		out[official] = value
	})
}

func settingsWith(settings *structpb.Struct, change func(out map[string]*structpb.Value, official, bridge string)) *structpb.Struct {
	if settings == nil {
		return nil
	}
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for key, value := range settings.GetFields() {
		out.Fields[key] = value
	}
	for official, bridge := range blocks {
		change(out.Fields, official, bridge)
	}
	return out
}

// listed wraps an object's JSON text, the form in which nested settings travel, into a list of one.
func listed(text string) string {
	if text == "" || strings.HasPrefix(text, "[") || text == unknownText {
		return text
	}
	return "[" + text + "]"
}

// unknownText is how the wire writes a string that is not known yet.
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
