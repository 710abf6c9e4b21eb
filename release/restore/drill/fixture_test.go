package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// account is an AWS with one database, one service, and what a drill makes of them.
type account struct {
	RDS // a call that no test expects fails
	Secrets
	ECS

	t           *testing.T
	clock       time.Time
	instances   map[string]*types.DBInstance
	snapshots   []types.DBSnapshot
	state       string // of a copy at first
	creating    int    // looks until a copy is available; -1: never
	password    string
	secrets     map[string]secretsmanager.CreateSecretInput
	policies    map[string]string
	definitions map[string]ecs.RegisterTaskDefinitionInput
	codes       []int32 // exit codes of the tasks' own container, in order
	agent       int32   // that of the agent that GuardDuty adds to each
	says        map[string][]string
	ran         []string
	busy        int              // changes of the copy that RDS refuses first
	refuse      map[string]error // by call
	calls       []string
}

const (
	copyID    = "flowcomply-production-drill"
	ownSecret = "arn:aws:secretsmanager:::secret:flowcomply-production/DATABASE_URL-abc"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{
		t: t, clock: now, state: "creating", creating: 3, secrets: map[string]secretsmanager.CreateSecretInput{}, policies: map[string]string{},
		definitions: map[string]ecs.RegisterTaskDefinitionInput{}, refuse: map[string]error{}, says: map[string][]string{},
		instances: map[string]*types.DBInstance{"flowcomply-production": {
			DBInstanceIdentifier: aws.String("flowcomply-production"), DBInstanceStatus: aws.String("available"), DBInstanceClass: aws.String("db.m6g.large"),
			StorageType: aws.String("gp3"), DBSubnetGroup: &types.DBSubnetGroup{DBSubnetGroupName: aws.String("subnets")},
			VpcSecurityGroups: []types.VpcSecurityGroupMembership{{VpcSecurityGroupId: aws.String("sg-database")}},
			DBParameterGroups: []types.DBParameterGroupStatus{{DBParameterGroupName: aws.String("settings")}},
		}},
	}
	for id, age := range map[string]time.Duration{"old": 48 * time.Hour, "newest": 22 * time.Hour, "half-done": time.Hour} {
		one := types.DBSnapshot{DBSnapshotIdentifier: &id, SnapshotCreateTime: aws.Time(now.Add(-age)), Status: aws.String("available")}
		if id == "half-done" {
			one.Status = aws.String("creating")
		}
		a.snapshots = append(a.snapshots, one)
	}
	return a
}

// run is a drill of production in the account.
func (a *account) run(change ...func(*Drill)) (code int, shown string) {
	a.t.Helper()
	var out bytes.Buffer
	d := Drill{
		Stack: Stack{
			Name: "flowcomply-production", Copy: copyID, Service: "backend", Family: "flowcomply-backend-drill", Variables: []string{"DATABASE_URL"},
			User: "flowcomply", Database: "flowcomply", Status: strings.Fields(status), Deploy: strings.Fields("npx prisma migrate deploy"), TaskTimeout: time.Minute,
		},
		RDS: a, Secrets: a, ECS: a, Logs: logs{a}, Out: &out, Now: func() time.Time { return a.clock }, Look: time.Millisecond, Timeout: time.Hour,
		Pause: func(ctx context.Context, _ time.Duration) error {
			a.clock = a.clock.Add(time.Minute)
			return ctx.Err()
		},
		Outputs: outputs.Outputs{
			Stack: "production", Version: "v1.1.0", DatabaseIdentifier: "flowcomply-production", ClusterArn: "arn:cluster",
			SecretArns: map[string]string{"DATABASE_URL": ownSecret},
			Services: map[string]outputs.Service{"backend": {
				ServiceName: "backend-service", TaskDefinitionArn: "flowcomply-backend:42", ExecutionRoleArn: "arn:role/execution",
			}},
		},
	}
	for _, f := range change {
		f(&d)
	}
	// The log of a task that wrote nothing is waited for: on synctest's clock.
	synctest.Test(a.t, func(t *testing.T) { code = d.Run(t.Context()) })
	return code, out.String()
}

// called notes a call, and refuses it where the test wants that.
func (a *account) called(call string) error {
	a.calls = append(a.calls, call)
	return a.refuse[call]
}

func (a *account) DescribeDBInstances(_ context.Context, in *rds.DescribeDBInstancesInput, _ ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error) {
	found := a.instances[*in.DBInstanceIdentifier]
	if found == nil {
		return nil, &types.DBInstanceNotFoundFault{}
	}
	if *in.DBInstanceIdentifier == copyID && aws.ToString(found.DBInstanceStatus) == "creating" && a.creating >= 0 {
		if a.creating--; a.creating < 0 {
			found.DBInstanceStatus = aws.String("available")
		}
	}
	if aws.ToString(found.DBInstanceStatus) == "deleting" {
		delete(a.instances, *in.DBInstanceIdentifier)
	}
	return &rds.DescribeDBInstancesOutput{DBInstances: []types.DBInstance{*found}}, nil
}

func (a *account) DescribeDBSnapshots(context.Context, *rds.DescribeDBSnapshotsInput, ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error) {
	return &rds.DescribeDBSnapshotsOutput{DBSnapshots: a.snapshots}, nil
}

func (a *account) RestoreDBInstanceFromDBSnapshot(_ context.Context, in *rds.RestoreDBInstanceFromDBSnapshotInput, _ ...func(*rds.Options)) (*rds.RestoreDBInstanceFromDBSnapshotOutput, error) {
	a.calls = append(a.calls, fmt.Sprintf("restore %s in %s, %v, %s, %s", *in.DBSnapshotIdentifier, *in.DBSubnetGroupName, in.VpcSecurityGroupIds, *in.DBParameterGroupName, *in.DBInstanceClass))
	require.Equal(a.t, int32(0), aws.ToInt32(in.BackupRetentionPeriod))
	require.NotNil(a.t, in.BackupRetentionPeriod, "without it a copy has the instance's days, and backs itself up first")
	if err := a.refuse["restore"]; err != nil {
		return nil, err
	}
	a.instances[*in.DBInstanceIdentifier] = &types.DBInstance{
		DBInstanceIdentifier: in.DBInstanceIdentifier, DBInstanceStatus: aws.String(a.state), TagList: in.Tags,
		Endpoint: &types.Endpoint{Address: aws.String("copy.rds.test"), Port: aws.Int32(5432)},
	}
	return &rds.RestoreDBInstanceFromDBSnapshotOutput{}, nil
}

func (a *account) ModifyDBInstance(_ context.Context, in *rds.ModifyDBInstanceInput, _ ...func(*rds.Options)) (*rds.ModifyDBInstanceOutput, error) {
	if a.busy--; a.busy >= 0 {
		return nil, &types.InvalidDBInstanceStateFault{}
	}
	a.password = aws.ToString(in.MasterUserPassword)
	return &rds.ModifyDBInstanceOutput{}, a.called("password of " + *in.DBInstanceIdentifier)
}

func (a *account) DeleteDBInstance(_ context.Context, in *rds.DeleteDBInstanceInput, _ ...func(*rds.Options)) (*rds.DeleteDBInstanceOutput, error) {
	if err := a.called("delete " + *in.DBInstanceIdentifier); err != nil {
		return nil, err
	}
	found := a.instances[*in.DBInstanceIdentifier]
	if found == nil {
		return nil, &types.DBInstanceNotFoundFault{}
	}
	found.DBInstanceStatus = aws.String("deleting")
	return &rds.DeleteDBInstanceOutput{}, nil
}

func (a *account) ListSecrets(_ context.Context, in *secretsmanager.ListSecretsInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.ListSecretsOutput, error) {
	out := &secretsmanager.ListSecretsOutput{}
	for _, arn := range slices.Sorted(maps.Keys(a.secrets)) {
		secret := a.secrets[arn]
		if *secret.Tags[0].Key == in.Filters[0].Values[0] {
			out.SecretList = append(out.SecretList, secrettypes.SecretListEntry{ARN: &arn, Tags: secret.Tags})
		}
	}
	return out, nil
}

func (a *account) DescribeSecret(_ context.Context, in *secretsmanager.DescribeSecretInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error) {
	require.Equal(a.t, ownSecret, *in.SecretId)
	return &secretsmanager.DescribeSecretOutput{KmsKeyId: aws.String("arn:key/data")}, nil
}

func (a *account) CreateSecret(_ context.Context, in *secretsmanager.CreateSecretInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.CreateSecretOutput, error) {
	arn := "arn:" + *in.Name
	a.secrets[arn] = *in
	return &secretsmanager.CreateSecretOutput{ARN: &arn}, a.called("create secret")
}

func (a *account) PutResourcePolicy(_ context.Context, in *secretsmanager.PutResourcePolicyInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.PutResourcePolicyOutput, error) {
	a.policies[*in.SecretId] = *in.ResourcePolicy
	return &secretsmanager.PutResourcePolicyOutput{}, a.called("policy")
}

func (a *account) DeleteSecret(_ context.Context, in *secretsmanager.DeleteSecretInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.DeleteSecretOutput, error) {
	require.True(a.t, *in.ForceDeleteWithoutRecovery)
	if err := a.called("delete " + *in.SecretId); err != nil {
		return nil, err
	}
	delete(a.secrets, *in.SecretId)
	return &secretsmanager.DeleteSecretOutput{}, nil
}

func (a *account) DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	return &ecs.DescribeServicesOutput{Services: []ecstypes.Service{{NetworkConfiguration: &ecstypes.NetworkConfiguration{
		AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: []string{"subnet-a"}, SecurityGroups: []string{"sg-backend"}},
	}}}}, nil
}

func (a *account) DescribeTaskDefinition(_ context.Context, _ *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &ecstypes.TaskDefinition{
		Cpu: aws.String("1024"), ExecutionRoleArn: aws.String("arn:role/execution"), TaskRoleArn: aws.String("arn:role/task"),
		ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: aws.String("backend"), Image: aws.String("backend@sha256:42"), Secrets: []ecstypes.Secret{
				{Name: aws.String("DATABASE_URL"), ValueFrom: aws.String(ownSecret + ":::v7")}, {Name: aws.String("REDIS_URL"), ValueFrom: aws.String("arn:redis")},
			},
			LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwslogs, Options: map[string]string{"awslogs-group": "/ecs/b", "awslogs-stream-prefix": "ecs"}},
		}},
	}}, nil
}

func (a *account) RegisterTaskDefinition(_ context.Context, in *ecs.RegisterTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	if err := a.called("register"); err != nil {
		return nil, err
	}
	arn := *in.Family + ":1"
	a.definitions[arn] = *in
	return &ecs.RegisterTaskDefinitionOutput{TaskDefinition: &ecstypes.TaskDefinition{TaskDefinitionArn: &arn}}, nil
}

func (a *account) DeregisterTaskDefinition(_ context.Context, in *ecs.DeregisterTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DeregisterTaskDefinitionOutput, error) {
	delete(a.definitions, *in.TaskDefinition)
	return &ecs.DeregisterTaskDefinitionOutput{}, a.called("deregister " + *in.TaskDefinition)
}

func (a *account) ListTaskDefinitions(_ context.Context, in *ecs.ListTaskDefinitionsInput, _ ...func(*ecs.Options)) (*ecs.ListTaskDefinitionsOutput, error) {
	require.Equal(a.t, "flowcomply-backend-drill", *in.FamilyPrefix)
	return &ecs.ListTaskDefinitionsOutput{TaskDefinitionArns: slices.Sorted(maps.Keys(a.definitions))}, nil
}

func (a *account) ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	return &ecs.ListTasksOutput{}, nil
}

func (a *account) RunTask(_ context.Context, in *ecs.RunTaskInput, _ ...func(*ecs.Options)) (*ecs.RunTaskOutput, error) {
	require.Equal(a.t, "flowcomply-backend-drill:1", *in.TaskDefinition)
	require.Equal(a.t, []string{"sg-backend"}, in.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups)
	command := strings.Join(in.Overrides.ContainerOverrides[0].Command, " ")
	a.ran = append(a.ran, command)
	return &ecs.RunTaskOutput{Tasks: []ecstypes.Task{{TaskArn: aws.String("task/" + fmt.Sprint(len(a.ran)))}}}, a.called("run " + command)
}

func (a *account) DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	code := int32(0)
	if n := len(a.ran); n <= len(a.codes) {
		code = a.codes[n-1]
	}
	return &ecs.DescribeTasksOutput{Tasks: []ecstypes.Task{{LastStatus: aws.String("STOPPED"), Containers: []ecstypes.Container{
		{Name: aws.String("backend"), ExitCode: &code}, {Name: aws.String("aws-guardduty-agent-a1B2c3"), ExitCode: aws.Int32(a.agent)},
	}}}}, nil
}

// logs has what the last task wrote.
type logs struct{ *account }

func (l logs) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	if in.NextToken != nil {
		return &cloudwatchlogs.GetLogEventsOutput{NextForwardToken: in.NextToken}, nil
	}
	out := &cloudwatchlogs.GetLogEventsOutput{NextForwardToken: aws.String("end")}
	for _, line := range l.says[l.ran[len(l.ran)-1]] {
		out.Events = append(out.Events, logtypes.OutputLogEvent{Message: &line})
	}
	return out, nil
}

var errBoom = errors.New("boom")
