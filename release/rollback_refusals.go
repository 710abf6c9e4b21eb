package release

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/flowcomply/infrastructure/release/part"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// What a rollback refuses, and the file that does:
//   - while another update runs, or holds the lock: rollback_target.go, rollback.go
//   - a release that was never verified, or when there is none before: rollback_target.go
//   - a schema that a migration has contracted since, unless forced: schema.go
//   - a release without an image for a service of today: here
//   - images that the registry no longer has: here
//   - a stack file that the program would not take: plan.go
//   - a preview that replaces or deletes data, what everything stands on, or what is protected: here
//   - a preview that builds, takes a snapshot, migrates or runs other commands: here
//   - a preview that fails, an interrupt, or a question that nobody answers with yes: rollback.go
//   - a stack file that somebody else changed meanwhile: stackfile/file.go

// nonReplaceable are types that hold no data, but that everything needs. Replacing one is an outage, and no part of a
// release.
var nonReplaceable = []string{
	"aws:ec2/vpc:Vpc",
	"aws:ecs/cluster:Cluster",
	part.ServiceType, // its fixed name lets no second one be made before the first is gone
	"aws:lb/loadBalancer:LoadBalancer",
}

// ProtectedChanges are the steps that would replace or delete what has to stay: what holds data, what everything needs, and
// what is protected.
func ProtectedChanges(steps []Step) []Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s Step) bool {
		gone := s.Op == "replace" || s.Op == "delete"
		return !gone || !s.Protected && !slices.Contains(stacks.Stateful(), s.Type) && !slices.Contains(nonReplaceable, s.Type)
	})
}

// nonRevertibleParts says why a rollback must not run a part of a release.
var nonRevertibleParts = map[part.Part]string{
	part.Build:     "would make an image, and going back runs the old ones",
	part.Snapshot:  "would take a snapshot, and going back changes no data",
	part.Migration: "would migrate, and going back leaves the schema as it is",
	part.Other:     "would run, and may make a new secret",
}

// validateRollback returns the reasons not to make an update as a rollback, from its preview. None means that it may be
// made.
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

// checkAllServices refuses a release without an image for a service of today: that service could only be deleted, with its
// log and its images.
func checkAllServices(target Target, at situation) error {
	var reasons []string
	for _, service := range servicesOf(at.now) {
		if target.Record.Images[service].Digest == "" {
			reasons = append(reasons, fmt.Sprintf("service %s has no image in it", service))
		}
	}
	return Refuse(fmt.Sprintf("%s is not a release of all services that there are now:", target.Record.Version), reasons,
		"go back to a release that has it, or take the service out in a release of its own first")
}

// checkImages refuses a release whose images the registry no longer has.
func (c Command) checkImages(ctx context.Context, target Target, outputs outputs.Outputs) error {
	images, err := c.Connect(ctx, outputs)
	if err != nil {
		return err
	}
	var reasons []string
	for _, service := range slices.Sorted(maps.Keys(target.Record.Images)) {
		digest, repository := target.Record.Images[service].Digest, outputs.Services[service].ImageRepository
		if repository == "" {
			reasons = append(reasons, fmt.Sprintf("%s: the stack exports no repository for it", service))
			continue
		}
		missing, err := images.Missing(ctx, repository, []string{digest})
		if err != nil {
			return fmt.Errorf("ask for %s@%s: %w", repository, digest, err)
		}
		if len(missing) > 0 {
			reasons = append(reasons, fmt.Sprintf("%s: %s@%s", service, repository, digest))
		}
	}
	return Refuse(fmt.Sprintf("images of %s are gone:", target.Record.Version), reasons,
		"choose a later release (`flowcomply releases`), or release its source under a new version; registry.keepReleases says how many are kept")
}
