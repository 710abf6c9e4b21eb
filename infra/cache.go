package main

import (
	"github.com/flowcomply/infrastructure/components/cache"
	"github.com/flowcomply/infrastructure/components/secret"
)

func (e *environment) declareCache() error {
	token, err := secret.Generate(e.ctx, "cache-token", secret.GenerateSpec{
		Bytes: secret.DefaultBytes, Rotation: e.spec.Cache.TokenRotation,
	})
	if err != nil {
		return err
	}
	e.cache, err = cache.New(e.ctx, "cache", e.spec.Cache, cache.Wiring{
		ReplicationGroupID: e.names.Cache(),
		VpcID:              e.network.VpcID, SubnetIDs: e.network.DataSubnetIDs,
		KeyArn: e.keys.data.Arn, LogKeyArn: e.keys.operations.Arn, Token: token.Value, Protected: e.spec.Protected(),
	}, e.aws)
	return err
}
