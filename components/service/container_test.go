package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests show the text that ECS is given. That ECS gives the same text back is taken from its documentation
// and from what others saw (see container); only a second update of a running stack shows it.

// definition is the container definitions of a declared service, as text.
func definition(t *testing.T, graph *record.Graph, name string) string {
	t.Helper()
	return graph.One(t, taskType, name+"-task").Get("containerDefinitions").(string)
}

// decoded is the only container of a declared service.
func decoded(t *testing.T, graph *record.Graph, name string) container {
	t.Helper()
	var all []container
	require.NoError(t, json.Unmarshal([]byte(definition(t, graph, name)), &all))
	require.Len(t, all, 1)
	return all[0]
}

func TestContainer_IsWrittenAsECSGivesItBack(t *testing.T) {
	all := parse(t, two, third)
	graph, _ := declare(t, all)
	for name := range all {
		var pretty bytes.Buffer
		require.NoError(t, json.Indent(&pretty, []byte(definition(t, graph, name)), "", "  "))
		record.Golden(t, name+".container.json", pretty.String()+"\n")
	}
}

func TestContainer_IsConfined(t *testing.T) {
	all := parse(t, two, third)
	graph, _ := declare(t, all)
	for name := range all {
		c := decoded(t, graph, name)
		assert.True(t, c.ReadonlyRootFilesystem, name)
		assert.Equal(t, "10001:10001", c.User, name)
		assert.Equal(t, map[string]any{
			"capabilities": map[string]any{"add": []any{}, "drop": []any{"ALL"}}, "initProcessEnabled": true,
		}, c.LinuxParameters, name)
		assert.Equal(t, "enabled", c.VersionConsistency, name)
		assert.NotContains(t, definition(t, graph, name), "privileged")
		assert.Equal(t, map[string]any{"logDriver": "awslogs", "secretOptions": []any{}, "options": map[string]any{
			"awslogs-group": "/ecs/flowcomply-" + name, "awslogs-region": "ap-southeast-2", "awslogs-stream-prefix": name,
			"mode": "non-blocking", "max-buffer-size": "25m",
		}}, c.LogConfiguration)

		task := graph.One(t, taskType, name+"-task")
		assert.Equal(t, "awsvpc", task.Get("networkMode"))
		assert.Nil(t, task.Get("pidMode"))
		assert.Nil(t, task.Get("ipcMode"))
		assert.Equal(t, []any{"FARGATE"}, task.Get("requiresCompatibilities"))
		assert.Equal(t, map[string]any{"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}, task.Get("runtimePlatform"))
		assert.Equal(t, true, task.Get("skipDestroy"), "old revisions are what a rollback runs")
		assert.Equal(t, "flowcomply-"+name, task.Get("family"))
		assert.Equal(t, map[string]any{"Version": "v1.0.0"}, task.Get("tags"))
	}
	assert.Equal(t, "linux/amd64", Platform, "images and tasks have to agree: X86_64 is amd64")
}

func TestContainer_SecretsAreReferences(t *testing.T) {
	graph, _ := declare(t, parse(t, two, third))
	assert.Equal(t, []secretVariable{
		{"ANTHROPIC_API_KEY", secretsOf + "ANTHROPIC_API_KEY:::v1"}, {"DATABASE_URL", secretsOf + "DATABASE_URL:::v1"},
		{"JWT_SECRET", secretsOf + "JWT_SECRET:::v1"}, {"REDIS_URL", secretsOf + "REDIS_URL:::v1"},
	}, decoded(t, graph, "backend").Secrets)
	assert.Empty(t, decoded(t, graph, "frontend").Secrets)
	for _, v := range decoded(t, graph, "backend").Environment {
		assert.False(t, isSecret(v.Name, v.Value), v.Name)
	}
}

func TestContainer_EnvironmentIsWhatTheRunbookLists(t *testing.T) {
	graph, _ := declare(t, parse(t, two, third))
	assert.Equal(t, []variable{
		{"AWS_REGION", "ap-southeast-2"}, {"AWS_S3_BUCKET_NAME", "documents"}, {"AWS_SES_FROM_EMAIL", "noreply@flowcomply.com"},
		{"IMAGE_DIGEST", record.Digest}, {"LOG_LEVEL", "info"}, {"NODE_ENV", "production"}, {"PORT", "3001"}, {"RATE_LIMIT_MAX", "100"}, {"RATE_LIMIT_WINDOW_MS", "900000"},
	}, decoded(t, graph, "backend").Environment)
	assert.Equal(t, []variable{{"AWS_REGION", "ap-southeast-2"}, {"IMAGE_DIGEST", record.Digest}}, decoded(t, graph, "worker").Environment)
}

func TestContainer_EveryMountHasItsVolume(t *testing.T) {
	all := parse(t, two, third)
	graph, _ := declare(t, all)
	for name, spec := range all {
		var volumes []string
		for _, v := range graph.One(t, taskType, name+"-task").Get("volumes").([]any) {
			assert.Len(t, v, 1, "an empty volume has a name and nothing else")
			volumes = append(volumes, v.(map[string]any)["name"].(string))
		}
		var mounted, paths []string
		for _, m := range decoded(t, graph, name).MountPoints {
			assert.False(t, m.ReadOnly)
			mounted, paths = append(mounted, m.SourceVolume), append(paths, m.ContainerPath)
		}
		assert.ElementsMatch(t, volumes, mounted)
		assert.Subset(t, paths, spec.Writable)
		assert.Subset(t, paths, agentDirectories, "without these ECS Exec does not start")
		assert.Len(t, paths, len(spec.Writable)+len(agentDirectories))
	}
}

// Whatever order maps and lists come in, the text is the same: any other text would be a new revision.
func TestContainer_OrderNeverMatters(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		spec := Spec{CPU: 256, MemoryMiB: 512, User: "1:1"}
		var keys []string
		for i := range random.IntN(12) {
			keys = append(keys, fmt.Sprintf("KEY_%c%d", 'A'+random.IntN(26), i))
			spec.Writable = append(spec.Writable, fmt.Sprintf("/w%d/x%d", random.IntN(9), i))
		}
		write := func() string {
			f := containerInputs{name: "x", spec: spec, image: "r@" + record.Digest, environment: map[string]string{}, secrets: map[string]string{}}
			random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			f.spec.Writable = append([]string(nil), spec.Writable...)
			random.Shuffle(len(f.spec.Writable), func(i, j int) {
				f.spec.Writable[i], f.spec.Writable[j] = f.spec.Writable[j], f.spec.Writable[i]
			})
			for _, key := range keys {
				f.environment[key], f.secrets["S"+key] = "value of "+key, "arn of "+key
			}
			text, err := definitions(f)
			require.NoError(t, err)
			return text
		}
		first, second := write(), write()
		require.Equal(t, first, second, "round %d", round)
	}
}

func TestContainer_AnyFactChangesTheText(t *testing.T) {
	base := func() containerInputs {
		return containerInputs{
			name: "x", spec: Spec{Port: 3000, CPU: 256, MemoryMiB: 512, User: "1:1", Health: Health{Command: []string{"CMD", "/h"}}},
			image: "r@" + record.Digest, environment: map[string]string{"A": "1"}, secrets: map[string]string{"B": "arn"}, logGroup: "g", region: "r",
		}
	}
	first, err := definitions(base())
	require.NoError(t, err)
	for name, change := range map[string]func(*containerInputs){
		"name": func(f *containerInputs) { f.name = "y" }, "port": func(f *containerInputs) { f.spec.Port = 1 }, "cpu": func(f *containerInputs) { f.spec.CPU = 1 },
		"memory": func(f *containerInputs) { f.spec.MemoryMiB = 1 }, "user": func(f *containerInputs) { f.spec.User = "2:2" },
		"image":       func(f *containerInputs) { f.image = "s@" + record.Digest },
		"environment": func(f *containerInputs) { f.environment["A"] = "2" }, "secret": func(f *containerInputs) { f.secrets["B"] = "other" },
		"log group": func(f *containerInputs) { f.logGroup = "h" }, "region": func(f *containerInputs) { f.region = "s" },
		"stop timeout": func(f *containerInputs) { f.spec.StopTimeoutSeconds = 99 }, "writable": func(f *containerInputs) { f.spec.Writable = []string{"/w"} },
		"command": func(f *containerInputs) { f.spec.Health.Command = nil }, "grace": func(f *containerInputs) { f.spec.Health.GraceSeconds = 9 },
		"interval": func(f *containerInputs) { f.spec.Health.IntervalSeconds = 9 }, "failures": func(f *containerInputs) { f.spec.Health.Failures = 9 },
		"timeout": func(f *containerInputs) { f.spec.Health.TimeoutSeconds = 9 },
	} {
		f := base()
		change(&f)
		text, err := definitions(f)
		require.NoError(t, err)
		assert.NotEqual(t, first, text, name)
	}
}

func TestContainer_RefusesAnImageWithoutDigest(t *testing.T) {
	for _, image := range []string{
		"", "repository", "repository:latest", "repository:v1.0.0", "<none>@<none>", "repository@sha256:123", "@" + record.Digest,
		"repository@" + record.Digest + "0", "two words@" + record.Digest,
	} {
		_, err := definitions(containerInputs{image: image})
		require.ErrorContains(t, err, "is not addressed by digest", image)
	}
	in := validArgs("backend")
	in.Image.Ref = pulumi.String("repository:v1.0.0")
	graph, err := record.Try(func(ctx *pulumi.Context) error {
		_, err := New(ctx, "backend", parse(t, two)["backend"], in)
		return err
	})
	require.Error(t, err)
	assert.Empty(t, graph.Of(taskType), "no revision may be registered")
	assert.Empty(t, graph.Of(serviceType))
}
