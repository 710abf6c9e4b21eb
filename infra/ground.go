package main

import (
	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/bucket"
	"github.com/flowcomply/infrastructure/components/key"
	"github.com/flowcomply/infrastructure/components/network"
	"github.com/flowcomply/infrastructure/components/notification"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// ground is what everything else stands on: keys, topics, the network and the buckets.
type ground struct {
	data, operations *key.Key
	topics           *notification.Topics
	network          *network.Network
	logs             *bucket.Logs
	documents        *bucket.Documents
}

func newGround(env environment) (*ground, error) {
	made := &ground{}
	for _, step := range []func(environment) error{made.keys, made.alerts, made.vpc, made.buckets} {
		if err := step(env); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// keys are two: what holds data, and what operators read. A reader of logs needs no key to the documents.
func (g *ground) keys(env environment) (err error) {
	in := key.Args{AccountID: env.spec.Account.ID, Region: env.spec.Account.Region, Protected: env.spec.Protected()}
	g.data, err = key.New(env.ctx, "data", key.Spec{
		Description: env.names.Stack + ": database, cache, documents, secrets, images",
		Alias:       env.names.DataKeyAlias(),
	}, in, env.aws)
	if err != nil {
		return err
	}
	g.operations, err = key.New(env.ctx, "operations", key.Spec{
		Description: env.names.Stack + ": logs and notifications",
		Alias:       env.names.OperationsKeyAlias(),
		Services: []string{
			"logs." + env.spec.Account.Region + ".amazonaws.com",
			"cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com", "events.rds.amazonaws.com",
		},
	}, in, env.aws)
	return err
}

func (g *ground) alerts(env environment) (err error) {
	in := notification.Args{
		Stack: env.names.Stack, AccountID: env.spec.Account.ID, Region: env.spec.Account.Region,
		Cluster: env.names.Cluster(), RunbookURL: env.spec.RunbookURL, KeyArn: g.operations.Arn,
	}
	for _, service := range env.spec.Images() {
		in.Registries = append(in.Registries, env.names.Repository(service))
	}
	if env.spec.Alerts.PagerDuty {
		in.PagerDutyEndpoint = config.New(env.ctx, "").RequireSecret(stacks.PagerDutyKey)
	}
	g.topics, err = notification.New(env.ctx, "alerts", env.spec.Alerts, in, env.aws)
	return err
}

func (g *ground) vpc(env environment) (err error) {
	g.network, err = network.New(env.ctx, "main", env.spec.Network, network.Args{
		AccountID: env.spec.Account.ID, Region: env.spec.Account.Region, LogKeyArn: g.operations.Arn, Label: env.names.Stack,
		Protected: env.spec.Protected(),
	}, env.aws)
	return err
}

func (g *ground) buckets(env environment) (err error) {
	g.logs, err = bucket.NewLogs(env.ctx, "logs", env.spec.Logs, bucket.LogsArgs{
		AccountID: env.spec.Account.ID, Region: env.spec.Account.Region, BucketName: env.names.LogsBucket(),
		Sources: []string{env.names.DocumentsBucket()}, Protected: env.spec.Protected(),
	}, env.aws)
	if err != nil {
		return err
	}
	g.documents, err = bucket.NewDocuments(env.ctx, "documents", env.spec.Documents, bucket.DocumentsArgs{
		BucketName: env.names.DocumentsBucket(), KeyArn: g.data.Arn, LogBucket: g.logs.Name, Protected: env.spec.Protected(),
	}, env.aws)
	return err
}

// alarms is what every set of alarms is wired with.
func (g *ground) alarms(env environment) alarm.Args {
	return alarm.Args{
		Stack: env.names.Stack, RunbookURL: env.spec.RunbookURL,
		PageTopicArn: g.topics.PageTopicArn, NotifyTopicArn: g.topics.NotifyTopicArn,
	}
}
