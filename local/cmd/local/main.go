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
  rehearse -stack NAME  apply, preview, change, and destroy that stack file
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
	up := run.Run{Root: root, Stack: "local", Self: self, Out: os.Stdout}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&up.Name, "folder", "up", "run folder under .local; one for each stack that is up at a time")
	stack := flags.String("stack", "production", "the stack to rehearse")
	flags.IntVar(&up.Ports.AWSPort, "aws-port", 4566, "loopback port of the emulated AWS")
	flags.IntVar(&up.Ports.RegistryPort, "registry-port", 4567, "loopback port of its image registry")
	count, seed := flags.Int("n", 20, "schedules to run, or updates to kill"), flags.Uint64("seed", 1, "seed of the first schedule, each next one has the next; or of all kills")
	days := flags.String("days", "1,45,800", "days that the clock is moved by, one run of the tests for each")
	var served emulator.Settings
	folder, python := flags.String("run", "", "run folder"), flags.String("python", "python3", "a Python with moto")
	flags.StringVar(&served.Account, "account", "", "account id")
	flags.StringVar(&served.Region, "region", "", "region")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() > 0 && args[0] != "with-docker" && args[0] != "moved" {
		return fmt.Errorf("unexpected %q\n%s", flags.Arg(0), usage)
	}
	if !runName.MatchString(up.Name) || slices.Contains(toolchain.Folders, up.Name) {
		return fmt.Errorf("-folder %q: it is deleted with all that is in it, so take a name of its own, of a-z, 0-9 and -", up.Name)
	}
	switch args[0] {
	case "toolchain":
		_, err := toolchain.Prepare(ctx, root, os.Stdout)
		return err
	case "up":
		return up.Up(ctx)
	case "down":
		return up.Down(ctx)
	case "env":
		return up.Environment()
	case "rehearse":
		return run.Run{Root: root, Name: "rehearse-" + *stack, Stack: *stack, Self: self, Out: os.Stdout}.Rehearse(ctx)
	case "faults":
		return run.Run{Root: root, Name: "faults", Stack: "local", Self: self, Out: os.Stdout}.Faults(ctx)
	case "ordering":
		return run.Run{Root: root, Name: "ordering", Stack: "local", Out: os.Stdout}.Ordering(ctx, *count, *seed)
	case "crash":
		return run.Run{Root: root, Name: "crash", Stack: "local", Self: self, Out: os.Stdout}.Crash(ctx, *count, *seed)
	case "dates":
		return testDates(ctx, root, self, *days)
	case "moved":
		return moved(ctx, *days, flags.Args())
	case "python":
		return printed(toolchain.Open(root).FindPython(ctx))
	case "with-docker":
		return emulator.WithDocker(ctx, root, flags.Args()...)
	case "browser":
		return printed(toolchain.Open(root).Browser(ctx))
	case "linter":
		return printed(toolchain.Open(root).Linter(ctx))
	case "serve":
		served.AWSPort, served.RegistryPort = up.Ports.AWSPort, up.Ports.RegistryPort
		return emulator.Serve(ctx, root, *folder, *python, served)
	default:
		return fmt.Errorf("unknown command %q\n%s", args[0], usage)
	}
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
