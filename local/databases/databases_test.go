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
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/awsclient/awsclienttest"
	"github.com/flowcomply/infrastructure/local/ca"
	"github.com/flowcomply/infrastructure/local/machinetest"
)

// These tests run real servers for what the real emulator describes. The proxies are the tests' own; real ones are
// tested in package network, and with containers behind them end to end.

type fixture struct {
	t       *testing.T
	servers *Servers
	ca      *ca.CA
	rds     *rds.Client
	cache   *elasticache.Client
	proxies map[string]*fakeProxy // by name and port
	run     string
}

type fakeProxy struct {
	to           string
	open, closed bool
}

func (d *fakeProxy) Set(open bool) error { d.open = open; return nil }
func (d *fakeProxy) Close() error        { d.closed = true; return nil }

func programs(t *testing.T) Programs {
	t.Helper()
	return Programs{PostgresBin: filepath.Dir(machinetest.Program(t, "initdb")), Redis: machinetest.Program(t, "redis-server")}
}

func open(t *testing.T) *fixture {
	t.Helper()
	installed := programs(t)
	c, _ := awsclienttest.Start(t)
	f := &fixture{t: t, proxies: map[string]*fakeProxy{}, run: t.TempDir()}
	cfg := awsclienttest.Anybody(c)
	f.rds, f.cache = rds.NewFromConfig(cfg), elasticache.NewFromConfig(cfg)
	var err error
	f.ca, err = ca.New(t.TempDir())
	require.NoError(t, err)
	f.servers = New(c, f.ca, installed, f.run, func(name string, port int, to string) (Proxy, error) {
		proxy := &fakeProxy{to: to}
		f.proxies[fmt.Sprintf("%s:%d", name, port)] = proxy
		return proxy, nil
	}, log.New(t.Output(), "", 0))
	t.Cleanup(func() {
		f.servers.close()
		require.NoError(t, Sweep(f.run))
	})
	return f
}

func (f *fixture) refresh() {
	f.t.Helper()
	require.NoError(f.t, f.servers.refresh(f.t.Context()))
}

func (f *fixture) database(parameters map[string]string) (host string) {
	ctx, group := f.t.Context(), aws.String("settings")
	_, err := f.rds.CreateDBParameterGroup(ctx, &rds.CreateDBParameterGroupInput{DBParameterGroupName: group, DBParameterGroupFamily: aws.String("postgres16"), Description: group})
	require.NoError(f.t, err)
	for name, value := range parameters {
		_, err = f.rds.ModifyDBParameterGroup(ctx, &rds.ModifyDBParameterGroupInput{DBParameterGroupName: group, Parameters: []rdstypes.Parameter{
			{ParameterName: aws.String(name), ParameterValue: aws.String(value), ApplyMethod: rdstypes.ApplyMethodPendingReboot},
		}})
		require.NoError(f.t, err)
	}
	made, err := f.rds.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("main"), DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"), EngineVersion: aws.String("16"),
		DBName: aws.String("flow"), MasterUsername: aws.String("flowcomply"), MasterUserPassword: aws.String("it's-first"), AllocatedStorage: aws.Int32(20), DBParameterGroupName: group,
	})
	require.NoError(f.t, err)
	return aws.ToString(made.DBInstance.Endpoint.Address)
}

// postgres connects as an application does.
func (f *fixture) postgres(proxy *fakeProxy, host, password, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(fmt.Sprintf("postgresql://%s/%s?sslmode=require&connect_timeout=5", proxy.to, database))
	require.NoError(f.t, err)
	config.User, config.Password = "flowcomply", password
	if host == "" {
		config.TLSConfig = nil
	} else {
		config.TLSConfig = &tls.Config{RootCAs: f.ca.Pool(), ServerName: host}
	}
	conn, err := pgx.ConnectConfig(f.t.Context(), config)
	if err == nil {
		f.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	}
	return conn, err
}

func TestPostgres_IsWhatAWSWasTold(t *testing.T) {
	f := open(t)
	host := f.database(map[string]string{"max_connections": "33", "rds.force_ssl": "1", "log_statement": "ddl", "log_connections": "1"})
	f.refresh()
	proxy := f.proxies[host+":5432"]
	require.NotNil(t, proxy, "the proxy has the endpoint's name and port")
	assert.True(t, proxy.open)

	conn, err := f.postgres(proxy, host, "it's-first", "flow")
	require.NoError(t, err, "with the certificate checked, for the endpoint's name")
	var connections string
	require.NoError(t, conn.QueryRow(t.Context(), "SHOW max_connections").Scan(&connections))
	assert.Equal(t, "33", connections)
	_, err = conn.Exec(t.Context(), `CREATE TABLE "User" (id int)`)
	require.NoError(t, err, "the master user may make tables")
	_, err = conn.Exec(t.Context(), "COPY (SELECT 1) TO PROGRAM 'id'")
	require.ErrorContains(t, err, "42501", "and is no superuser")

	_, err = f.postgres(proxy, "", "it's-first", "flow")
	require.ErrorContains(t, err, "no encryption", "a connection without TLS is refused as RDS does")
	_, err = f.postgres(proxy, host, "wrong", "flow")
	require.ErrorContains(t, err, "password authentication failed")

	t.Run("CloudWatch is told", func(t *testing.T) {
		_, _, err := f.servers.running["postgres-main"].server.measure(t.Context(), f.servers.running["postgres-main"].details)
		require.NoError(t, err)
		namespace, metrics, err := f.servers.running["postgres-main"].server.measure(t.Context(), f.servers.running["postgres-main"].details)
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
		assert.Contains(t, got, "CPUCreditBalance")
		require.NoError(t, f.servers.report(t.Context()))
	})
	t.Run("a rotated password is the server's", func(t *testing.T) {
		_, err := f.rds.ModifyDBInstance(t.Context(), &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("main"), MasterUserPassword: aws.String("second-password"), ApplyImmediately: aws.Bool(true)})
		require.NoError(t, err)
		f.refresh()
		_, err = f.postgres(proxy, host, "it's-first", "flow")
		require.ErrorContains(t, err, "password authentication failed")
		_, err = f.postgres(proxy, host, "second-password", "flow")
		require.NoError(t, err)
		require.NoError(t, conn.Ping(t.Context()), "who is in stays in")
	})
	t.Run("no password is in the server's files", func(*testing.T) {
		f.nowhere("it's-first", "it''s-first", "second-password")
	})
	t.Run("a server that dies is started again", func(t *testing.T) {
		p := f.servers.running["postgres-main"].server.(*postgres)
		require.NoError(t, p.process.cmd.Process.Kill())
		<-p.process.ended
		f.refresh()
		_, err := f.postgres(f.proxies[host+":5432"], host, "second-password", "flow")
		require.NoError(t, err)
	})
	t.Run("a deleted database is gone", func(t *testing.T) {
		p := f.servers.running["postgres-main"].server.(*postgres)
		_, err := f.rds.DeleteDBInstance(t.Context(), &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("main"), SkipFinalSnapshot: aws.Bool(true)})
		require.NoError(t, err)
		f.refresh()
		assert.False(t, p.alive())
		assert.NoDirExists(t, p.folder)
		assert.True(t, f.proxies[host+":5432"].closed)
	})
}

// nowhere looks for the secrets in every file of the servers.
func (f *fixture) nowhere(secrets ...string) {
	f.t.Helper()
	for _, i := range f.servers.running {
		var folder string
		switch s := i.server.(type) {
		case *postgres:
			folder = s.folder
		case *redisServer:
			folder = s.folder
		}
		require.NoError(f.t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			for _, secret := range secrets {
				assert.NotContains(f.t, string(content), secret, path)
			}
			return err
		}))
	}
}

// The log of a slow or failed statement is for operators, and its parameters are customers': with the program's settings the
// statement is there and they are not. Without them they are, or the test would show nothing.
func TestPostgres_LogsSlowStatementsWithoutTheirParameters(t *testing.T) {
	const customers = "somebody@example.com"
	for name, settings := range map[string]map[string]string{
		"PostgreSQL's own":                    {"log_parameter_max_length": "-1", "log_parameter_max_length_on_error": "-1"},
		"the program's (components/database)": {"log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0"},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t)
			settings["log_min_duration_statement"] = "0"
			host := f.database(settings)
			f.refresh()
			conn, err := f.postgres(f.proxies[host+":5432"], host, "it's-first", "flow")
			require.NoError(t, err)
			var back string
			require.NoError(t, conn.QueryRow(t.Context(), "SELECT $1::text", customers).Scan(&back))
			require.Error(t, conn.QueryRow(t.Context(), "SELECT $1::text, 1 / $2::int", customers, 0).Scan(&back, nil), "divided by zero")
			log, err := os.ReadFile(f.servers.running["postgres-main"].server.(*postgres).process.log)
			require.NoError(t, err)
			assert.Contains(t, string(log), "SELECT $1::text\n")
			assert.Contains(t, string(log), "division by zero")
			if settings["log_parameter_max_length"] == "0" {
				assert.NotContains(t, string(log), customers)
			} else {
				assert.Contains(t, string(log), customers)
			}
		})
	}
}

func TestPostgres_WithoutForcedTLSTakesBoth(t *testing.T) {
	f := open(t)
	host := f.database(map[string]string{"rds.force_ssl": "0"})
	f.refresh()
	for _, name := range []string{host, ""} {
		_, err := f.postgres(f.proxies[host+":5432"], name, "it's-first", "flow")
		require.NoError(t, err)
	}
}

func TestStores_ShutTheDoorOfWhatIsDown(t *testing.T) {
	f := open(t)
	host, port := f.group("first-token-0123456789")
	f.refresh()
	i, proxy := f.servers.running["redis-jobs"], f.proxies[fmt.Sprintf("%s:%d", host, port)]
	down := i.wanted
	down.Down = true
	require.NoError(t, f.servers.keep(t.Context(), i, down))
	assert.False(t, proxy.open)
	assert.True(t, i.server.alive())
	f.refresh()
	assert.True(t, proxy.open)
}

func TestStores_TellsWhyAServerEnded(t *testing.T) {
	f := open(t)
	f.servers.programs.Redis = filepath.Join(t.TempDir(), "redis-server")
	require.NoError(t, os.WriteFile(f.servers.programs.Redis, []byte("#!/bin/sh\necho out of luck\nexit 1\n"), 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(f.servers.programs.Redis), 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(filepath.Dir(f.servers.programs.Redis)), 0o755))
	f.group("first-token-0123456789")
	err := f.servers.refresh(t.Context())
	require.ErrorContains(t, err, "redis jobs: the server ended:\nout of luck")
}

func TestStores_SaysSoWhenAWSIsGone(t *testing.T) {
	s := New(awsclient.New("http://127.0.0.1:1", "ap-southeast-2"), nil, Programs{}, t.TempDir(), nil, nil)
	require.ErrorContains(t, s.refresh(t.Context()), "refused")
}
