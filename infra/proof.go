package main

import (
	"maps"
	"slices"

	"github.com/flowcomply/infrastructure/components/check"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// proven declares the look at what the update has made, the last resource of all, and returns the exports, which are
// there only once it has passed: an update that succeeded is one that was proven.
func proven(env environment, front *front, workloads *workloads, watch *watch, made pulumi.Map) (pulumi.Map, error) {
	if env.spec.Database.Held() {
		return made, nil // nothing runs that could be asked; the release is the one that was proven
	}
	after := slices.Concat(front.balancer.Open, watch.resources())
	for _, name := range slices.Sorted(maps.Keys(workloads.services)) {
		after = append(after, workloads.services[name].Deployed...)
	}
	arguments := []string{"--outputs", "-", "--format", "json", "--in-update"}
	verified, err := check.New(env.ctx, "verify", check.Wiring{
		Program: "./verify/cmd/verify", Arguments: arguments, Question: pulumi.JSONMarshal(made), After: after,
	})
	if err != nil {
		return nil, err
	}
	exports := pulumi.Map{}
	for key, value := range made {
		exports[key] = pulumi.All(value, verified.Report).ApplyT(func(all []any) any { return all[0] })
	}
	return exports, nil
}
