package advice

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	read       = regexp.MustCompile(`\$\((?:value |call quoted,|call flag,[^,]+,|if \$\()?([A-Z_]+)\)`)
	assignment = regexp.MustCompile(`^([A-Za-z_]+)=`)
	program    = regexp.MustCompile(`^(?:exec )?\.local/bin/(flowcomply|local) `)
)

// byMake judges a call of make by make itself, and what make would run by that program's flags.
func (j *judge) byMake(args []string) error {
	text, err := os.ReadFile(filepath.Join(j.root, "Makefile"))
	require.NoError(j, err)
	known := map[string]bool{}
	for _, one := range read.FindAllStringSubmatch(string(text), -1) {
		known[one[1]] = true
	}
	for _, arg := range args {
		if name := assignment.FindStringSubmatch(arg); name != nil {
			if !known[name[1]] {
				return fmt.Errorf("the Makefile reads no %s", name[1])
			}
		} else if !strings.HasPrefix(arg, "-") && !regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(arg)+`:`).Match(text) {
			return fmt.Errorf("the Makefile has no target %s", arg)
		}
	}
	dry := exec.Command("make", append([]string{"-n", "--no-print-directory", "-f", "Makefile"}, args...)...)
	dry.Dir = j.root
	out, err := dry.CombinedOutput()
	if err != nil {
		return fmt.Errorf("make: %w: %s", err, out)
	}
	for _, line := range strings.Split(strings.ReplaceAll(string(out), "\\\n", " "), "\n") {
		if !program.MatchString(line) {
			continue
		}
		called, err := words(j, program.ReplaceAllString(line, "${1}_program "))
		if err != nil {
			return err
		}
		for _, one := range called {
			if err := j.byProgram(strings.TrimSuffix(one[0], "_program"), one[1:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// sources are the programs that the Makefile calls.
var sources = map[string][2]string{
	"flowcomply": {".", "./cmd/flowcomply"}, "local": {"local", "./cmd/local"},
}

// byProgram has a program read its flags, and then ask for help, so that it does nothing.
func (j *judge) byProgram(name string, args []string) error {
	if name == "local" && (len(args) < 2 || !strings.HasPrefix(args[1], "-")) {
		return nil // without flags, there is nothing to misread
	}
	binary := filepath.Join(j.folder, name)
	if _, err := os.Stat(binary); err != nil {
		source := sources[name]
		build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", binary, source[1])
		build.Dir = filepath.Join(j.root, source[0])
		out, err := build.CombinedOutput()
		require.NoError(j, err, string(out))
	}
	if at := slices.Index(args, "--"); at >= 0 { // what is behind it is another program's
		args = args[:at]
	}
	asked := exec.CommandContext(j.Context(), binary, append(slices.Clone(args), "-h")...)
	asked.Dir, asked.Env = j.folder, []string{"HOME=" + j.folder, "PATH=" + j.folder}
	out, _ := asked.CombinedOutput()
	for _, wrong := range []string{"flag provided but not defined", "unknown flag", "unknown command", "invalid value", "invalid argument", "flag needs an argument", "invalid boolean"} {
		if strings.Contains(string(out), wrong) {
			first, _, _ := strings.Cut(string(out), "\n")
			return errors.New(name + ": " + first)
		}
	}
	if !strings.Contains(string(out), "--stack") && name != "local" {
		return fmt.Errorf("%s did not come to its flags: %s", name, out)
	}
	return nil
}

var _ testing.TB = (*judge)(nil)
