package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/cache"
	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// stores is what holds data, and the secrets that open it.
type stores struct {
	database *database.Database
	cache    *cache.Cache
	secrets  map[string]*secret.Secret // by environment variable
}

func newStores(env environment, ground *ground) (*stores, error) {
	made := &stores{secrets: map[string]*secret.Secret{}}
	if err := made.postgres(env, ground); err != nil {
		return nil, err
	}
	if err := made.redis(env, ground); err != nil {
		return nil, err
	}
	for _, variable := range slices.Sorted(maps.Keys(env.spec.Secrets)) {
		if err := made.secret(env, ground, variable); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func (s *stores) postgres(env environment, ground *ground) error {
	password, err := secret.Generate(env.ctx, "database-password", secret.GenerateSpec{
		Bytes: secret.DefaultBytes, Rotation: env.spec.Database.PasswordRotation,
	})
	if err != nil {
		return err
	}
	s.database, err = database.New(env.ctx, "database", env.spec.Database, database.Args{
		AccountID: env.spec.Account.ID, Region: env.spec.Account.Region,
		Identifiers: env.names.Databases(), DatabaseName: stacks.DatabaseName, Username: stacks.DatabaseUser,
		VpcID: ground.network.VpcID, SubnetIDs: ground.network.DataSubnetIDs,
		KeyArn: ground.data.Arn, LogKeyArn: ground.operations.Arn, OperationsTopicArn: ground.topics.NotifyTopicArn,
		Password: password.Value, Protected: env.spec.Protected(),
	}, env.aws)
	return err
}

// identifier is the name of the database in use, once that is there.
func (s *stores) identifier() pulumi.StringOutput {
	return s.database.Arn.ApplyT(func(string) string { return s.database.Identifier }).(pulumi.StringOutput)
}

func (s *stores) redis(env environment, ground *ground) error {
	token, err := secret.Generate(env.ctx, "cache-token", secret.GenerateSpec{
		Bytes: secret.DefaultBytes, Rotation: env.spec.Cache.TokenRotation,
	})
	if err != nil {
		return err
	}
	s.cache, err = cache.New(env.ctx, "cache", env.spec.Cache, cache.Args{
		ReplicationGroupID: env.names.Cache(),
		VpcID:              ground.network.VpcID, SubnetIDs: ground.network.DataSubnetIDs,
		KeyArn: ground.data.Arn, LogKeyArn: ground.operations.Arn, Token: token.Value, Protected: env.spec.Protected(),
	}, env.aws)
	return err
}

// secret declares one of the application's secrets. The logical name is the variable's in kebab case.
func (s *stores) secret(env environment, ground *ground, variable string) error {
	name := strings.ToLower(strings.ReplaceAll(variable, "_", "-"))
	value, err := s.value(env, name, variable)
	if err != nil {
		return fmt.Errorf("secret %s: %w", variable, err)
	}
	s.secrets[variable], err = secret.New(env.ctx, name, secret.Args{
		AccountID: env.spec.Account.ID, SecretName: env.names.Secret(variable), Value: value,
		KeyArn: ground.data.Arn, Protected: env.spec.Protected(),
	}, env.aws)
	return err
}

//runbook:appendix.A#3-5,appendix.A#9 takes a secret from the database, the cache, a generator or the operator; no one types a connection string.
func (s *stores) value(env environment, name, variable string) (pulumi.StringInput, error) {
	spec := env.spec.Secrets[variable]
	switch spec.Source {
	case secret.FromDatabase:
		return s.database.URL, nil
	case secret.FromCache:
		return s.cache.URL, nil
	case secret.FromOperator:
		return config.New(env.ctx, "").RequireSecret(variable), nil
	case secret.Generated:
		made, err := secret.Generate(env.ctx, name+"-value", spec.Generation())
		if err != nil {
			return nil, err
		}
		return made.Value, nil
	default:
		return nil, fmt.Errorf("unknown source %q", spec.Source)
	}
}
