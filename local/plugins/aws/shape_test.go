package aws

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// These tests translate messages. That the names on either side are those of the official SDK and of the bridge, the
// end-to-end tests prove against both.

const (
	alarm  = "aws:cloudwatch/metricAlarm:MetricAlarm"
	record = "aws:route53/record:Record"
	life   = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	group  = "aws:ec2/securityGroup:SecurityGroup"
	key    = "aws:kms/key:Key" // differs in nothing
)

func of(typ string) kind { return kind{token: token(resources[typ]), shape: shapes[typ]} }

func message(t *testing.T, text string) *structpb.Struct {
	t.Helper()
	out := &structpb.Struct{}
	require.NoError(t, protojson.Unmarshal([]byte(text), out))
	return out
}

func same(t *testing.T, want, got proto.Message, about string) {
	t.Helper()
	assert.True(t, proto.Equal(want, got), "%s:\nwant %v\ngot  %v", about, want, got)
}

func secret(value string) string {
	return `{"` + resource.SigKey + `":"` + resource.SecretSig + `","value":` + value + `}`
}

func TestShape_Translates(t *testing.T) {
	for name, row := range map[string]struct{ typ, official, bridge string }{
		"a name":          {alarm, `{"name":"x","tags":{"name":"y"}}`, `{"alarmName":"x","tags":{"name":"y"}}`},
		"two lists":       {group, `{"ingress":[{"self":true}],"egress":[],"name":"x"}`, `{"ingresses":[{"self":true}],"egresses":[],"name":"x"}`},
		"a list of one":   {record, `{"aliases":[{"name":"x"}],"records":["y"]}`, `{"alias":{"name":"x"},"records":["y"]}`},
		"one object":      {life, `{"rules":[{"id":"x","expiration":{"days":1}},{"id":"y"}]}`, `{"rules":[{"id":"x","expirations":[{"days":1}]},{"id":"y"}]}`},
		"objects in them": {life, `{"rules":[{"filter":{"and":{"prefix":"x"}}}]}`, `{"rules":[{"filters":[{"ands":[{"prefix":"x"}]}]}]}`},
		"what was defaulted": {
			alarm, `{"__defaults":["name","actionsEnabled"],"name":"x"}`, `{"__defaults":["alarmName","actionsEnabled"],"alarmName":"x"}`,
		},
		"what was defaulted further down": {
			life, `{"rules":[{"__defaults":["filter"],"filter":{"__defaults":["tag"]}}]}`, `{"rules":[{"__defaults":["filters"],"filters":[{"__defaults":["tags"]}]}]}`,
		},
		"a secret":            {alarm, `{"name":` + secret(`"x"`) + `}`, `{"alarmName":` + secret(`"x"`) + `}`},
		"inside a secret":     {record, `{"aliases":` + secret(`[{"name":"x"}]`) + `}`, `{"alias":` + secret(`{"name":"x"}`) + `}`},
		"a secret element":    {life, `{"rules":[` + secret(`{"expiration":{"days":1}}`) + `]}`, `{"rules":[` + secret(`{"expirations":[{"days":1}]}`) + `]}`},
		"an unknown":          {record, `{"aliases":"` + plugin.UnknownArrayValue + `"}`, `{"alias":"` + plugin.UnknownArrayValue + `"}`},
		"an unknown below":    {life, `{"rules":[{"filter":"` + plugin.UnknownObjectValue + `"}]}`, `{"rules":[{"filters":"` + plugin.UnknownObjectValue + `"}]}`},
		"more than one":       {record, `{"aliases":[{"name":"x"},{"name":"y"}]}`, `{"alias":[{"name":"x"},{"name":"y"}]}`},
		"nothing of the kind": {key, `{"name":"x","alias":{},"rules":[{"filter":{}}]}`, `{"name":"x","alias":{},"rules":[{"filter":{}}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			official, bridge := message(t, row.official), message(t, row.bridge)
			given := proto.Clone(official)
			same(t, bridge, of(row.typ).in(official), "in")
			same(t, given, official, "the message given is left as it is")
			if name != "more than one" { // which the bridge never sends
				same(t, official, of(row.typ).out(bridge), "out")
			}
		})
	}
}

func TestShape_EmptyListsAndNullMeanTheSame(t *testing.T) {
	same(t, message(t, `{"alias":null}`), of(record).in(message(t, `{"aliases":[]}`)), "in")
	same(t, message(t, `{"alias":null}`), of(record).in(message(t, `{"aliases":null}`)), "in, null")
	same(t, message(t, `{"aliases":[]}`), of(record).out(message(t, `{"alias":null}`)), "out, null")
	same(t, message(t, `{"rules":[{"filter":null}]}`), of(life).out(message(t, `{"rules":[{"filters":[]}]}`)), "out")
	same(t, message(t, `{"rules":[{"filters":[]}]}`), of(life).in(message(t, `{"rules":[{"filter":null}]}`)), "in again")
	assert.Nil(t, of(record).in(nil))
	assert.Nil(t, of(record).out(nil))
}

func TestShape_InAndOutAreInverseForEveryType(t *testing.T) {
	for typ, shape := range shapes {
		require.Contains(t, resources, typ)
		official := everything(shape)
		bridge := of(typ).in(official)
		assert.False(t, proto.Equal(official, bridge), "%s: nothing was translated", typ)
		same(t, official, of(typ).out(bridge), typ)
		for _, path := range slices.Concat(slices.Collect(maps.Keys(shape.rename)), shape.single, shape.listed) {
			there := shape.path(path, shape.step(true))
			assert.Equal(t, unindexed(path), unindexed(shape.path(there, shape.step(false))), "%s: %s", typ, there)
		}
	}
}

func unindexed(path string) string { return strings.ReplaceAll(path, "[0]", "") }

// everything is an object of the official plugin that has each property that differs.
func everything(s shape) *structpb.Struct {
	paths := slices.Concat(slices.Collect(maps.Keys(s.rename)), s.single, s.listed)
	var object func(parent string) *structpb.Struct
	object = func(parent string) *structpb.Struct {
		out := &structpb.Struct{Fields: map[string]*structpb.Value{"untouched": structpb.NewStringValue(parent)}}
		for _, path := range paths {
			rest, below := strings.CutPrefix("."+path, strings.TrimSuffix("."+parent, ".")+".")
			if !below {
				continue
			}
			name, _, _ := strings.Cut(rest, ".")
			at := join(parent, name)
			value := structpb.NewStructValue(object(at))
			if !slices.Contains(s.listed, at) { // a list of one, or of blocks
				value = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{value}})
			}
			out.Fields[name] = value
		}
		return out
	}
	return object("")
}

func TestPaths_AreTranslatedWithTheirIndices(t *testing.T) {
	for _, row := range []struct{ typ, official, bridge string }{
		{alarm, "name", "alarmName"},
		{alarm, `tags["name"]`, `tags["name"]`},
		{alarm, "namespace", "namespace"},
		{group, "ingress[1].cidrBlocks[0]", "ingresses[1].cidrBlocks[0]"},
		{record, "aliases[0].name", "alias.name"},
		{record, "records[2]", "records[2]"},
		{life, "rules[3].expiration.days", "rules[3].expirations[0].days"},
		{life, "rules[0].filter.and.tags.name", "rules[0].filters[0].ands[0].tags.name"},
		{key, "name", "name"},
		{key, "", ""},
	} {
		k := of(row.typ)
		assert.Equal(t, []string{row.bridge}, k.pathsIn([]string{row.official}), row.official)
		assert.Equal(t, row.official, k.pathOut(row.bridge), row.bridge)
		assert.Equal(t, []string{row.official}, k.pathsOut([]string{row.bridge}), row.bridge)
	}
}

func TestPropertyName_IsTheBridges(t *testing.T) {
	for _, row := range []struct {
		typ, path, want string
		wrapped         bool
	}{
		{alarm, "name", "alarmName", false},
		{record, "aliases", "alias", true},
		{life, "rules.filter.and", "ands", true},
		{life, "rules", "rules", false},
		{key, "name", "name", false},
	} {
		name, wrapped := PropertyName(row.typ, row.path)
		assert.Equal(t, row.want, name, row.path)
		assert.Equal(t, row.wrapped, wrapped, row.path)
	}
}
