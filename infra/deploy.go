package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/cache"
	"github.com/flowcomply/infrastructure/components/cluster"
	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/mail"
	"github.com/flowcomply/infrastructure/components/network"
	"github.com/flowcomply/infrastructure/components/notification"
	"github.com/flowcomply/infrastructure/components/registry"
	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/stacks"
)

// program reads the stack file, declares everything and exports what was verified. Wrong configuration declares nothing.
// A program that fails exports nothing, and the engine then keeps the outputs that the stack has.
func program(ctx *pulumi.Context, source stacks.Source) error {
	spec, err := stacks.Load(source)
	if err != nil {
		return fmt.Errorf("configuration of stack %s:\n%w", ctx.Stack(), err)
	}
	exports, err := deploy(ctx, spec, source.Fingerprint())
	if err != nil {
		return err
	}
	for key, value := range exports {
		ctx.Export(key, value)
	}
	return nil
}

// environment is what one environment is made from, and what has been declared of it so far. Each area has a file of its
// name, with the method that declares it.
type environment struct {
	ctx      *pulumi.Context
	spec     stacks.Spec
	names    stacks.Names
	release  release
	provider *aws.Provider
	aws      pulumi.ResourceOption // the one provider, for components, which hand it down

	keys     keys
	topics   *notification.Topics
	network  *network.Network
	storage  storage
	database *database.Database
	cache    *cache.Cache
	secrets  map[string]*secret.Secret // by environment variable
	ingress  ingress
	mail     *mail.Mail
	cluster  *cluster.Cluster
	alarms   []*alarm.Set

	// by service
	repositories map[string]*registry.Registry
	images       map[string]*image.Image
	services     map[string]*service.Service

	migratedBy pulumi.StringOutput   // the task definition that the database's schema was brought about with
	leftOut    []pulumi.StringOutput // what preflight, snapshot and migration say of an update that did not make them
}

// deploy declares one environment, area by area: what is above is wired into what is below. The steps of a release come in this
// order: preflight (preflight.go), snapshot, migration and services (services.go), verification (verification.go).
//
//runbook:overview#1 is the instructions: each part waits for what it is wired to, and a preview shows all of it.
func deploy(ctx *pulumi.Context, spec stacks.Spec, fingerprint string) (pulumi.Map, error) {
	provider, err := newProvider(ctx, spec)
	if err != nil {
		return nil, err
	}
	release, err := newRelease(ctx, spec, fingerprint, pulumi.Provider(provider))
	if err != nil {
		return nil, err
	}
	e := &environment{
		ctx: ctx, spec: spec, names: spec.Names(), release: release,
		provider: provider, aws: pulumi.Providers(provider),
		secrets: map[string]*secret.Secret{}, repositories: map[string]*registry.Registry{},
		images: map[string]*image.Image{}, services: map[string]*service.Service{},
	}
	for _, declare := range []func() error{
		e.declarePreflight,
		e.declareKeys,
		e.declareNotifications,
		e.declareNetwork,
		e.declareStorage,
		e.declareDatabase,
		e.declareCache,
		e.declareSecrets,
		e.declareIngress,
		e.declareMail,
		e.declareImages,
		e.declareServices,
		e.declareMonitoring,
	} {
		if err := declare(); err != nil {
			return nil, err
		}
	}
	wanted, err := e.outputs()
	if err != nil {
		return nil, err
	}
	return e.declareVerification(wanted)
}
