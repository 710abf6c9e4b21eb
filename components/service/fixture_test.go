package service

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/record"
)

// two are the services of the runbook, as a stack file has them.
const two = `{
  "backend": {
    "image": {"context": "backend"}, "port": 3001, "cpu": 1024, "memoryMiB": 2048, "minTasks": 2, "maxTasks": 10,
    "cpuTargetPercent": 60, "memoryTargetPercent": 70,
    "health": {"path": "/api/monitoring/health", "command": ["CMD", "/app/healthcheck"], "intervalSeconds": 15, "graceSeconds": 60},
    "route": {"host": "api.flowcomply.com", "priority": 100},
    "environment": {"NODE_ENV": "production", "RATE_LIMIT_MAX": "100", "RATE_LIMIT_WINDOW_MS": "900000", "LOG_LEVEL": "info"},
    "secrets": ["REDIS_URL", "DATABASE_URL", "JWT_SECRET", "ANTHROPIC_API_KEY"],
    "access": ["mail", "database", "cache", "documents"],
    "logDays": 365, "stopTimeoutSeconds": 60, "user": "10001:10001", "writable": ["/tmp"]
  },
  "frontend": {
    "image": {"context": "frontend"}, "port": 3000, "cpu": 512, "memoryMiB": 1024, "minTasks": 2, "maxTasks": 6,
    "cpuTargetPercent": 60, "memoryTargetPercent": 70,
    "health": {"path": "/", "intervalSeconds": 15, "timeoutSeconds": 6, "failures": 2, "graceSeconds": 30},
    "route": {"host": "flowcomply.com", "priority": 200},
    "environment": {"NODE_ENV": "production", "NEXT_PUBLIC_API_URL": "https://api.flowcomply.com", "NEXT_PUBLIC_APP_NAME": "FlowComply"},
    "logDays": 365, "user": "10001:10001", "writable": ["/app/.next/cache"]
  }
}`

// third is a worker: no port, no route, and no health check of its own.
const third = `{
  "worker": {
    "image": {"context": "backend", "target": "worker"}, "cpu": 256, "memoryMiB": 512, "minTasks": 1, "maxTasks": 3,
    "cpuTargetPercent": 60, "memoryTargetPercent": 70, "health": {"intervalSeconds": 30, "graceSeconds": 0},
    "secrets": ["REDIS_URL"], "access": ["cache"], "logDays": 30, "user": "10001:10001"
  }
}`

// parse decodes services as strictly as the stack file is decoded.
func parse(t testing.TB, texts ...string) Set {
	t.Helper()
	all := Set{}
	for _, text := range texts {
		var some Set
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&some))
		maps.Copy(all, some)
	}
	return all
}

// validArgs are what infra supplies for a service of that name; the same for all but the names.
func validArgs(name string) Args {
	secrets := map[string]Secret{}
	for _, key := range []string{"DATABASE_URL", "REDIS_URL", "JWT_SECRET", "ANTHROPIC_API_KEY"} {
		arn := "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:flowcomply-production/" + key
		secrets[key] = Secret{Arn: pulumi.String(arn), ValueFrom: pulumi.String(arn + ":::v1")}
	}
	return Args{
		Stack: "flowcomply-production", Service: name + "-service", Family: "flowcomply-" + name, LogGroup: "/ecs/flowcomply-" + name,
		Region: "ap-southeast-2", AccountID: "123456789012",
		ClusterArn: pulumi.String("arn:cluster"), ClusterName: "flowcomply-production",
		VpcID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
		Image: Image{
			Ref:    pulumi.String("123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-" + name + "@" + record.Digest),
			Digest: pulumi.String(record.Digest), Version: "v1.0.0",
		},
		RepositoryArn: pulumi.String("arn:repository/flowcomply-" + name),
		SecretRefs:    secrets,
		Permissions: map[string]Permission{
			AccessDatabase: {SecurityGroupID: pulumi.String("sg-database"), Port: 5432},
			AccessCache:    {SecurityGroupID: pulumi.String("sg-cache"), Port: 6379},
			AccessDocuments: {
				Arns:        pulumi.ToStringArray([]string{"arn:aws:s3:::documents"}),
				Environment: map[string]pulumi.StringInput{"AWS_S3_BUCKET_NAME": pulumi.String("documents")},
			},
			AccessMail: {
				Arns:        pulumi.ToStringArray([]string{"arn:identity", "arn:configuration-set"}),
				FromAddress: "noreply@flowcomply.com",
				Environment: map[string]pulumi.StringInput{"AWS_SES_FROM_EMAIL": pulumi.String("noreply@flowcomply.com")},
			},
		},
		LoadBalancer: LoadBalancer{
			ListenerArn: pulumi.String("arn:listener"), SecurityGroupID: pulumi.String("sg-balancer"), ArnSuffix: pulumi.String("app/main/1"),
			Alarms: &alarm.Set{
				Names:    []string{"flowcomply-production-front-error-rate", "flowcomply-production-front-rejected-connections"},
				Rollback: []string{"flowcomply-production-front-error-rate"},
			},
		},
		KeyArn: pulumi.String("arn:key/data"), LogKeyArn: pulumi.String("arn:key/operations"), ExecLogGroupArn: pulumi.String("arn:exec-log"),
		Alarms: alarm.Args{
			Stack: "flowcomply-production", RunbookURL: "https://example.com/alarms.md",
			PageTopicArn: pulumi.String("arn:page"), NotifyTopicArn: pulumi.String("arn:notify"),
		},
		Protected: true,
	}
}

// declare runs New for every service of the set, as infra does: in one loop that knows no name.
func declare(t testing.TB, all Set, options ...record.Option) (*record.Graph, map[string]*Service) {
	t.Helper()
	declared := map[string]*Service{}
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			svc, err := New(ctx, name, all[name], validArgs(name))
			if err != nil {
				return err
			}
			declared[name] = svc
		}
		return nil
	}, options...)
	return graph, declared
}

// only is the set with just that service.
func only(all Set, name string) Set { return Set{name: all[name]} }
