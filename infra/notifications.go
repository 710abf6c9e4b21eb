package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/flowcomply/infrastructure/components/notification"
	"github.com/flowcomply/infrastructure/stacks"
)

// declareNotifications declares the two topics, one that pages and one that notifies, and whom they reach.
func (e *environment) declareNotifications() (err error) {
	in := notification.Args{
		Stack: e.names.Stack, AccountID: e.spec.Account.ID, Region: e.spec.Account.Region,
		Cluster: e.names.Cluster(), RunbookURL: e.spec.RunbookURL, KeyArn: e.keys.operations.Arn,
	}
	for _, service := range e.spec.Images() {
		in.Registries = append(in.Registries, e.names.Repository(service))
	}
	if e.spec.Alerts.PagerDuty {
		in.PagerDutyEndpoint = config.New(e.ctx, "").RequireSecret(stacks.PagerDutyKey)
	}
	e.topics, err = notification.New(e.ctx, "alerts", e.spec.Alerts, in, e.aws)
	return err
}
