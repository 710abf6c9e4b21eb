package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/app"
	"github.com/flowcomply/infrastructure/local/engine"
)

// changed is the service whose image a rehearsal changes.
const changed = "backend"

// Rehearse applies a stack file to a fresh emulated AWS, previews it again, changes one image, and destroys it.
// It fails as soon as one of these does not do exactly what it should.
func (r Run) Rehearse(ctx context.Context) error {
	if err := r.Fresh(ctx, r.steps); err != nil {
		return err
	}
	fmt.Fprintf(r.Out, "\nThe rehearsal of %s went as it should.\n", r.Stack)
	return nil
}

// Fresh prepares the run's stack, with nothing applied yet, on an empty emulated AWS, hands it over, and removes
// everything of the run afterwards, however that went.
func (r Run) Fresh(ctx context.Context, use func(context.Context, engine.Stack) error) (err error) {
	held, err := r.lock()
	if err != nil {
		return err
	}
	defer held.Close()
	defer os.Remove(held.Name())       // while it is held: afterwards it may be somebody else's
	if err := r.remove(); err != nil { // what an interrupted run left
		return err
	}
	defer func() { err = errors.Join(err, r.remove()) }()
	stack, err := r.prepare(ctx)
	if err != nil {
		return err
	}
	return use(ctx, stack)
}

func (r Run) steps(ctx context.Context, stack engine.Stack) error {
	for i, step := range []struct {
		name string
		do   func(context.Context, engine.Stack) error
	}{
		{"apply Pulumi." + r.Stack + ".yaml to an empty AWS", r.apply},
		{"preview again: nothing may change", r.unchanged},
		{"release a new version in which only the " + changed + " differs", r.changeOneImage},
		{"preview again: nothing may change", r.unchanged},
		{"destroy", r.destroy},
	} {
		fmt.Fprintf(r.Out, "\n== rehearsal of %s, step %d: %s\n", r.Stack, i+1, step.name)
		begin := time.Now()
		if err := step.do(ctx, stack); err != nil {
			return fmt.Errorf("rehearsal of %s: step %d, %s: %w", r.Stack, i+1, step.name, err)
		}
		fmt.Fprintf(r.Out, "== done in %s\n", time.Since(begin).Round(time.Second))
	}
	return nil
}

func (r Run) apply(ctx context.Context, stack engine.Stack) error {
	changes, err := stack.Up(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.Out, "%d resources\n", len(changes))
	return nil
}

// unchanged reads everything back from AWS before it compares, so that drift counts too.
func (r Run) unchanged(ctx context.Context, stack engine.Stack) error {
	changes, err := stack.Preview(ctx, "--refresh")
	if err != nil {
		return err
	}
	if len(changes) > 0 {
		return fmt.Errorf("the second preview would change:\n%s", list(changes))
	}
	return nil
}

// changeOneImage shows that a release touches what it must and nothing else: each image gets the new tag, but only
// the changed one a new digest, and with it a new task definition and a deployment.
func (r Run) changeOneImage(ctx context.Context, stack engine.Stack) error {
	if err := app.Change(filepath.Join(r.Root, r.source()), changed, "rehearsed"); err != nil {
		return err
	}
	if err := stack.Set(ctx, "flowcomply:release.version", "v1000.0.0", false); err != nil {
		return err
	}
	changes, err := stack.Up(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(r.Out, list(changes))
	return OnlyTheImage(changes)
}

// expected maps each change that a new version with one changed image may make to whether it has to.
var expected = map[string]bool{
	"update docker:index/image:Image " + changed + "-image":              true,
	"update docker:index/image:Image frontend-image":                     true,
	"replace aws:ecs/taskDefinition:TaskDefinition " + changed + "-task": true,
	"update aws:ecs/service:Service " + changed:                          true,
	"update aws:ecs/taskDefinition:TaskDefinition frontend-task":         false, // its version tag
}

// OnlyTheImage tells whether the changes are those of a new version in which one image differs: no more, no less.
func OnlyTheImage(changes []engine.Change) error {
	var problems []string
	seen := map[string]bool{}
	for _, change := range changes {
		line := change.Op + " " + change.Type + " " + change.Name
		seen[line] = true
		if _, known := expected[line]; !known {
			problems = append(problems, "changed without need: "+change.String())
		}
	}
	for line, needed := range expected {
		if needed && !seen[line] {
			problems = append(problems, "did not change: "+line)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	slices.Sort(problems)
	return errors.New(strings.Join(problems, "\n"))
}

// destroy takes the documented way: an environment whose protection is full refuses to go, and says so; with
// protection none, declared and applied, it goes.
func (r Run) destroy(ctx context.Context, stack engine.Stack) error {
	if err := r.unprotect(ctx, stack); err != nil {
		return err
	}
	if _, err := stack.Destroy(ctx); err != nil {
		return err
	}
	left, err := stack.Resources(ctx)
	if err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%d resources are left in the state", left)
	}
	return nil
}

func (r Run) unprotect(ctx context.Context, stack engine.Stack) error {
	protection, name, err := protectionOf(filepath.Join(r.Root, "Pulumi."+r.Stack+".yaml"))
	if err != nil || protection != "full" {
		return err
	}
	before, err := stack.Resources(ctx)
	if err != nil {
		return err
	}
	if _, err := stack.Destroy(ctx); err == nil {
		return errors.New("the environment is protected, and was destroyed all the same")
	}
	after, err := stack.Resources(ctx)
	if err != nil {
		return err
	}
	if after != before {
		return fmt.Errorf("the refused destroy left %d of %d resources", after, before)
	}
	fmt.Fprintln(r.Out, "refused, as it should be; now with the protection taken off")
	for key, value := range map[string]string{"flowcomply:protection": "none", "flowcomply:teardown": name} {
		if err := stack.Set(ctx, key, value, false); err != nil {
			return err
		}
	}
	_, err = stack.Up(ctx)
	return err
}

func list(changes []engine.Change) string {
	var lines []string
	for _, change := range changes {
		lines = append(lines, "  "+change.String())
	}
	return strings.Join(lines, "\n")
}
