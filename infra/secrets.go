package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/flowcomply/infrastructure/components/secret"
)

// declareSecrets declares the application's secrets. A logical name is the variable's in kebab case.
func (e *environment) declareSecrets() error {
	for _, variable := range slices.Sorted(maps.Keys(e.spec.Secrets)) {
		name := strings.ToLower(strings.ReplaceAll(variable, "_", "-"))
		value, err := e.secretValue(name, variable)
		if err != nil {
			return fmt.Errorf("secret %s: %w", variable, err)
		}
		e.secrets[variable], err = secret.New(e.ctx, name, secret.Args{
			AccountID: e.spec.Account.ID, SecretName: e.names.Secret(variable), Value: value,
			KeyArn: e.keys.data.Arn, Protected: e.spec.Protected(),
		}, e.aws)
		if err != nil {
			return err
		}
	}
	return nil
}

//runbook:appendix.A#3-5,appendix.A#9 takes a secret from the database, the cache, a generator or the operator; no one types a connection string.
func (e *environment) secretValue(name, variable string) (pulumi.StringInput, error) {
	spec := e.spec.Secrets[variable]
	switch spec.Source {
	case secret.FromDatabase:
		return e.database.URL, nil
	case secret.FromCache:
		return e.cache.URL, nil
	case secret.FromOperator:
		return config.New(e.ctx, "").RequireSecret(variable), nil
	case secret.Generated:
		generated, err := secret.Generate(e.ctx, name+"-value", spec.Generation())
		if err != nil {
			return nil, err
		}
		return generated.Value, nil
	default:
		return nil, fmt.Errorf("unknown source %q", spec.Source)
	}
}
