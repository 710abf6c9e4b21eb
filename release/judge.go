package release

import (
	"fmt"
	"slices"

	"github.com/flowcomply/infrastructure/release/part"
	"github.com/flowcomply/infrastructure/stacks"
)

// nonReplaceable hold no data, but nothing is reached without them: another one is an outage, and no part of a release.
var nonReplaceable = []string{
	"aws:ec2/vpc:Vpc",
	"aws:ecs/cluster:Cluster",
	part.ServiceType, // its fixed name lets no second one be made before the first is gone
	"aws:lb/loadBalancer:LoadBalancer",
}

// ProtectedChanges are the steps that would replace or delete what has to stay: what holds data, what everything stands on, and
// what is protected.
func ProtectedChanges(steps []Step) []Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s Step) bool {
		gone := s.Op == "replace" || s.Op == "delete"
		return !gone || !s.Protected && !slices.Contains(stacks.Stateful(), s.Type) && !slices.Contains(nonReplaceable, s.Type)
	})
}

// nonRevertibleParts says why a part of a release has no place in going back.
var nonRevertibleParts = map[part.Part]string{
	part.Build:     "would make an image, and going back runs the old ones",
	part.Snapshot:  "would take a snapshot, and going back changes no data",
	part.Migration: "would migrate, and going back leaves the schema as it is",
	part.Other:     "would run, and may make a new secret",
}

// validateRollback tells why an update may not be made to go back, by what the engine says it would do; nothing when it may.
func validateRollback(steps []Step) []string {
	var reasons []string
	for _, step := range ProtectedChanges(steps) {
		why := "and holds data or is what others stand on"
		if step.Protected {
			why = "and is protected"
		}
		reasons = append(reasons, fmt.Sprintf("%s: must stay, %s", step, why))
	}
	for _, step := range steps {
		if why, forbidden := nonRevertibleParts[step.Part()]; forbidden && step.Runs() {
			reasons = append(reasons, fmt.Sprintf("%s: %s", step, why))
		}
	}
	return reasons
}

// Counts are how many steps do the work of each part.
func Counts(steps []Step) map[part.Part]int {
	counts := map[part.Part]int{}
	for _, step := range steps {
		if step.Runs() {
			counts[step.Part()]++
		}
	}
	return counts
}

// Names are the names of the steps that do the work of a part, in order.
func Names(steps []Step, of part.Part) []string {
	var names []string
	for _, step := range steps {
		if step.Part() == of && step.Runs() {
			names = append(names, step.Name)
		}
	}
	return names
}
