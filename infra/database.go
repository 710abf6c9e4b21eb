package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/stacks"
)

func (e *environment) declareDatabase() error {
	password, err := secret.Generate(e.ctx, "database-password", secret.GenerateSpec{
		Bytes: secret.DefaultBytes, Rotation: e.spec.Database.PasswordRotation,
	})
	if err != nil {
		return err
	}
	e.database, err = database.New(e.ctx, "database", e.spec.Database, database.Args{
		AccountID: e.spec.Account.ID, Region: e.spec.Account.Region,
		Identifiers: e.names.Databases(), DatabaseName: stacks.DatabaseName, Username: stacks.DatabaseUser,
		VpcID: e.network.VpcID, SubnetIDs: e.network.DataSubnetIDs,
		KeyArn: e.keys.data.Arn, LogKeyArn: e.keys.operations.Arn, OperationsTopicArn: e.topics.NotifyTopicArn,
		Password: password.Value, Protected: e.spec.Protected(),
	}, e.aws)
	return err
}

// databaseIdentifier is the name of the database in use, known once the instance exists.
func (e *environment) databaseIdentifier() pulumi.StringOutput {
	return e.database.Arn.ApplyT(func(string) string { return e.database.Identifier }).(pulumi.StringOutput)
}
