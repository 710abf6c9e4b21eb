package main

import (
	"fmt"

	"github.com/flowcomply/infrastructure/stacks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// program reads the stack file, declares everything and exports what was verified. Configuration that is wrong in any
// place declares nothing. A program that fails exports nothing, and the engine then keeps the outputs that the stack has.
func program(ctx *pulumi.Context, source stacks.Source) error {
	spec, err := stacks.Load(source)
	if err != nil {
		return fmt.Errorf("configuration of stack %s:\n%w", ctx.Stack(), err)
	}
	outputs, err := deploy(ctx, spec, source.Fingerprint())
	if err != nil {
		return err
	}
	for key, value := range outputs {
		ctx.Export(key, value)
	}
	return nil
}

// environment is what every part of the program is given.
type environment struct {
	ctx     *pulumi.Context
	spec    stacks.Spec
	names   stacks.Names
	release release
	aws     pulumi.ResourceOption // the one provider, for components, which hand it down

	preflightLeftOut pulumi.StringOutput // what preflight says of an update that did not make it
}

// deploy declares one environment. It reads from the ground up: what is below is wired into what is above.
//
//runbook:overview#1 is the instructions: each part waits for what it is wired to, and a preview shows all of it.
func deploy(ctx *pulumi.Context, spec stacks.Spec, fingerprint string) (pulumi.Map, error) {
	aws, err := newProvider(ctx, spec)
	if err != nil {
		return nil, err
	}
	planned, err := newRelease(ctx, spec, pulumi.Provider(aws))
	if err != nil {
		return nil, err
	}
	planned.config = fingerprint
	env := environment{ctx: ctx, spec: spec, names: spec.Names(), aws: pulumi.Providers(aws), release: planned}

	if env.preflightLeftOut, err = newPreflight(env); err != nil {
		return nil, err
	}
	ground, err := newGround(env)
	if err != nil {
		return nil, err
	}
	stores, err := newStores(env, ground)
	if err != nil {
		return nil, err
	}
	front, err := newFront(env, ground)
	if err != nil {
		return nil, err
	}
	workloads, err := newWorkloads(env, ground, stores, front, aws)
	if err != nil {
		return nil, err
	}
	watch, err := newWatch(env, ground, stores, front, workloads)
	if err != nil {
		return nil, err
	}
	wanted, err := exports(env, ground, stores, front, workloads, watch)
	if err != nil {
		return nil, err
	}
	return newVerification(env, front, workloads, watch, wanted)
}
