//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/emulator"

	"github.com/flowcomply/infrastructure/local/harness"
)

func (f fixture) aws(t *testing.T) aws.Config {
	t.Helper()
	running, err := emulator.Find(f.run)
	require.NoError(t, err)
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion(running.Region), config.WithBaseEndpoint(running.Endpoint()),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("emulated", "emulated", "")))
	require.NoError(t, err)
	return cfg
}

// noSecretInPlainText reads the real values back from AWS and looks for them, and for the passwords inside
// connection strings, in every file of the run folder (state, history, events, logs, the stack file) and in the
// registered task definitions.
func (f fixture) noSecretInPlainText(t *testing.T) {
	t.Helper()
	ctx, cfg := context.Background(), f.aws(t)
	api := secretsmanager.NewFromConfig(cfg)
	var values []string
	for _, name := range []string{"DATABASE_URL", "REDIS_URL", "JWT_SECRET", "ANTHROPIC_API_KEY", "SMOKE_USER"} {
		got, err := api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("flowcomply-local/" + name)})
		require.NoError(t, err)
		value := aws.ToString(got.SecretString)
		require.GreaterOrEqual(t, len(value), 16, name)
		values = append(values, value)
		if _, rest, isURL := strings.Cut(value, "://"); isURL {
			credential, _, _ := strings.Cut(rest, "@")
			_, password, _ := strings.Cut(credential, ":")
			require.GreaterOrEqual(t, len(password), 16, name)
			values = append(values, password)
		}
	}
	outputs, err := f.stack(t).Outputs(ctx)
	require.NoError(t, err)
	searched := map[string][]byte{"stack outputs": outputs, "task definitions": f.taskDefinitions(t)}
	require.NoError(t, filepath.WalkDir(f.run, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasPrefix(path, filepath.Join(f.run, "moto")) {
			return err
		}
		searched[path], err = os.ReadFile(path)
		return err
	}))
	require.Greater(t, len(searched), 5)
	for place, content := range searched {
		for i, value := range values {
			assert.False(t, bytes.Contains(content, []byte(value)), "secret value %d is in plain text in %s", i, place)
		}
	}
}

func (f fixture) taskDefinitions(t *testing.T) []byte {
	t.Helper()
	ctx, api := context.Background(), ecs.NewFromConfig(f.aws(t))
	listed, err := api.ListTaskDefinitions(ctx, &ecs.ListTaskDefinitionsInput{})
	require.NoError(t, err)
	require.NotEmpty(t, listed.TaskDefinitionArns)
	var all bytes.Buffer
	for _, arn := range listed.TaskDefinitionArns {
		one, err := api.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(arn), Include: []ecstypes.TaskDefinitionField{"TAGS"}})
		require.NoError(t, err)
		for _, container := range one.TaskDefinition.ContainerDefinitions {
			for _, variable := range container.Environment {
				all.WriteString(aws.ToString(variable.Name) + "=" + aws.ToString(variable.Value) + "\n")
			}
			for _, secret := range container.Secrets {
				all.WriteString(aws.ToString(secret.Name) + "=" + aws.ToString(secret.ValueFrom) + "\n")
			}
		}
	}
	require.Contains(t, all.String(), "DATABASE_URL=arn:aws:secretsmanager:")
	return all.Bytes()
}

// verifies runs the command that an engineer runs after a deployment, before and while an alarm is firing.
func (f fixture) verifies(t *testing.T) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "flowcomply")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", binary, "./cmd/flowcomply")
	build.Dir = f.root
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	stack := f.stack(t)
	verify := func() (string, int) {
		cmd := exec.Command(binary, "verify", "--stack", "local", "--watch", "0")
		cmd.Dir, cmd.Env = f.root, slices.Concat(os.Environ(), stack.Environment(), stack.Emulator.Web())
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	report, code := verify()
	require.Equal(t, 0, code, report)

	opened, err := harness.Open(t.Context(), stack)
	require.NoError(t, err)
	alarm := opened.UnfedAlarm()
	state := func(value types.StateValue) {
		_, err := opened.CloudWatch().SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
			AlarmName: &alarm, StateValue: value, StateReason: aws.String("rehearsed"),
		})
		require.NoError(t, err)
	}
	state(types.StateValueAlarm)
	report, code = verify()
	assert.Equal(t, 1, code, report)
	assert.Contains(t, report, alarm)
	state(types.StateValueOk)
	report, code = verify()
	assert.Equal(t, 0, code, report)
}

// refusesAnotherAccount previews with a stack file that allows another account than the credentials have.
func (f fixture) refusesAnotherAccount(t *testing.T) {
	t.Helper()
	stack := f.stack(t)
	before, err := os.ReadFile(stack.ConfigFile())
	require.NoError(t, err)
	defer func() { require.NoError(t, os.WriteFile(stack.ConfigFile(), before, 0o600)) }()
	wrong := bytes.ReplaceAll(before, []byte(stack.Emulator.Account), []byte("999999999999"))
	require.NotEqual(t, before, wrong)
	require.NoError(t, os.WriteFile(stack.ConfigFile(), wrong, 0o600))
	said := &bytes.Buffer{}
	stack.Out = said
	_, err = stack.Preview(context.Background())
	require.Error(t, err)
	assert.Contains(t, said.String(), "AWS account ID not allowed")
	resources, err := stack.Resources(context.Background())
	require.NoError(t, err)
	assert.Greater(t, resources, 50, "the state is as it was")
}
