package advice

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/machinetest"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// judge has the real programs read commands, without doing what they say.
type judge struct {
	testing.TB
	root, folder, pulumi, python string
	helps                        map[string]string
	judged                       map[string]error
	models                       *models
}

func newJudge(t testing.TB) *judge {
	t.Helper()
	j := &judge{TB: t, root: root(t), folder: t.TempDir(), helps: map[string]string{}, judged: map[string]error{}}
	tools := toolchain.Ready(j.root)
	j.pulumi = tools.Pulumi
	if _, err := exec.LookPath(j.pulumi); err != nil {
		machinetest.Lacks(t, "no Pulumi CLI: "+err.Error()+"; `make toolchain` builds it")
	}
	python, err := tools.FindPython(t.Context())
	if err != nil {
		machinetest.Lacks(t, err.Error())
	}
	j.python = python
	j.models = j.open()
	return j
}

// wrong is what is wrong with a command; nil where it would be taken.
func (j *judge) wrong(c command) error {
	key := fmt.Sprint(c.mention, c.text)
	if before, judged := j.judged[key]; judged {
		return before
	}
	j.judged[key] = j.parts(c)
	return j.judged[key]
}

func (j *judge) parts(c command) error {
	text, left := filled(c.text)
	called, err := words(j, text)
	if err != nil {
		return err
	}
	for _, one := range called {
		if err := j.one(one, c.mention || left); err != nil {
			return err
		}
	}
	return nil
}

func (j *judge) one(one []string, partly bool) error {
	switch args := one[1:]; one[0] {
	case "make":
		return j.byMake(args)
	case "flowcomply":
		return j.byProgram(one[0], args)
	case "pulumi":
		return j.byHelp(j.pulumi, args, partly)
	case "docker":
		if _, err := exec.LookPath("docker"); err != nil {
			machinetest.Lacks(j, "no docker command")
		}
		return j.byHelp("docker", args, partly)
	case "aws":
		return j.byModel(args, partly)
	case "git":
		return j.byGit(args)
	case "go":
		return j.byGo(args)
	}
	return fmt.Errorf("nothing judges %s", one[0])
}

// output is what a program says, with or without success; asked once.
func (j *judge) output(binary string, args ...string) string {
	key := binary + " " + strings.Join(args, " ")
	if said, asked := j.helps[key]; asked {
		return said
	}
	run := exec.Command(binary, args...)
	run.Dir = j.folder
	run.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_HOME="+j.folder, "NO_COLOR=1")
	out, _ := run.CombinedOutput()
	j.helps[key] = string(out)
	return string(out)
}

var (
	usage  = regexp.MustCompile(`(?m)^Usage:\s+(?:pulumi|docker)\b(.*)$`)
	option = regexp.MustCompile(`(?m)^\s+(?:(-\w), )?\s*(--[\w.-]+)(?: ([a-zA-Z]\w*))?(\[=[^\]]*\])?(?:\s{2,}|$)`)
)

// byHelp judges by what a command's own help says: its subcommands, its flags, and how many arguments it takes.
func (j *judge) byHelp(binary string, args []string, partly bool) error {
	var path []string
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			break
		}
		line := usage.FindStringSubmatch(j.output(binary, append(slices.Clone(append(path, arg)), "--help")...))
		if line == nil || len(ownPath(line[1])) != len(path)+1 {
			break
		}
		path = append(path, arg)
	}
	if len(path) == 0 {
		return fmt.Errorf("%s has no subcommand %v", filepath.Base(binary), args)
	}
	help := j.output(binary, append(slices.Clone(path), "--help")...)
	takes := map[string]string{}
	for _, one := range option.FindAllStringSubmatch(help, -1) {
		if one[4] != "" { // its value may be left out, and is never the next word
			one[3] = ""
		}
		takes[one[1]], takes[one[2]] = one[3], one[3]
	}
	delete(takes, "")
	given := 0
	for rest := args[len(path):]; len(rest) > 0; rest = rest[1:] {
		name, _, joined := strings.Cut(rest[0], "=")
		if !strings.HasPrefix(name, "-") || name == "-" {
			given++
			continue
		}
		value, known := takes[name]
		if !known {
			return fmt.Errorf("%s %s has no flag %s", filepath.Base(binary), strings.Join(path, " "), name)
		}
		if value != "" && !joined {
			if len(rest) == 1 && !partly {
				return fmt.Errorf("%s needs a value", name)
			}
			rest = rest[min(1, len(rest)-1):]
		}
	}
	return positional(usage.FindStringSubmatch(help)[1], path, given, partly)
}

// ownPath are a usage line's words before its first argument: a subcommand by its own name, where an alias was asked for.
func ownPath(line string) []string {
	all := strings.Fields(line)
	for i, one := range all {
		if strings.ContainsAny(one[:1], "[<") || one == strings.ToUpper(one) {
			return all[:i]
		}
	}
	return all
}

// positional compares how many arguments are given with a usage line.
func positional(line string, path []string, given int, partly bool) error {
	line = strings.TrimPrefix(strings.TrimSpace(line), strings.Join(ownPath(line), " "))
	line = strings.NewReplacer("[flags]", "", "[OPTIONS]", "", "[--]", "").Replace(line)
	if strings.Contains(line, "[command]") && given > 0 && len(strings.Fields(line)) == 1 {
		return fmt.Errorf("%s has no such subcommand, and takes no argument", strings.Join(path, " "))
	}
	least, most := 0, 0
	for _, one := range strings.Fields(strings.ReplaceAll(line, "[command]", "")) {
		most++
		if !strings.HasPrefix(one, "[") && !strings.Contains(one, "|url") {
			least++
		}
		if strings.Contains(one, "...") {
			most = 1000
		}
	}
	if strings.Contains(line, " | ") { // one of several
		least = 1
	}
	if given > most || given < least && !partly {
		return fmt.Errorf("%s takes%s, not %d arguments", strings.Join(path, " "), line, given)
	}
	return nil
}

// byGit judges by the options that a subcommand of git lists.
func (j *judge) byGit(args []string) error {
	for len(args) > 1 && args[0] == "-C" {
		args = args[2:]
	}
	if len(args) == 0 {
		return fmt.Errorf("git without a subcommand")
	}
	if args[0] == "lfs" { // not git's own: a program beside it
		return nil
	}
	help := j.output("git", args[0], "-h")
	if !strings.Contains(help, "usage: git "+args[0]) {
		return fmt.Errorf("git has no subcommand %s", args[0])
	}
	for _, arg := range args[1:] {
		name, _, _ := strings.Cut(arg, "=")
		var flags []string
		switch {
		case arg == "--":
			return nil
		case strings.HasPrefix(arg, "--"):
			flags = []string{name}
		case strings.HasPrefix(arg, "-"):
			for _, letter := range arg[1:] {
				flags = append(flags, "-"+string(letter))
			}
		}
		for _, flag := range flags {
			listed := strings.NewReplacer("[no-]", "").Replace(help)
			if !regexp.MustCompile(`(?m)(^|[\s\[|(,])` + regexp.QuoteMeta(flag) + `\b`).MatchString(listed) {
				return fmt.Errorf("git %s lists no %s", args[0], flag)
			}
		}
	}
	return nil
}

// byGo judges `go run`: the program is in this repository, and defines the flags.
func (j *judge) byGo(args []string) error {
	if len(args) < 2 || args[0] != "run" {
		return fmt.Errorf("not `go run` of a program")
	}
	files, _ := filepath.Glob(filepath.Join(j.root, args[1], "*.go"))
	if len(files) == 0 {
		return fmt.Errorf("there is no program %s", args[1])
	}
	var text strings.Builder
	for _, path := range files {
		one, err := os.ReadFile(path)
		require.NoError(j, err)
		text.Write(one)
	}
	for _, arg := range args[2:] {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if strings.HasPrefix(arg, "-") && name != "h" && !strings.Contains(text.String(), `"`+name+`"`) {
			return fmt.Errorf("%s defines no flag %s", args[1], arg)
		}
	}
	return nil
}
