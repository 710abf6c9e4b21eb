package databases

import (
	"crypto/tls"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	ectypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (f *fixture) group(token string) (host string, port int) {
	ctx, group := f.t.Context(), aws.String("settings")
	_, err := f.cache.CreateCacheParameterGroup(ctx, &elasticache.CreateCacheParameterGroupInput{CacheParameterGroupName: group, CacheParameterGroupFamily: aws.String("redis7"), Description: group})
	require.NoError(f.t, err)
	_, err = f.cache.ModifyCacheParameterGroup(ctx, &elasticache.ModifyCacheParameterGroupInput{CacheParameterGroupName: group, ParameterNameValues: []ectypes.ParameterNameValue{
		{ParameterName: aws.String("maxmemory-policy"), ParameterValue: aws.String("noeviction")},
	}})
	require.NoError(f.t, err)
	made, err := f.cache.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: aws.String("jobs"), ReplicationGroupDescription: group, CacheNodeType: aws.String("cache.t4g.micro"), NumCacheClusters: aws.Int32(2),
		Engine: aws.String("redis"), EngineVersion: aws.String("7.1"), TransitEncryptionEnabled: aws.Bool(true), AuthToken: aws.String(token), CacheParameterGroupName: group,
		AutomaticFailoverEnabled: aws.Bool(true), Port: aws.Int32(6379),
	})
	require.NoError(f.t, err)
	endpoint := made.ReplicationGroup.NodeGroups[0].PrimaryEndpoint
	return aws.ToString(endpoint.Address), int(aws.ToInt32(endpoint.Port))
}

func (f *fixture) redis(proxy *fakeProxy, host, token string) *redis.Client {
	options, err := redis.ParseURL("rediss://:" + token + "@" + proxy.to)
	require.NoError(f.t, err)
	options.TLSConfig = &tls.Config{RootCAs: f.ca.Pool(), ServerName: host}
	options.MaxRetries, options.DisableIdentity = -1, true
	client := redis.NewClient(options)
	f.t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestRedis_IsWhatAWSWasTold(t *testing.T) {
	f := open(t)
	ctx := t.Context()
	host, port := f.group("first-token-0123456789")
	f.refresh()
	proxy := f.proxies[fmt.Sprintf("%s:%d", host, port)]
	require.NotNil(t, proxy)
	assert.True(t, proxy.open)
	client := f.redis(proxy, host, "first-token-0123456789")
	require.NoError(t, client.Set(ctx, "a", "b", 0).Err())
	require.ErrorContains(t, f.redis(proxy, host, "wrong").Ping(ctx).Err(), "WRONGPASS")
	require.ErrorContains(t, client.ConfigGet(ctx, "maxmemory").Err(), "no permissions", "ElastiCache has no CONFIG")
	info, err := client.Info(ctx, "memory").Result()
	require.NoError(t, err)
	assert.Contains(t, info, "maxmemory:536870912")
	assert.Contains(t, info, "maxmemory_policy:noeviction")

	i := f.servers.running["redis-jobs"]
	_, _, err = i.server.measure(ctx, i.details)
	require.NoError(t, err)
	require.NoError(t, client.Get(ctx, "a").Err())
	require.ErrorIs(t, client.Get(ctx, "missing").Err(), redis.Nil)
	namespace, metrics, err := i.server.measure(ctx, i.details)
	require.NoError(t, err)
	assert.Equal(t, "AWS/ElastiCache", namespace)
	got := map[string]float64{}
	for _, m := range metrics {
		got[m.Dimensions["CacheClusterId"]+" "+m.Name] = *m.Value
	}
	for name, want := range map[string]float64{
		"jobs-001 CacheHits": 1, "jobs-001 CacheMisses": 1, "jobs-001 Evictions": 0, "jobs-002 CacheHits": 0, "jobs-002 ReplicationLag": 0,
	} {
		value, ok := got[name]
		require.True(t, ok, name)
		assert.InDelta(t, want, value, 0, name)
	}
	assert.Positive(t, got["jobs-001 DatabaseMemoryUsagePercentage"])
	assert.Contains(t, got, "jobs-001 EngineCPUUtilization")
	assert.InDelta(t, got["jobs-001 EngineCPUUtilization"]/2, got["jobs-001 CPUUtilization"], 1e-9, "one thread of a node with two CPUs")
	assert.Contains(t, got, "jobs-002 CPUCreditBalance")
	require.NoError(t, f.servers.report(ctx))

	for i, token := range []string{"second-token-0123456789", "third-token-0123456789"} {
		_, err := f.cache.ModifyReplicationGroup(ctx, &elasticache.ModifyReplicationGroupInput{
			ReplicationGroupId: aws.String("jobs"), AuthToken: aws.String(token), AuthTokenUpdateStrategy: ectypes.AuthTokenUpdateStrategyTypeRotate, ApplyImmediately: aws.Bool(true),
		})
		require.NoError(t, err)
		f.refresh()
		require.NoError(t, f.redis(proxy, host, token).Ping(ctx).Err())
		first := f.redis(proxy, host, "first-token-0123456789").Ping(ctx).Err()
		assert.Equal(t, i == 0, first == nil, "the token before stays good until there is yet another")
	}
	f.nowhere("first-token", "second-token", "third-token")
	require.NoError(t, client.Get(ctx, "a").Err(), "nothing was lost by it")
}
