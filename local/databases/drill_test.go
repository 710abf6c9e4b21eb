package databases

import (
	"bytes"
	"context"
	"crypto/tls"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/local/awsclient/awsclienttest"
	"github.com/flowcomply/infrastructure/release/restore/drill"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// spy looks into the copy as the drill's task would: with the address that the task is given.
type spy struct {
	*ecs.Client
	look func(address string)
}

func (s spy) RunTask(ctx context.Context, in *ecs.RunTaskInput, more ...func(*ecs.Options)) (*ecs.RunTaskOutput, error) {
	shown, err := s.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: in.TaskDefinition})
	if err != nil {
		return nil, err
	}
	s.look(aws.ToString(shown.TaskDefinition.ContainerDefinitions[0].Secrets[0].ValueFrom))
	return s.Client.RunTask(ctx, in, more...)
}

// A drill on the emulated AWS, with a real PostgreSQL behind it. Its tasks are none here, and end well.
func TestDrill_RestoresWhatTheSnapshotHas(t *testing.T) {
	f := open(t)
	host := f.database(map[string]string{"rds.force_ssl": "1"})
	f.refresh()
	conn, err := f.postgres(f.proxies[host+":5432"], host, "it's-first", "flow")
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE TABLE "Asset" (name text)`)
	require.NoError(t, err)
	wrote(t, conn, "a")
	f.snapshot("main", "last-night")
	wrote(t, conn, "b")

	account := awsclienttest.Anybody(f.servers.client)
	secrets, services := secretsmanager.NewFromConfig(account), ecs.NewFromConfig(account)
	own, err := secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("flowcomply-local/DATABASE_URL"), SecretString: aws.String("x")})
	require.NoError(t, err)
	used, err := f.rds.DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("main")})
	require.NoError(t, err)
	group := aws.ToString(used.DBInstances[0].VpcSecurityGroups[0].VpcSecurityGroupId)
	outputs := deployed(t, services, aws.ToString(own.ARN), awsclienttest.Subnets(t, account)[0], group)

	var out bytes.Buffer
	var rows []string
	code := drill.Drill{
		Stack: drill.Stack{
			Name: "flowcomply-local", Copy: "flowcomply-local-drill", Service: "backend", Family: "flowcomply-local-backend-drill",
			Variables: []string{"DATABASE_URL"}, User: "flowcomply", Database: "flow", Status: []string{"status"}, Deploy: []string{"deploy"}, TaskTimeout: time.Minute,
		},
		Outputs: outputs, RDS: f.rds, Secrets: secrets, Out: &out, Now: time.Now,
		Look: 50 * time.Millisecond, Timeout: 5 * time.Minute,
		ECS: spy{services, func(address string) {
			value, err := secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &address})
			require.NoError(t, err)
			rows = f.through(*value.SecretString)
		}},
		Pause: func(ctx context.Context, _ time.Duration) error {
			f.refresh()
			return ctx.Err()
		},
	}.Run(t.Context())
	require.Equal(t, exit.Done, code, out.String())
	assert.Equal(t, []string{"a"}, rows, "what was written after the snapshot is not in the copy")
	assert.Contains(t, out.String(), "drill with last-night")

	f.refresh()
	left, err := f.rds.DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{})
	require.NoError(t, err)
	assert.Len(t, left.DBInstances, 1)
	assert.Equal(t, []string{"a", "b"}, f.assets("main", "it's-first"), "the database is as it was")
	there, err := secrets.ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{})
	require.NoError(t, err)
	assert.Len(t, there.SecretList, 1)
	definitions, err := services.ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{FamilyPrefix: aws.String("flowcomply-local-backend-drill")})
	require.NoError(t, err)
	assert.Empty(t, definitions.TaskDefinitionArns)
}

// through is what a connection string reaches, by the proxy that has its name.
func (f *fixture) through(address string) []string {
	f.t.Helper()
	config, err := pgx.ParseConfig(address)
	require.NoError(f.t, err)
	host := config.Host
	proxy := f.proxies[host+":5432"]
	require.NotNil(f.t, proxy, host)
	to, err := pgx.ParseConfig("postgresql://" + proxy.to)
	require.NoError(f.t, err)
	config.Host, config.Port = to.Host, to.Port
	config.TLSConfig = &tls.Config{RootCAs: f.ca.Pool(), ServerName: host}
	delete(config.RuntimeParams, "schema")
	conn, err := pgx.ConnectConfig(f.t.Context(), config)
	require.NoError(f.t, err)
	defer conn.Close(f.t.Context())
	rows, err := conn.Query(f.t.Context(), `SELECT name FROM "Asset" ORDER BY name`)
	require.NoError(f.t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(f.t, err)
	return names
}

// deployed makes the service that the migrations belong to, as far as a drill asks for it.
func deployed(t *testing.T, services *ecs.Client, secret, subnet, group string) outputs.Outputs {
	t.Helper()
	ctx := t.Context()
	cluster, err := services.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("c")})
	require.NoError(t, err)
	definition, err := services.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("flowcomply-local-backend"), NetworkMode: ecstypes.NetworkModeAwsvpc, Cpu: aws.String("256"), Memory: aws.String("512"),
		RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate}, ExecutionRoleArn: aws.String("arn:aws:iam::000000000000:role/execution"),
		ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: aws.String("backend"), Image: aws.String("backend"), Secrets: []ecstypes.Secret{{Name: aws.String("DATABASE_URL"), ValueFrom: &secret}},
		}},
	})
	require.NoError(t, err)
	_, err = services.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String("c"), ServiceName: aws.String("backend-service"), TaskDefinition: definition.TaskDefinition.TaskDefinitionArn, LaunchType: ecstypes.LaunchTypeFargate,
		DesiredCount: aws.Int32(0), NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: []string{subnet}, SecurityGroups: []string{group},
		}},
	})
	require.NoError(t, err)
	return outputs.Outputs{
		Stack: "local", Version: "v1.0.0", DatabaseIdentifier: "main", ClusterArn: *cluster.Cluster.ClusterArn, SecretArns: map[string]string{"DATABASE_URL": secret},
		Services: map[string]outputs.Service{"backend": {
			ServiceName: "backend-service", TaskDefinitionArn: *definition.TaskDefinition.TaskDefinitionArn, ExecutionRoleArn: "arn:aws:iam::000000000000:role/execution",
		}},
	}
}
