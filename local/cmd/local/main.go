// Command local runs FlowComply's stacks on one machine. `make` calls it; see the README.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/flowcomply/infrastructure/local/dates"
	"github.com/flowcomply/infrastructure/local/emulator"
	"github.com/flowcomply/infrastructure/local/plugins/docker"
	"github.com/flowcomply/infrastructure/local/run"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

const usage = `usage: local COMMAND [flags], in the checkout's root

  toolchain             build and find everything that the other commands need
  up                    bring the stack "local" up on an emulated AWS
  down                  destroy it and end everything that was started
  env                   print what makes other tools use that AWS and stack
  rehearse -stack NAME  take that stack file through a whole life; -pace aws as slowly as AWS, -parts for some of it
  scan -stack NAME      apply that stack file, and hold what Prowler finds against docs/controls.md
  faults                break a fresh stack in every way there is, and ask verify each time
  ordering -n COUNT     release with random latencies on simulated providers, and look at the order
  crash -n COUNT        kill the engine of releases at moments taken by chance, and recover each time
  dates -days 1,45,800  run the tests with the clock moved by so many days
  python                print a Python that has the pinned moto
  with-docker COMMAND…  run a command with a Docker daemon: the machine's, or one of the checkout's that ends with it
  browser               print a Chromium, which tests open pages in; as root on Debian it is installed
  linter                print the pinned golangci-lint, which is built where it is not there yet
  build NAME FOLDER…    (internal) build an image with the daemon's BuildKit, as the docker stand-in does; then NAME=VALUE arguments
  moved -days DAYS…     (internal) run a test program with the clock moved
  serve                 (internal) the emulated AWS of one run folder`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nerror:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	if args[0] == "build" {
		return build(ctx, args[1:])
	}
	root, err := checkout()
	if err != nil {
		return err
	}
	emulator.ForgetWeb(root)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	o, err := parse(root, self, args)
	if err != nil {
		return err
	}
	run, known := commands[args[0]]
	if !known {
		return fmt.Errorf("unknown command %q\n%s", args[0], usage)
	}
	return run(ctx, o)
}

// options are what a command is given.
type options struct {
	root, self     string // the checkout, and this program
	up             run.Run
	stack, days    string
	parts          string
	count          int
	seed           uint64
	folder, python string // of serve
	served         emulator.Settings
	args           []string
}

func parse(root, self string, args []string) (options, error) {
	o := options{root: root, self: self, up: run.Run{Root: root, Stack: "local", Self: self, Out: os.Stdout}}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&o.up.Name, "folder", "up", "run folder under .local; one for each stack that is up at a time")
	flags.StringVar(&o.stack, "stack", "production", "the stack to rehearse or scan")
	flags.StringVar(&o.parts, "parts", strings.Join(run.Parts, ","), "what to rehearse between the first update and the end")
	flags.IntVar(&o.up.AWS.AWSPort, "aws-port", 4566, "loopback port of the emulated AWS")
	flags.IntVar(&o.up.AWS.RegistryPort, "registry-port", 4567, "loopback port of its image registry")
	flags.IntVar(&o.count, "n", 20, "schedules to run, or updates to kill")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of the first schedule, each next one has the next; or of all crashes")
	flags.StringVar(&o.up.AWS.Pace, "pace", emulator.Fast, "how long things take on the emulated AWS: fast, middle or aws")
	flags.Uint64Var(&o.up.AWS.PaceSeed, "pace-seed", 0, "what the durations are drawn by that differ from run to run")
	flags.StringVar(&o.days, "days", "1,45,800", "days that the clock is moved by, one run of the tests for each")
	flags.StringVar(&o.folder, "run", "", "run folder")
	flags.StringVar(&o.python, "python", "python3", "a Python with moto")
	flags.StringVar(&o.served.Account, "account", "", "account id")
	flags.StringVar(&o.served.Region, "region", "", "region")
	if err := flags.Parse(args[1:]); err != nil {
		return o, err
	}
	o.args = flags.Args()
	if !slices.Contains(emulator.Paces, o.up.AWS.Pace) {
		return o, fmt.Errorf("-pace %q: the emulated AWS knows %s", o.up.AWS.Pace, strings.Join(emulator.Paces, ", "))
	}
	for _, part := range strings.Split(o.parts, ",") {
		if !slices.Contains(run.Parts, part) {
			return o, fmt.Errorf("-parts %q: a rehearsal has %s", o.parts, strings.Join(run.Parts, ", "))
		}
	}
	if len(o.args) > 0 && args[0] != "with-docker" && args[0] != "moved" {
		return o, fmt.Errorf("unexpected %q\n%s", flags.Arg(0), usage)
	}
	if !runName.MatchString(o.up.Name) || slices.Contains(toolchain.Folders, o.up.Name) {
		return o, fmt.Errorf("-folder %q: it is deleted with all that is in it, so take a name of its own, of a-z, 0-9 and -", o.up.Name)
	}
	account, region := o.served.Account, o.served.Region
	o.served = o.up.AWS
	o.served.Account, o.served.Region = account, region
	return o, nil
}

// fresh is a run on free ports in a folder of its own.
func (o options) fresh(name, stack string) run.Run {
	return run.Run{Root: o.root, Name: name, Stack: stack, Self: o.self, Out: os.Stdout, AWS: emulator.Settings{Pace: o.up.AWS.Pace, PaceSeed: o.up.AWS.PaceSeed}}
}

// rehearse has a folder of its own for each choice of parts: two of one stack can run side by side.
func rehearse(ctx context.Context, o options) error {
	name := "rehearse-" + o.stack
	parts := strings.Split(o.parts, ",")
	if len(parts) < len(run.Parts) {
		name += "-" + strings.Join(parts, "-")
	}
	rehearsed := o.fresh(name, o.stack)
	rehearsed.Parts = parts
	return rehearsed.Rehearse(ctx)
}

var commands = map[string]func(context.Context, options) error{
	"toolchain": func(ctx context.Context, o options) error {
		_, err := toolchain.Prepare(ctx, o.root, os.Stdout)
		return err
	},
	"up":       func(ctx context.Context, o options) error { return o.up.Up(ctx) },
	"down":     func(ctx context.Context, o options) error { return o.up.Down(ctx) },
	"env":      func(_ context.Context, o options) error { return o.up.Environment() },
	"rehearse": rehearse,
	"scan":     func(ctx context.Context, o options) error { return o.fresh("scan-"+o.stack, o.stack).Scan(ctx) },
	"faults":   func(ctx context.Context, o options) error { return o.fresh("faults", "local").Faults(ctx) },
	"ordering": func(ctx context.Context, o options) error {
		return o.fresh("ordering", "local").Ordering(ctx, o.count, o.seed)
	},
	"crash": func(ctx context.Context, o options) error {
		return o.fresh("crash", "local").Crash(ctx, o.count, o.seed)
	},
	"dates":   func(ctx context.Context, o options) error { return testDates(ctx, o.root, o.self, o.days) },
	"moved":   func(ctx context.Context, o options) error { return moved(ctx, o.days, o.args) },
	"python":  func(ctx context.Context, o options) error { return printed(toolchain.Open(o.root).FindPython(ctx)) },
	"browser": func(ctx context.Context, o options) error { return printed(toolchain.Open(o.root).Browser(ctx)) },
	"linter":  func(ctx context.Context, o options) error { return printed(toolchain.Open(o.root).Linter(ctx)) },
	"with-docker": func(ctx context.Context, o options) error {
		return emulator.WithDocker(ctx, o.root, o.args...)
	},
	"serve": func(ctx context.Context, o options) error {
		return emulator.Serve(ctx, o.root, o.folder, o.python, o.served)
	},
}

// build builds an image and shows how.
func build(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: local build NAME FOLDER [ARGUMENT=VALUE…]")
	}
	folder := docker.Folder{Path: args[1], Args: map[string]string{}, Show: func(line string) { fmt.Println(line) }}
	for _, pair := range args[2:] {
		name, value, is := strings.Cut(pair, "=")
		if !is {
			return fmt.Errorf("build argument %q: want NAME=VALUE", pair)
		}
		folder.Args[name] = value
	}
	return folder.Build(ctx, args[0])
}

// testDates runs the tests with the clock moved.
func testDates(ctx context.Context, root, self, text string) error {
	days, err := dates.Parse(text)
	if err != nil {
		return err
	}
	python, err := toolchain.Open(root).FindPython(ctx)
	if err != nil {
		return err
	}
	return dates.Run{Root: root, Self: self, Python: python, Days: days}.All(ctx)
}

// moved runs one test program of these.
func moved(ctx context.Context, text string, program []string) error {
	days, err := dates.Parse(text)
	if err != nil {
		return err
	}
	return dates.Moved(ctx, days, program...)
}

// printed prints what was found, for a script to take.
func printed(found string, err error) error {
	if err == nil {
		fmt.Println(found)
	}
	return err
}

var runName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// checkout is the folder with Pulumi.yaml at or above the working directory.
func checkout() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(folder, "Pulumi.yaml")); missing == nil {
			return filepath.EvalSymlinks(folder)
		}
		if filepath.Dir(folder) == folder {
			return "", errors.New("no Pulumi.yaml here or above; run this in the checkout")
		}
		folder = filepath.Dir(folder)
	}
	return "", err
}
