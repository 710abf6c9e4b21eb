package cache

import (
	"net/url"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what the program asks for. They do not prove that ElastiCache accepts the combination, nor that
// both tokens work during a rotation: those need the service.

const token = "CanaryToken0123456789"

// declare runs the component and hands its URL to a resource of another kind, so that the recorder can tell its value
// and whether it was secret.
func declare(t *testing.T, spec Spec, protected bool) *record.Graph {
	t.Helper()
	return record.Run(t, func(ctx *pulumi.Context) error {
		cache, err := New(ctx, "main", spec, Args{
			ReplicationGroupID: "flowcomply-test", VpcID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
			KeyArn: pulumi.String("arn:data"), LogKeyArn: pulumi.String("arn:logs"), Token: pulumi.String(token), Protected: protected,
		})
		if err != nil {
			return err
		}
		return ctx.RegisterResource("test:index:Sink", "sink", pulumi.Map{
			"url": cache.URL, "host": cache.PrimaryEndpoint, "port": cache.Port, "securityGroupId": cache.SecurityGroupID,
		}, &pulumi.CustomResourceState{})
	})
}

func redis(t *testing.T, g *record.Graph) record.Resource {
	t.Helper()
	return g.One(t, "aws:elasticache/replicationGroup:ReplicationGroup", "main")
}

func TestNew_Golden(t *testing.T) {
	declare(t, production(), true).Golden(t, "protected")
	declare(t, production(), false).Golden(t, "unprotected")
}

func TestNew_ReplicationGroup(t *testing.T) {
	got := redis(t, declare(t, production(), true))
	for key, want := range map[string]any{
		"replicationGroupId": "flowcomply-test", "engine": "redis", "engineVersion": "7.1", "nodeType": "cache.t4g.small", "port": 6379.0,
		"numCacheClusters": 2.0, "automaticFailoverEnabled": true, "multiAzEnabled": true,
		"atRestEncryptionEnabled": true, "kmsKeyId": "arn:data", "transitEncryptionEnabled": true, "transitEncryptionMode": "required",
		"authTokenUpdateStrategy": "ROTATE", "autoMinorVersionUpgrade": true, "applyImmediately": true,
		"snapshotRetentionLimit": 7.0, "snapshotWindow": "14:00-15:00", "maintenanceWindow": "sun:17:30-sun:18:30",
		"finalSnapshotIdentifier": "flowcomply-test-final", "securityGroupIds": []any{"main-id"},
	} {
		assert.Equal(t, want, got.Get(key), key)
	}
	assert.True(t, got.Protect)
}

// A new node type is a new node after the other; the provider's own limit is 40 minutes.
func TestNew_WaitsForElastiCache(t *testing.T) {
	assert.Equal(t, "create=90m update=3h delete=90m", redis(t, declare(t, production(), true)).Timeouts)
}

func TestNew_OneNodeHasNothingToFailOverTo(t *testing.T) {
	spec := production()
	spec.Nodes = 1
	got := redis(t, declare(t, spec, true))
	assert.Equal(t, false, got.Get("automaticFailoverEnabled"))
	assert.Equal(t, false, got.Get("multiAzEnabled"))
}

func TestNew_UnprotectedCanBeDestroyed(t *testing.T) {
	g := declare(t, production(), false)
	assert.Nil(t, redis(t, g).Get("finalSnapshotIdentifier"))
	for _, r := range g.All() {
		assert.False(t, r.Protect, r.Name)
	}
}

func TestNew_TokenIsASecretEverywhere(t *testing.T) {
	g := declare(t, production(), true)
	assert.True(t, redis(t, g).IsSecret("authToken"))
	sink := g.One(t, "test:index:Sink", "sink")
	assert.True(t, sink.IsSecret("url"))
	assert.False(t, sink.IsSecret("host"), "a host name is none")
	assert.Empty(t, g.Shows(token))
}

func TestNew_URLIsWhatAClientExpects(t *testing.T) {
	sink := declare(t, production(), true).One(t, "test:index:Sink", "sink")
	text, ok := sink.Get("url").(string)
	require.True(t, ok)
	got, err := url.Parse(text)
	require.NoError(t, err)
	assert.Equal(t, "rediss", got.Scheme, "TLS")
	assert.Empty(t, got.User.Username())
	secret, _ := got.User.Password()
	assert.Equal(t, token, secret)
	assert.Equal(t, sink.Get("host"), got.Hostname())
	assert.Equal(t, "6379", got.Port())
}

func TestNew_NothingIsEvicted(t *testing.T) {
	group := declare(t, production(), true).One(t, "aws:elasticache/parameterGroup:ParameterGroup", "main")
	assert.Equal(t, "redis7", group.Get("family"))
	assert.Equal(t, []any{map[string]any{"name": "maxmemory-policy", "value": "noeviction"}}, group.Get("parameters"))
}

func TestNew_SecurityGroupHasNoRulesOfItsOwn(t *testing.T) {
	g := declare(t, production(), true)
	group := g.One(t, "aws:ec2/securityGroup:SecurityGroup", "main")
	assert.Nil(t, group.Get("ingress"))
	assert.Nil(t, group.Get("egress"))
	assert.NotEmpty(t, group.Get("description"))
	assert.Equal(t, []any{"subnet-a", "subnet-b"}, g.One(t, "aws:elasticache/subnetGroup:SubnetGroup", "main").Get("subnetIds"))
}

func TestNew_LogsAreDeliveredEncryptedAndExpire(t *testing.T) {
	g := declare(t, production(), true)
	for i, log := range []string{"engine-log", "slow-log"} {
		group := g.One(t, "aws:cloudwatch/logGroup:LogGroup", "main-"+log)
		assert.Equal(t, "/aws/vendedlogs/elasticache/flowcomply-test/"+log, group.Get("name"))
		assert.Equal(t, "arn:logs", group.Get("kmsKeyId"))
		assert.InDelta(t, 365, group.Get("retentionInDays"), 0)
		deliveries, ok := redis(t, g).Get("logDeliveryConfigurations").([]any)
		require.True(t, ok)
		require.Len(t, deliveries, 2)
		assert.Equal(t, map[string]any{
			"logType": log, "logFormat": "json", "destinationType": "cloudwatch-logs", "destination": group.Get("name"),
		}, deliveries[i])
	}
}
