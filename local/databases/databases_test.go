package databases

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	ectypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/awsclient/awsclienttest"
	"github.com/flowcomply/infrastructure/local/ca"
	"github.com/flowcomply/infrastructure/local/machinetest"
)

// These tests run real servers for what the real emulator describes. The doors are the tests' own; real ones are
// tested in package network, and with containers behind them end to end.

type world struct {
	t      *testing.T
	stores *Stores
	ca     *ca.Authority
	rds    *rds.Client
	cache  *elasticache.Client
	doors  map[string]*fakeDoor // by name and port
	run    string
}

type fakeDoor struct {
	to           string
	open, closed bool
}

func (d *fakeDoor) Set(open bool) error { d.open = open; return nil }
func (d *fakeDoor) Close() error        { d.closed = true; return nil }

func programs(t *testing.T) Programs {
	t.Helper()
	return Programs{PostgresBin: filepath.Dir(machinetest.Program(t, "initdb")), Redis: machinetest.Program(t, "redis-server")}
}

func open(t *testing.T) *world {
	t.Helper()
	installed := programs(t)
	c, _ := awsclienttest.Start(t)
	w := &world{t: t, doors: map[string]*fakeDoor{}, run: t.TempDir()}
	cfg := awsclienttest.Anybody(c)
	w.rds, w.cache = rds.NewFromConfig(cfg), elasticache.NewFromConfig(cfg)
	var err error
	w.ca, err = ca.New(t.TempDir())
	require.NoError(t, err)
	w.stores = New(c, w.ca, installed, w.run, func(name string, port int, to string) (Door, error) {
		door := &fakeDoor{to: to}
		w.doors[fmt.Sprintf("%s:%d", name, port)] = door
		return door, nil
	}, log.New(t.Output(), "", 0))
	t.Cleanup(func() {
		w.stores.close()
		require.NoError(t, Sweep(w.run))
	})
	return w
}

func (w *world) look() {
	w.t.Helper()
	require.NoError(w.t, w.stores.look(w.t.Context()))
}

func (w *world) database(parameters map[string]string) (host string) {
	ctx, group := w.t.Context(), aws.String("settings")
	_, err := w.rds.CreateDBParameterGroup(ctx, &rds.CreateDBParameterGroupInput{DBParameterGroupName: group, DBParameterGroupFamily: aws.String("postgres16"), Description: group})
	require.NoError(w.t, err)
	for name, value := range parameters {
		_, err = w.rds.ModifyDBParameterGroup(ctx, &rds.ModifyDBParameterGroupInput{DBParameterGroupName: group, Parameters: []rdstypes.Parameter{
			{ParameterName: aws.String(name), ParameterValue: aws.String(value), ApplyMethod: rdstypes.ApplyMethodPendingReboot},
		}})
		require.NoError(w.t, err)
	}
	made, err := w.rds.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("main"), DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"), EngineVersion: aws.String("16"),
		DBName: aws.String("flow"), MasterUsername: aws.String("flowcomply"), MasterUserPassword: aws.String("it's-first"), AllocatedStorage: aws.Int32(20), DBParameterGroupName: group,
	})
	require.NoError(w.t, err)
	return aws.ToString(made.DBInstance.Endpoint.Address)
}

// postgres connects as an application does.
func (w *world) postgres(door *fakeDoor, host, password, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(fmt.Sprintf("postgresql://%s/%s?sslmode=require&connect_timeout=5", door.to, database))
	require.NoError(w.t, err)
	config.User, config.Password = "flowcomply", password
	if host == "" {
		config.TLSConfig = nil
	} else {
		config.TLSConfig = &tls.Config{RootCAs: w.ca.Pool(), ServerName: host}
	}
	conn, err := pgx.ConnectConfig(w.t.Context(), config)
	if err == nil {
		w.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	}
	return conn, err
}

func TestPostgres_IsWhatAWSWasTold(t *testing.T) {
	w := open(t)
	host := w.database(map[string]string{"max_connections": "33", "rds.force_ssl": "1", "log_statement": "ddl", "log_connections": "1"})
	w.look()
	door := w.doors[host+":5432"]
	require.NotNil(t, door, "the door has the endpoint's name and port")
	assert.True(t, door.open)

	conn, err := w.postgres(door, host, "it's-first", "flow")
	require.NoError(t, err, "with the certificate checked, for the endpoint's name")
	var connections string
	require.NoError(t, conn.QueryRow(t.Context(), "SHOW max_connections").Scan(&connections))
	assert.Equal(t, "33", connections)
	_, err = conn.Exec(t.Context(), `CREATE TABLE "User" (id int)`)
	require.NoError(t, err, "the master user may make tables")
	_, err = conn.Exec(t.Context(), "COPY (SELECT 1) TO PROGRAM 'id'")
	require.ErrorContains(t, err, "42501", "and is no superuser")

	_, err = w.postgres(door, "", "it's-first", "flow")
	require.ErrorContains(t, err, "no encryption", "a connection without TLS is refused as RDS does")
	_, err = w.postgres(door, host, "wrong", "flow")
	require.ErrorContains(t, err, "password authentication failed")

	t.Run("CloudWatch is told", func(t *testing.T) {
		_, _, err := w.stores.running["postgres-main"].server.measure(t.Context(), w.stores.running["postgres-main"].details)
		require.NoError(t, err)
		namespace, metrics, err := w.stores.running["postgres-main"].server.measure(t.Context(), w.stores.running["postgres-main"].details)
		require.NoError(t, err)
		assert.Equal(t, "AWS/RDS", namespace)
		got := map[string]float64{}
		for _, m := range metrics {
			assert.Equal(t, map[string]string{"DBInstanceIdentifier": "main"}, m.Dimensions)
			got[m.Name] = *m.Value
		}
		assert.InDelta(t, 1, got["DatabaseConnections"], 0, "the test's own")
		assert.InDelta(t, 20*gib, got["FreeStorageSpace"], 1*gib)
		assert.InDelta(t, 1*gib, got["FreeableMemory"], 0.3*gib)
		assert.Contains(t, got, "CPUUtilization")
		assert.Contains(t, got, "MaximumUsedTransactionIDs")
		require.NoError(t, w.stores.report(t.Context()))
	})
	t.Run("a rotated password is the server's", func(t *testing.T) {
		_, err := w.rds.ModifyDBInstance(t.Context(), &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("main"), MasterUserPassword: aws.String("second-password"), ApplyImmediately: aws.Bool(true)})
		require.NoError(t, err)
		w.look()
		_, err = w.postgres(door, host, "it's-first", "flow")
		require.ErrorContains(t, err, "password authentication failed")
		_, err = w.postgres(door, host, "second-password", "flow")
		require.NoError(t, err)
		require.NoError(t, conn.Ping(t.Context()), "who is in stays in")
	})
	t.Run("no password is in the server's files", func(t *testing.T) {
		w.nowhere("it's-first", "it''s-first", "second-password")
	})
	t.Run("a server that dies is started again", func(t *testing.T) {
		p := w.stores.running["postgres-main"].server.(*postgres)
		require.NoError(t, p.process.cmd.Process.Kill())
		<-p.process.ended
		w.look()
		_, err := w.postgres(w.doors[host+":5432"], host, "second-password", "flow")
		require.NoError(t, err)
	})
	t.Run("a deleted database is gone", func(t *testing.T) {
		p := w.stores.running["postgres-main"].server.(*postgres)
		_, err := w.rds.DeleteDBInstance(t.Context(), &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("main"), SkipFinalSnapshot: aws.Bool(true)})
		require.NoError(t, err)
		w.look()
		assert.False(t, p.alive())
		assert.NoDirExists(t, p.folder)
		assert.True(t, w.doors[host+":5432"].closed)
	})
}

// nowhere looks for the secrets in every file of the servers.
func (w *world) nowhere(secrets ...string) {
	w.t.Helper()
	for _, held := range w.stores.running {
		var folder string
		switch s := held.server.(type) {
		case *postgres:
			folder = s.folder
		case *redisServer:
			folder = s.folder
		}
		require.NoError(w.t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			for _, secret := range secrets {
				assert.NotContains(w.t, string(content), secret, path)
			}
			return err
		}))
	}
}

func TestPostgres_WithoutForcedTLSTakesBoth(t *testing.T) {
	w := open(t)
	host := w.database(map[string]string{"rds.force_ssl": "0"})
	w.look()
	for _, name := range []string{host, ""} {
		_, err := w.postgres(w.doors[host+":5432"], name, "it's-first", "flow")
		require.NoError(t, err)
	}
}

func (w *world) group(token string) (host string, port int) {
	ctx, group := w.t.Context(), aws.String("settings")
	_, err := w.cache.CreateCacheParameterGroup(ctx, &elasticache.CreateCacheParameterGroupInput{CacheParameterGroupName: group, CacheParameterGroupFamily: aws.String("redis7"), Description: group})
	require.NoError(w.t, err)
	_, err = w.cache.ModifyCacheParameterGroup(ctx, &elasticache.ModifyCacheParameterGroupInput{CacheParameterGroupName: group, ParameterNameValues: []ectypes.ParameterNameValue{
		{ParameterName: aws.String("maxmemory-policy"), ParameterValue: aws.String("noeviction")},
	}})
	require.NoError(w.t, err)
	made, err := w.cache.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: aws.String("jobs"), ReplicationGroupDescription: group, CacheNodeType: aws.String("cache.t4g.micro"), NumCacheClusters: aws.Int32(2),
		Engine: aws.String("redis"), EngineVersion: aws.String("7.1"), TransitEncryptionEnabled: aws.Bool(true), AuthToken: aws.String(token), CacheParameterGroupName: group,
		AutomaticFailoverEnabled: aws.Bool(true), Port: aws.Int32(6379),
	})
	require.NoError(w.t, err)
	endpoint := made.ReplicationGroup.NodeGroups[0].PrimaryEndpoint
	return aws.ToString(endpoint.Address), int(aws.ToInt32(endpoint.Port))
}

func (w *world) redis(door *fakeDoor, host, token string) *redis.Client {
	options, err := redis.ParseURL("rediss://:" + token + "@" + door.to)
	require.NoError(w.t, err)
	options.TLSConfig = &tls.Config{RootCAs: w.ca.Pool(), ServerName: host}
	options.MaxRetries, options.DisableIdentity = -1, true
	client := redis.NewClient(options)
	w.t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestRedis_IsWhatAWSWasTold(t *testing.T) {
	w := open(t)
	ctx := t.Context()
	host, port := w.group("first-token-0123456789")
	w.look()
	door := w.doors[fmt.Sprintf("%s:%d", host, port)]
	require.NotNil(t, door)
	assert.True(t, door.open)
	client := w.redis(door, host, "first-token-0123456789")
	require.NoError(t, client.Set(ctx, "a", "b", 0).Err())
	require.ErrorContains(t, w.redis(door, host, "wrong").Ping(ctx).Err(), "WRONGPASS")
	require.ErrorContains(t, client.ConfigGet(ctx, "maxmemory").Err(), "no permissions", "ElastiCache has no CONFIG")
	info, err := client.Info(ctx, "memory").Result()
	require.NoError(t, err)
	assert.Contains(t, info, "maxmemory:536870912")
	assert.Contains(t, info, "maxmemory_policy:noeviction")

	held := w.stores.running["redis-jobs"]
	_, _, err = held.server.measure(ctx, held.details)
	require.NoError(t, err)
	require.NoError(t, client.Get(ctx, "a").Err())
	require.ErrorIs(t, client.Get(ctx, "missing").Err(), redis.Nil)
	namespace, metrics, err := held.server.measure(ctx, held.details)
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
	require.NoError(t, w.stores.report(ctx))

	for i, token := range []string{"second-token-0123456789", "third-token-0123456789"} {
		_, err := w.cache.ModifyReplicationGroup(ctx, &elasticache.ModifyReplicationGroupInput{
			ReplicationGroupId: aws.String("jobs"), AuthToken: aws.String(token), AuthTokenUpdateStrategy: ectypes.AuthTokenUpdateStrategyTypeRotate, ApplyImmediately: aws.Bool(true),
		})
		require.NoError(t, err)
		w.look()
		require.NoError(t, w.redis(door, host, token).Ping(ctx).Err())
		first := w.redis(door, host, "first-token-0123456789").Ping(ctx).Err()
		assert.Equal(t, i == 0, first == nil, "the token before stays good until there is yet another")
	}
	w.nowhere("first-token", "second-token", "third-token")
	require.NoError(t, client.Get(ctx, "a").Err(), "nothing was lost by it")
}

func TestStores_ShutTheDoorOfWhatIsDown(t *testing.T) {
	w := open(t)
	host, port := w.group("first-token-0123456789")
	w.look()
	held, door := w.stores.running["redis-jobs"], w.doors[fmt.Sprintf("%s:%d", host, port)]
	down := held.wanted
	down.Down = true
	require.NoError(t, w.stores.keep(t.Context(), held, down))
	assert.False(t, door.open)
	assert.True(t, held.server.alive())
	w.look()
	assert.True(t, door.open)
}

func TestStores_TellsWhyAServerEnded(t *testing.T) {
	w := open(t)
	w.stores.programs.Redis = filepath.Join(t.TempDir(), "redis-server")
	require.NoError(t, os.WriteFile(w.stores.programs.Redis, []byte("#!/bin/sh\necho out of luck\nexit 1\n"), 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(w.stores.programs.Redis), 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(filepath.Dir(w.stores.programs.Redis)), 0o755))
	w.group("first-token-0123456789")
	err := w.stores.look(t.Context())
	require.ErrorContains(t, err, "redis jobs: the server ended:\nout of luck")
}

func TestStores_SaysSoWhenAWSIsGone(t *testing.T) {
	s := New(awsclient.New("http://127.0.0.1:1", "ap-southeast-2"), nil, Programs{}, t.TempDir(), nil, nil)
	require.ErrorContains(t, s.look(t.Context()), "refused")
}
