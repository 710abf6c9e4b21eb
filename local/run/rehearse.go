package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/checkout"
	"github.com/flowcomply/infrastructure/local/emulator"
	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// Rehearse takes a stack file through a whole life on a fresh emulated AWS: it is applied, previewed again, released, gone
// back on and destroyed, all in a fresh clone and with the commands that people run. It fails as soon as one of these does
// not do exactly what it should.
func (r Run) Rehearse(ctx context.Context) error {
	r.Clone = true
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
	defer func() {
		if err != nil { // what would tell why is about to be removed
			fmt.Fprintf(r.Out, "\nwhat the emulated AWS had to say:\n%s\n", emulator.Complaints(r.folder()))
		}
		err = errors.Join(err, r.remove())
	}()
	stack, err := r.prepare(ctx)
	if err != nil {
		return err
	}
	return use(ctx, stack)
}

// Parts are what a rehearsal can do between the first update and the end, in this order.
var Parts = []string{"release", "failure", "rollback", "restore"}

// step is one of a rehearsal's.
type step struct {
	name string
	do   func(context.Context, engine.Stack) error
}

func (r Run) steps(ctx context.Context, stack engine.Stack) error {
	folders, err := contexts(r.file())
	if err != nil {
		return err
	}
	next, err := nextRelease(folders)
	if err != nil {
		return err
	}
	commit, err := r.commit(ctx)
	if err != nil {
		return err
	}
	for i, step := range r.chosen(next, commit) {
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
	applied, err := harness.Open(ctx, stack)
	if err != nil {
		return err
	}
	return applied.Populate(ctx) // the next release is verified as a user
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
	changed, err := checkout.Changed(ctx, stack.Folder())
	if err != nil {
		return err
	}
	if changed != "" {
		return fmt.Errorf("updates and previews changed files of the checkout:\n%s", changed)
	}
	return nil
}

// rehearsed is a version that no stack file has.
const rehearsed = "v1000.0.0"

// release shows that a release touches what it must and nothing else: each image gets the new tag, but only the
// changed one a new digest, and with it a new task definition and a deployment.
func (r Run) release(next release) func(context.Context, engine.Stack) error {
	return func(ctx context.Context, stack engine.Stack) error {
		if err := sampleapp.Change(r.sources(), next.folder, "rehearsed"); err != nil {
			return err
		}
		if err := sampleapp.Tag(ctx, r.sources(), rehearsed); err != nil {
			return err
		}
		if err := r.set(ctx, stack, "flowcomply:release.version", rehearsed); err != nil {
			return err
		}
		changes, err := stack.Up(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(r.Out, list(changes))
		return next.judge(changes)
	}
}

// release is a new version in which the image of some services differs.
type release struct {
	services []string // all that have an image
	deployed []string // those of them whose image differs: one, or more that are built from one folder
	folder   string   // that folder
}

// nextRelease changes the folder that the first of the services, by name, is built from.
func nextRelease(folders map[string]string) (release, error) {
	if len(folders) == 0 {
		return release{}, errors.New("the stack file has no service with an image that could be released")
	}
	next := release{services: slices.Sorted(maps.Keys(folders))}
	next.folder = folders[next.services[0]]
	for _, service := range next.services {
		if folders[service] == next.folder {
			next.deployed = append(next.deployed, service)
		}
	}
	return next, nil
}

// expected maps each change that the release may make to whether it has to. It is a stack's second release, the first that
// has a snapshot taken; its migrations are those of the first.
func (want release) expected() map[string]bool {
	lines := map[string]bool{
		"replace command:local:Command preflight": true, "create command:local:Command snapshot": true,
		"create flowcomply:snapshot:Snapshot snapshot": true, "update command:local:Command verify": true,
	}
	for _, service := range want.services {
		lines["update docker:index/image:Image "+service+"-image"] = true
		if slices.Contains(want.deployed, service) {
			lines["replace aws:ecs/taskDefinition:TaskDefinition "+service+"-task"] = true
			lines["update aws:ecs/service:Service "+service] = true
		} else {
			lines["update aws:ecs/taskDefinition:TaskDefinition "+service+"-task"] = false // its version tag
		}
	}
	return lines
}

// judge tells whether the changes are those of the release: no more, no less.
func (want release) judge(changes []engine.Change) error {
	var problems []string
	expected, seen := want.expected(), map[string]bool{}
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

// OnlyTheImage tells whether the changes are those of a release in which one service's image differs, whichever that
// is. It knows the services from the changes alone, so that one whose image did not change at all escapes it.
func OnlyTheImage(changes []engine.Change) error {
	var found release
	for _, change := range changes {
		switch change.Type {
		case "docker:index/image:Image":
			found.services = append(found.services, strings.TrimSuffix(change.Name, "-image"))
		case "aws:ecs/service:Service":
			found.deployed = append(found.deployed, change.Name)
		}
	}
	if len(found.deployed) != 1 {
		return fmt.Errorf("%d services are deployed anew, and one image differs: %v", len(found.deployed), found.deployed)
	}
	return found.judge(changes)
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
	protection, name, err := protectionOf(r.file())
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
	for _, one := range []struct{ key, value string }{{"flowcomply:protection", "none"}, {"flowcomply:teardown", name}} {
		if err := r.set(ctx, stack, one.key, one.value); err != nil {
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
