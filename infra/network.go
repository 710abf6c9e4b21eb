package main

import "github.com/flowcomply/infrastructure/components/network"

func (e *environment) declareNetwork() (err error) {
	e.network, err = network.New(e.ctx, "main", e.spec.Network, network.Wiring{
		AccountID: e.spec.Account.ID, Region: e.spec.Account.Region, LogKeyArn: e.keys.operations.Arn,
		Label: e.names.Stack, Protected: e.spec.Protected(),
	}, e.aws)
	return err
}
