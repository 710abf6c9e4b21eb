package main

import "github.com/flowcomply/infrastructure/components/key"

// keys are two: one for what holds data, one for what operators read. A reader of logs needs no key to the documents.
type keys struct{ data, operations *key.Key }

func (e *environment) declareKeys() (err error) {
	in := key.Args{
		AccountID: e.spec.Account.ID, Region: e.spec.Account.Region, Protected: e.spec.Protected(), HeldData: e.spec.IsProduction(),
	}
	e.keys.data, err = key.New(e.ctx, "data", key.Spec{
		Description: e.names.Stack + ": database, cache, documents, secrets, images",
		Alias:       e.names.DataKeyAlias(),
	}, in, e.aws)
	if err != nil {
		return err
	}
	e.keys.operations, err = key.New(e.ctx, "operations", key.Spec{
		Description: e.names.Stack + ": logs and notifications",
		Alias:       e.names.OperationsKeyAlias(),
		Services: []string{
			"logs." + e.spec.Account.Region + ".amazonaws.com",
			"cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com", "events.rds.amazonaws.com",
		},
	}, in, e.aws)
	return err
}
