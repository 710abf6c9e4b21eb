package faults

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/awsclient/awsclienttest"
	"github.com/flowcomply/infrastructure/local/emulator/emulatortest"
	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Faults that AWS alone shows are made in the real emulator, in which tasks run nothing, and looked at by verify's own checks.
// That the application is refused too, local/sampleapp's tests of documents prove; a whole stack has `make faults`.
func TestEmulated_IsCaughtAndPutRight(t *testing.T) {
	made := services(t)
	stack := awschecks.Stack{Outputs: made.Outputs, Interval: 50 * time.Millisecond, Clients: awschecks.Clients{
		ECS: made.ECS(), Roles: iam.NewFromConfig(made.AWS), Buckets: s3.NewFromConfig(made.AWS),
	}}
	look := func(fault Fault, timeout time.Duration) Outcome {
		ran := check.Run(t.Context(), []check.Check{stack.Permissions("backend"), stack.Identity("frontend")}, check.Options{Timeout: timeout})
		var text bytes.Buffer
		require.NoError(t, ran.Write(&text, check.JSON, false))
		seen := report{code: min(ran.Bad(), 1)}
		require.NoError(t, json.Unmarshal(text.Bytes(), &seen))
		return seen.judge(fault)
	}
	for name, outcome := range map[string]string{"permission taken from the task role": "failed now", "quota reached": "timed out"} {
		t.Run(name, func(t *testing.T) {
			s := named(t, name)
			assert.Contains(t, look(s.faults[0], time.Minute).Why, "says ok")
			_, err := s.make(t.Context(), made)
			require.NoError(t, err)
			seen := look(s.faults[0], 6*time.Second) // the quota is waited for until then
			assert.True(t, seen.Caught, seen.Why)
			assert.Equal(t, outcome, seen.Outcome)
			require.NoError(t, s.undo(t.Context(), made))
			assert.Contains(t, look(s.faults[0], time.Minute).Why, "says ok")
		})
	}
}

func named(t *testing.T, fault string) scenario {
	t.Helper()
	for _, s := range scenarios() {
		if s.faults[0].Name == fault {
			return s
		}
	}
	t.Fatalf("there is no fault %s", fault)
	return scenario{}
}

const documents = "flowcomply-documents-test"

// services are a backend that keeps documents, of which only the definition is there, and a frontend that runs.
func services(t *testing.T) *target {
	t.Helper()
	started := emulatortest.Start(t, filepath.Join("..", "..", ".."))
	cfg := aws.Config{Region: emulatortest.Region, BaseEndpoint: &started.Endpoint, Credentials: credentials.NewStaticCredentialsProvider("emulated", "emulated", "")}
	ctx, api := t.Context(), ecs.NewFromConfig(cfg)
	cluster, err := api.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("flowcomply-test")})
	require.NoError(t, err)
	_, err = s3.NewFromConfig(cfg).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(documents), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{
		LocationConstraint: emulatortest.Region,
	}})
	require.NoError(t, err)
	out := outputs.Outputs{Region: emulatortest.Region, AccountID: emulatortest.Account, ClusterArn: *cluster.Cluster.ClusterArn, Services: map[string]outputs.Service{}}
	for _, role := range []string{"backend", "frontend"} {
		out.Services[role] = definition(t, cfg, role)
	}
	frontend := out.Services["frontend"]
	_, err = api.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: &out.ClusterArn, ServiceName: &frontend.ServiceName, TaskDefinition: &frontend.TaskDefinitionArn, DesiredCount: aws.Int32(1),
		LaunchType:           ecstypes.LaunchTypeFargate,
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: awsclienttest.Subnets(t, cfg)}},
	})
	require.NoError(t, err)
	text, err := json.Marshal(out)
	require.NoError(t, err)
	stack, err := harness.New(engine.Stack{Run: filepath.Dir(started.Scenario)}, text, cfg)
	require.NoError(t, err)
	return &target{Stack: stack}
}

// definition registers a service's task, with the role of one that keeps documents.
func definition(t *testing.T, cfg aws.Config, role string) outputs.Service {
	t.Helper()
	roles := iam.NewFromConfig(cfg)
	const trust = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	task, err := roles.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String(role + "-task"), AssumeRolePolicyDocument: aws.String(trust)})
	require.NoError(t, err)
	_, err = roles.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: task.Role.RoleName, PolicyName: aws.String("own"), PolicyDocument: aws.String(strings.ReplaceAll(`{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::BUCKET"]},
			{"Effect":"Allow","Action":["s3:DeleteObject","s3:GetObject","s3:PutObject"],"Resource":["arn:aws:s3:::BUCKET/*"]}]}`, "BUCKET", documents)),
	})
	require.NoError(t, err)
	service := outputs.Service{
		ServiceName: role + "-service", ImageRepository: "127.0.0.1:1/flowcomply-" + role, ImageDigest: "sha256:" + strings.Repeat("b", 64), MinimumTasks: 1,
	}
	made, err := ecs.NewFromConfig(cfg).RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: &role, NetworkMode: ecstypes.NetworkModeAwsvpc, RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
		Cpu: aws.String("256"), Memory: aws.String("512"), TaskRoleArn: task.Role.Arn,
		ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: &role, Image: aws.String(service.Image()), Essential: aws.Bool(true),
			Environment: []ecstypes.KeyValuePair{{Name: aws.String(awschecks.BucketVariable), Value: aws.String(documents)}},
		}},
	})
	require.NoError(t, err)
	service.TaskDefinitionArn = *made.TaskDefinition.TaskDefinitionArn
	return service
}
