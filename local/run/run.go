// Package run is what the commands of one machine do: bring a stack up on an emulated AWS, take it down again, and
// rehearse a stack file from nothing to nothing.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/flowcomply/infrastructure/local/emulator"
	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/sampleapp"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// Run is one run folder under .local: a stack, its state and its emulated AWS.
type Run struct {
	Root  string // the checkout
	Name  string // of the folder: "up", "rehearse-production"
	Stack string // the stack, whose file is Pulumi.<Stack>.yaml
	Self  string // this program, which also serves the emulated AWS
	Out   io.Writer
	AWS   emulator.Settings // its ports and its pace; the account and the region are the stack file's
	InS3  bool              // the state is in the emulated AWS's S3, which ends with it; else it is in the run folder
	// Clone applies a fresh clone of the checkout, as somebody else would have it, with the application beside it; else the
	// checkout itself is applied.
	Clone bool
	Parts []string // of a rehearsal, out of Parts; all where none is named
}

func (r Run) folder() string { return filepath.Join(r.Root, ".local", r.Name) }

// project is the folder of the Pulumi project that is applied.
func (r Run) project() string {
	if r.Clone {
		return filepath.Join(r.folder(), "infrastructure")
	}
	return r.Root
}

// source is where the run's images are built from, relative to the project.
func (r Run) source() string {
	if r.Clone {
		return "../flowcomply"
	}
	return filepath.ToSlash(filepath.Join(".local", r.Name, "app"))
}

// sources is that folder.
func (r Run) sources() string { return filepath.Join(r.project(), filepath.FromSlash(r.source())) }

// lock keeps two commands from working on one run folder. It ends with the process, however that ends.
func (r Run) lock() (*os.File, error) {
	if err := os.MkdirAll(filepath.Join(r.Root, ".local"), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(r.Root, ".local", r.Name+".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := io.ReadAll(file)
		return nil, errors.Join(fmt.Errorf("another command works on %s (process %s); wait for it, or end it with `kill %s`",
			filepath.Join(".local", r.Name), holder, holder), file.Close())
	}
	if !inPlace(file) { // its last holder removed it since it was opened
		_ = file.Close()
		return r.lock()
	}
	if err := file.Truncate(0); err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(file, "%d", os.Getpid())
	return file, err
}

// inPlace tells whether an open file is still the one of its name.
func inPlace(file *os.File) bool {
	now, err := os.Stat(file.Name())
	if err != nil {
		return false
	}
	opened, err := file.Stat()
	return err == nil && os.SameFile(opened, now)
}

// prepare makes the toolchain complete and the run folder's emulated AWS run, with the stack file's copy in place.
func (r Run) prepare(ctx context.Context) (engine.Stack, error) {
	tools, err := toolchain.Prepare(ctx, r.Root, r.Out)
	if err != nil {
		return engine.Stack{}, err
	}
	if err := r.discardInterrupted(ctx, tools); err != nil {
		return engine.Stack{}, err
	}
	aws, err := r.aws(ctx, tools)
	if err != nil {
		return engine.Stack{}, err
	}
	stack := r.stack(tools, aws)
	if r.Clone {
		err = r.cloned(ctx, stack)
	} else {
		err = r.configure(ctx, stack)
	}
	if err != nil {
		return stack, err
	}
	return stack, r.buildContexts(ctx, stack)
}

// stack is the run's, on its emulated AWS.
func (r Run) stack(tools toolchain.Tools, aws emulator.Host) engine.Stack {
	stack := engine.Stack{Tools: tools, Emulator: aws, Name: r.Stack, Run: r.folder(), Out: r.Out}
	if r.InS3 {
		stack.Backend = engine.S3(aws)
	}
	if r.Clone {
		stack.Project = r.project()
	}
	// A stack file that names this run's sources is used where it is; what is run elsewhere has a copy of its own.
	configured, err := read(r.file())
	stack.InPlace = err == nil && configured.Release.Source == r.source()
	return stack
}

// file is the stack file.
func (r Run) file() string { return filepath.Join(r.Root, "Pulumi."+r.Stack+".yaml") }

// buildContexts writes the image contexts of the stand-in application, as a checkout of the release that is configured.
// Every service of the stack needs one.
func (r Run) buildContexts(ctx context.Context, stack engine.Stack) error {
	sources := r.sources()
	if err := sampleapp.Build(ctx, r.Root, sources); err != nil {
		return err
	}
	folders, err := contexts(r.file())
	for _, service := range slices.Sorted(maps.Keys(folders)) {
		if _, missing := os.Stat(filepath.Join(sources, folders[service])); missing != nil {
			err = errors.Join(err, fmt.Errorf("service %s: the stand-in application has no %s; add local/sampleapp/%s with a Dockerfile and a program",
				service, folders[service], folders[service]))
		}
	}
	if err != nil {
		return err
	}
	parsed, err := read(stack.ConfigFile())
	if err != nil {
		return err
	}
	return sampleapp.Tag(ctx, sources, parsed.Release.Version)
}

// configure makes the stack, and sets what its file has to have otherwise here: the folder of the source, that no other
// stack has to have verified a version before, and the secrets that it lacks.
func (r Run) configure(ctx context.Context, stack engine.Stack) error {
	if err := stack.Init(ctx); err != nil {
		return err
	}
	now, err := read(stack.ConfigFile())
	if err != nil {
		return err
	}
	for _, one := range []struct{ key, now, then string }{
		{"flowcomply:release.source", now.Release.Source, r.source()}, {"flowcomply:release.gate", now.Release.Gate, ""},
	} {
		if one.now == one.then {
			continue
		}
		if err := stack.Set(ctx, one.key, one.then, false); err != nil {
			return err
		}
	}
	secrets, err := now.placeholders()
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(secrets)) {
		if err := stack.Set(ctx, key, secrets[key], true); err != nil {
			return err
		}
	}
	return nil
}

// aws finds the folder's emulated AWS or starts it, as the account that the stack file names.
func (r Run) aws(ctx context.Context, tools toolchain.Tools) (emulator.Host, error) {
	if running, err := emulator.Find(r.folder()); err == nil {
		fmt.Fprintf(r.Out, "emulated AWS       running at %s, account %s\n", running.Endpoint(), running.Account)
		return running, nil
	}
	want, err := settingsOf(r.file())
	if err != nil {
		return emulator.Host{}, err
	}
	chosen := r.AWS
	chosen.Account, chosen.Region = want.Account, want.Region
	started, err := emulator.Start(ctx, tools, r.Self, r.folder(), chosen)
	if err != nil {
		return emulator.Host{}, err
	}
	fmt.Fprintf(r.Out, "emulated AWS       started at %s, account %s; its log: %s\n", started.Endpoint(), started.Account, emulator.LogFile(r.folder()))
	if r.InS3 {
		if err := makeBucket(ctx, started, engine.Bucket); err != nil {
			return emulator.Host{}, err
		}
	}
	return started, seed(ctx, started, r.file())
}

// discardInterrupted ends what a killed command left running. An emulated AWS that is gone has taken everything
// with it, and an operation that was cut off has left it half-made: in both cases the run begins again from
// nothing, which loses nothing, as all of it is emulated.
func (r Run) discardInterrupted(ctx context.Context, tools toolchain.Tools) error {
	if _, missing := os.Stat(r.folder()); missing != nil {
		return nil
	}
	running, err := emulator.Find(r.folder())
	if err == nil {
		for _, orphan := range emulator.Orphans(r.folder()) {
			if !running.Owns(orphan) {
				fmt.Fprintf(r.Out, "interrupted run    ending process %d, which it left behind\n", orphan.PID)
				orphan.Stop(0)
			}
		}
		stack := r.stack(tools, running)
		if !stack.Initialized() {
			return nil // interrupted before the stack existed: nothing was made
		}
		pending, err := stack.Pending(ctx)
		if err == nil && pending == 0 && !stack.CutOff() {
			return stack.Unlock(ctx)
		}
		fmt.Fprintln(r.Out, "interrupted run    an update was cut off; beginning again with a fresh emulated AWS")
	} else {
		fmt.Fprintln(r.Out, "emulated AWS       gone, and all that was in it; beginning again")
	}
	return r.remove()
}

// remove ends everything of the run and deletes its folder.
func (r Run) remove() error {
	return errors.Join(emulator.Stop(r.folder()), os.RemoveAll(r.folder()))
}
