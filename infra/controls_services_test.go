package main

import (
	"encoding/json"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The controls on containers and their images. Each stands in controls_test.go.

var computeControls = []control{
	{number: 1, id: "ECS.2", demand: "tasks have no public address", where: "service", check: func(c held) {
		c.is(serviceType, "networkConfiguration.assignPublicIp", false)
	}},
	{number: 2, id: "ECS.3", demand: "no process namespace of the host", where: "service", check: func(c held) {
		c.is(taskType, "pidMode", nil)
	}, spoil: given(taskType, "pidMode", "host")},
	{number: 3, id: "ECS.4", demand: "no privileged container", where: "service", check: func(c held) {
		for _, one := range c.containers() {
			assert.False(c, one.Privileged, one.Name)
		}
	}, spoil: given(taskType, "containerDefinitions", `[{"privileged":true}]`)},
	{number: 4, id: "ECS.5", demand: "read-only root filesystem", where: "service", check: func(c held) {
		for _, one := range c.containers() {
			assert.True(c, one.ReadonlyRootFilesystem, one.Name)
		}
	}},
	{number: 5, id: "ECS.8", demand: "secrets come by reference, never as plain variables", where: "service", check: secretsByReference},
	{number: 6, id: "ECS.9", demand: "every container logs, without blocking", where: "service", check: func(c held) {
		for _, one := range c.containers() {
			assert.Equal(c, "awslogs", one.LogConfiguration.LogDriver, one.Name)
			assert.NotEmpty(c, one.LogConfiguration.Options["awslogs-group"], one.Name)
			assert.Equal(c, "non-blocking", one.LogConfiguration.Options["mode"], one.Name)
		}
	}},
	{number: 7, id: "ECS.10", demand: "latest Fargate platform", where: "service", check: func(c held) {
		c.is(serviceType, "platformVersion", "LATEST")
		c.is(serviceType, "launchType", "FARGATE")
	}},
	{number: 8, id: "ECS.12", demand: "Container Insights", where: "cluster", check: func(c held) {
		c.is(clusterType, "settings.0.name", "containerInsights")
		for _, r := range c.of(clusterType) {
			assert.Contains(c, []any{"enabled", "enhanced"}, r.Get("settings.0.value"), c.stack)
		}
	}},
	{number: 9, id: "ECS.17", demand: "no network of the host", where: "service", check: func(c held) {
		c.is(taskType, "networkMode", "awsvpc")
	}},
	{number: 10, id: "ECS.20", demand: "no container runs as root", where: "service", check: func(c held) {
		for _, one := range c.containers() {
			assert.Regexp(c, `^[1-9][0-9]*:[1-9][0-9]*$`, one.User, one.Name)
		}
	}},
	{number: 11, demand: "execution role is not the task role", where: "service", check: func(c held) {
		c.has(taskType, "executionRoleArn")
		for _, r := range c.of(taskType) {
			assert.NotEqual(c, r.Get("executionRoleArn"), r.Get("taskRoleArn"), r.String())
		}
	}},
	{number: 12, demand: "ECS Exec sessions are encrypted and recorded", where: "cluster", check: func(c held) {
		const at = "configuration.executeCommandConfiguration."
		c.encrypted(clusterType, at+"kmsKeyId")
		c.is(clusterType, at+"logging", "OVERRIDE")
		c.is(clusterType, at+"logConfiguration.cloudWatchEncryptionEnabled", true)
		c.has(clusterType, at+"logConfiguration.cloudWatchLogGroupName")
	}},
	{number: 13, id: "ECR.1", demand: "images are scanned on push", where: "registry", check: func(c held) {
		c.is(imagesType, "imageScanningConfiguration.scanOnPush", true)
	}},
	{number: 14, id: "ECR.2", demand: "tags are immutable", where: "registry", check: func(c held) {
		c.is(imagesType, "imageTagMutability", "IMMUTABLE")
	}},
	{number: 15, id: "ECR.3", demand: "a lifecycle policy that keeps 30 releases or more", where: "registry", check: keepsReleases},
	{number: 16, id: "ECR.5", demand: "images are encrypted with our key", where: "registry", check: func(c held) {
		c.is(imagesType, "encryptionConfigurations.0.encryptionType", "KMS")
		c.encrypted(imagesType, "encryptionConfigurations.0.kmsKey")
	}},
	{number: 17, demand: "repositories are private; critical findings are told", where: "registry, notification", check: func(c held) {
		c.none("aws:ecr/repositoryPolicy:RepositoryPolicy")
		c.none("aws:ecrpublic/repository:Repository")
		found := strings.Join(inputs(c.graph, "aws:cloudwatch/eventRule:EventRule", "eventPattern"), " ")
		assert.Contains(c, found, `"ECR Image Scan"`, c.stack)
	}},
}

func secretsByReference(c held) {
	secret := map[string]bool{}
	for _, one := range c.containers() {
		for _, from := range one.Secrets {
			secret[from.Name] = true
			assert.Regexp(c, `^arn:aws:.+:Secret/[a-z-]+:::version-of-[a-z-]+$`, from.ValueFrom, from.Name)
		}
		for _, plain := range one.Environment {
			assert.NotRegexp(c, `(SECRET|PASSWORD|TOKEN|API_KEY|DATABASE_URL|REDIS_URL)`, plain.Name, one.Name)
		}
	}
	for _, wanted := range []string{"ANTHROPIC_API_KEY", "DATABASE_URL", "JWT_SECRET", "REDIS_URL"} {
		assert.True(c, secret[wanted], "%s: %s", c.stack, wanted)
	}
}

func keepsReleases(c held) {
	policies := c.of("aws:ecr/lifecyclePolicy:LifecyclePolicy")
	assert.Len(c, policies, len(c.of(imagesType)), "one for each repository")
	for _, r := range policies {
		var policy struct {
			Rules []struct {
				Selection struct {
					TagStatus, CountType string
					CountNumber          int
				}
			}
		}
		text, _ := r.Get("policy").(string)
		require.NoError(c, json.Unmarshal([]byte(text), &policy), r.String())
		require.NotEmpty(c, policy.Rules, r.String())
		for _, rule := range policy.Rules {
			if rule.Selection.TagStatus != "untagged" {
				assert.Equal(c, "imageCountMoreThan", rule.Selection.CountType, "age would remove what runs")
				assert.GreaterOrEqual(c, rule.Selection.CountNumber, 30, r.String())
			}
		}
	}
}
