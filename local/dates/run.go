package dates

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Run is a run of the tests of a checkout with the clock moved.
type Run struct {
	Root   string // the checkout
	Self   string // the program whose command `moved` calls Moved
	Python string // has what the emulator needs
	Days   []string
}

// Parse reads the days that the clock is to be moved by: 1,45,800.
func Parse(text string) ([]string, error) {
	days := strings.Split(text, ",")
	for _, one := range days {
		if number, err := strconv.ParseUint(one, 10, 16); err != nil || strconv.FormatUint(number, 10) != one || number > 36500 {
			return nil, fmt.Errorf("days: %q is no number of days from 0 to 36500; name them with commas between, as in 1,45,800", one)
		}
	}
	return days, nil
}

// All runs the Go tests of both modules and the emulator's tests, but for those that are left out, once for each number of
// days. It goes on after a failure, and its error says which parts failed.
func (r Run) All(ctx context.Context) error {
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	file, err := overlay(strings.TrimSpace(string(goroot)), filepath.Join(r.Root, ".local", "dates"))
	if err != nil {
		return err
	}
	var errs []error
	for _, module := range modules {
		if err := r.module(ctx, module, file); err != nil {
			errs = append(errs, fmt.Errorf("the Go tests of the module in %s: %w", module, err))
		}
	}
	for _, days := range r.Days {
		if err := r.emulator(ctx, days); err != nil {
			errs = append(errs, fmt.Errorf("the emulator's tests, %s days on: %w", days, err))
		}
	}
	return errors.Join(errs...)
}

// modules are the folders of the checkout's Go modules.
var modules = []string{".", "local"}

// module builds each test program once and runs it for each number of days.
func (r Run) module(ctx context.Context, folder, overlay string) error {
	packages, err := withTests(ctx, filepath.Join(r.Root, folder))
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(packages, func(one string) bool { _, out := leftOut[one]; return out })
	var names []string
	for one := range skipped {
		names = append(names, one.name)
	}
	slices.Sort(names)
	// It may get no more than the processor time that others leave, so it has more than the usual ten minutes for a package.
	args := []string{"test", "-count=1", "-vet=off", "-timeout=60m", "-skip", "^(" + strings.Join(names, "|") + ")$", "-overlay", overlay,
		"-exec", fmt.Sprintf("%q moved -days %s", r.Self, strings.Join(r.Days, ","))}
	return run(ctx, filepath.Join(r.Root, folder), nil, "go", append(args, kept...)...)
}

// withTests are the packages below a folder that have tests.
func withTests(ctx context.Context, folder string) ([]string, error) {
	command := exec.CommandContext(ctx, "go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}", "./...")
	command.Dir, command.Stderr = folder, os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	return strings.Fields(string(out)), nil
}

// Moved runs a test program once for each number of days.
func Moved(ctx context.Context, days []string, program ...string) error {
	if len(program) == 0 {
		return errors.New("say which test program is to run")
	}
	var errs []error
	for _, one := range days {
		fmt.Printf("the clock is moved by %s days:\n", one)
		if err := run(ctx, "", []string{Days + "=" + one}, program[0], program[1:]...); err != nil {
			errs = append(errs, fmt.Errorf("%s days on: %w", one, err))
		}
	}
	return errors.Join(errs...)
}

// emulator runs the Python tests.
func (r Run) emulator(ctx context.Context, days string) error {
	folder := filepath.Join(r.Root, "local", "emulator")
	library := filepath.Join(r.Root, ".local", "dates", "python")
	requirements := filepath.Join(folder, "tests", "requirements.txt")
	if err := run(ctx, folder, nil, r.Python, "-m", "pip", "install", "--quiet", "--root-user-action=ignore",
		"--disable-pip-version-check", "--no-deps", "--upgrade", "--target", library, "--requirement", requirements); err != nil {
		return err
	}
	path := strings.Join(slices.DeleteFunc([]string{library, os.Getenv("PYTHONPATH")}, func(one string) bool { return one == "" }), string(os.PathListSeparator))
	args := append([]string{"-m", "tests.clock", days}, slices.Sorted(maps.Keys(leftOutOfPython))...)
	return run(ctx, folder, []string{"PYTHONPATH=" + path, "PYTHONDONTWRITEBYTECODE=1"}, r.Python, args...)
}

// run runs a program with this one's input and output. Interrupted, it is asked to end.
func run(ctx context.Context, folder string, env []string, program string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Dir, command.Env = folder, append(os.Environ(), env...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(program), err)
	}
	return nil
}
