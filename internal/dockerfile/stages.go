package dockerfile

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/util/suggest"
)

type checker struct {
	Build
	lex    *shell.Lex
	stages []instructions.Stage
	global scope // the arguments before the first FROM
	errs   []error
	seen   map[int]bool // stages that have been checked
}

func (c *checker) wrong(line int, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s:%d: %w", c.File, line, fmt.Errorf(format, args...)))
}

// all checks the stage that is built and those that it is made of; the builder does not look at others either.
func (c *checker) all() {
	if len(c.stages) == 0 {
		c.wrong(1, "there is no FROM; next: begin with FROM and an image, or FROM scratch")
		return
	}
	target := len(c.stages) - 1
	if c.Target != "" {
		found, is := c.stage(c.Target, len(c.stages))
		if !is {
			c.wrong(line(c.stages[target].Location), "there is no stage %s, which image.target names; next: name one of %s, or take image.target out",
				c.Target, strings.Join(c.names(len(c.stages)), ", "))
			return
		}
		target = found
	}
	c.seen = map[int]bool{}
	c.check(target)
	c.labels(target)
}

// stage finds one by its name or number among the first ones.
func (c *checker) stage(name string, before int) (int, bool) {
	for i := before - 1; i >= 0; i-- {
		if c.stages[i].Name != "" && strings.EqualFold(c.stages[i].Name, name) {
			return i, true
		}
	}
	i, err := strconv.Atoi(name)
	return i, err == nil && i >= 0 && i < before
}

func (c *checker) names(before int) []string {
	var names []string
	for i, stage := range c.stages[:before] {
		names = append(names, cmp.Or(stage.Name, strconv.Itoa(i)))
	}
	return names
}

// base is the stage that one is based on; false where that is an image.
func (c *checker) base(i int) (int, bool) {
	name, _, err := c.lex.ProcessWord(c.stages[i].BaseName, c.global)
	if err != nil || name == "" {
		return 0, false
	}
	if _, numeric := strconv.Atoi(name); numeric == nil {
		return 0, false // FROM takes names alone
	}
	return c.stage(name, i)
}

// check looks at one stage and those that it needs.
func (c *checker) check(i int) {
	if c.seen[i] {
		return
	}
	c.seen[i] = true
	if base, is := c.base(i); is {
		c.check(base)
	}
	shellMissing, env := c.bare(i), c.scope(i)
	for _, command := range c.stages[i].Commands {
		at := line(command.Location())
		switch does := command.(type) {
		case *instructions.CopyCommand:
			if does.From != "" {
				c.from(i, at, "COPY --from", does.From)
			} else {
				c.sources(at, "COPY", does.SourcePaths, env)
			}
		case *instructions.AddCommand:
			c.sources(at, "ADD", does.SourcePaths, env)
		case *instructions.RunCommand:
			mounted := c.mounts(i, at, does, env)
			if shellMissing && does.PrependShell && !mounted {
				c.wrong(at, "RUN wants a shell, and the stage is from scratch and has none; next: begin it with an image that has one, "+
					"or write the command as a list, RUN [\"/program\"]")
			}
		}
		shellMissing = shellMissing && !bringsShell(command)
	}
}

// bare tells whether a stage begins with nothing.
func (c *checker) bare(i int) bool {
	base, is := c.base(i)
	if !is {
		return c.stages[i].BaseName == "scratch"
	}
	return c.bare(base) && !slices.ContainsFunc(c.stages[base].Commands, func(command instructions.Command) bool {
		_, runs := command.(*instructions.RunCommand)
		return runs || bringsShell(command) // what a command wrote is unknown
	})
}

// bringsShell tells whether a shell could be there after a command, or is named.
func bringsShell(command instructions.Command) bool {
	switch does := command.(type) {
	case *instructions.CopyCommand:
		return mayBringShell(does.DestPath)
	case *instructions.AddCommand:
		return mayBringShell(does.DestPath)
	case *instructions.ShellCommand:
		return true
	}
	return false
}

// mayBringShell tells whether what is copied there could be /bin/sh, or hold it. A relative path is one of any folder.
func mayBringShell(to string) bool {
	to = path.Clean(to)
	return !path.IsAbs(to) || strings.Contains(to, "$") || to == "/" || to == "/bin" || to == "/bin/sh"
}

// mounts looks at a command's mounts, and tells whether one could bring a shell.
func (c *checker) mounts(i, at int, run *instructions.RunCommand, env scope) (brings bool) {
	if err := run.Expand(func(word string) (string, error) { // mounts are only read then
		expanded, _, err := c.lex.ProcessWord(word, env)
		return expanded, err
	}); err != nil {
		c.wrong(at, "%w", err)
	}
	for _, mount := range instructions.GetMounts(run) {
		if mount.From != "" {
			c.from(i, at, "RUN --mount", mount.From)
		} else if mount.Type == instructions.MountTypeBind && mount.Source != "" {
			c.sources(at, "RUN --mount", []string{mount.Source}, scope{})
		}
		if mount.Required && (mount.Type == instructions.MountTypeSecret || mount.Type == instructions.MountTypeSSH) {
			c.wrong(at, "RUN --mount=type=%s is required, and builds are given none; next: take \"required\" out, or do without", mount.Type)
		}
		brings = brings || mount.Target != "" && mayBringShell(mount.Target)
	}
	return brings
}

// from checks a stage's name. A name that is no stage's is an image's, unless it is so like a stage's that it must be a typing error.
func (c *checker) from(i, at int, what, name string) {
	if found, is := c.stage(name, i); is {
		c.check(found)
		return
	}
	_, later := c.stage(name, len(c.stages))
	_, numeric := strconv.Atoi(name)
	near, similar := suggest.Search(name, c.names(len(c.stages)), false)
	switch {
	case later, numeric == nil:
		c.wrong(at, "%s=%s: there is no such stage before this one; next: name one of %s", what, name, strings.Join(append(c.names(i), "an image"), ", "))
	case similar && !strings.ContainsAny(name, "/:@$"):
		c.wrong(at, "%s=%s: there is no such stage; next: write %s, or name an image with its tag", what, name, near)
	}
}

// sources wants what is copied from the context to be sent to the builder. One with a wildcard may match nothing.
func (c *checker) sources(at int, what string, sources []string, env scope) {
	for _, source := range sources {
		name, unset, err := c.lex.ProcessWord(source, env)
		if err != nil || len(unset) > 0 || strings.ContainsAny(name, `*?[\$`) || strings.Contains(name, "://") || strings.HasPrefix(name, "git@") {
			continue
		}
		clean := strings.TrimPrefix(path.Clean("/"+name), "/")
		if clean != "" && !c.Sends(clean) {
			c.wrong(at, "%s wants %s, which is not sent to the builder; next: put it into the context, or look whether .dockerignore names it", what, clean)
		}
	}
}

func line(location []parser.Range) int {
	if len(location) == 0 {
		return 1
	}
	return location[0].Start.Line
}
