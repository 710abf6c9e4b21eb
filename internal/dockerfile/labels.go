package dockerfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// scope is what variables stand for at one place, and what labels the image has so far.
type scope struct {
	args, env map[string]string
	labels    map[string]label
}

type label struct {
	value string
	empty bool // it is written so
	line  int
}

// Get is what a variable stands for: ENV is stronger than ARG.
func (s scope) Get(name string) (string, bool) {
	if value, is := s.env[name]; is {
		return value, true
	}
	value, is := s.args[name]
	return value, is
}

// Keys are the names of all variables.
func (s scope) Keys() []string {
	return slices.Concat(slices.Collect(maps.Keys(s.args)), slices.Collect(maps.Keys(s.env)))
}

// globals are the arguments before the first FROM.
func (c *checker) globals(args []instructions.ArgCommand) scope {
	made := scope{args: map[string]string{}}
	for _, command := range args {
		c.declare(made, command)
	}
	return made
}

// declare adds arguments: what the build was given, else the default, else what is declared before the first FROM.
func (c *checker) declare(in scope, command instructions.ArgCommand) {
	for _, arg := range command.Args {
		if given, is := c.Args[arg.Key]; is {
			in.args[arg.Key] = given
		} else if arg.Value != nil {
			in.args[arg.Key] = c.expand(in, *arg.Value)
		} else if value, is := c.global.args[arg.Key]; is {
			in.args[arg.Key] = value
		}
	}
}

func (c *checker) expand(in scope, word string) string {
	value, _, err := c.lex.ProcessWord(word, in)
	if err != nil {
		return word
	}
	return value
}

// scope is what a stage has at its end; it begins with what its base has.
func (c *checker) scope(i int) scope {
	made := scope{args: map[string]string{}, env: map[string]string{}, labels: map[string]label{}}
	if base, is := c.base(i); is {
		made = c.scope(base)
	}
	for _, command := range c.stages[i].Commands {
		switch does := command.(type) {
		case *instructions.ArgCommand:
			c.declare(made, *does)
		case *instructions.EnvCommand:
			for _, pair := range does.Env {
				made.env[c.expand(made, pair.Key)] = c.expand(made, pair.Value)
			}
		case *instructions.LabelCommand:
			for _, pair := range does.Labels {
				made.labels[c.expand(made, pair.Key)] = label{
					c.expand(made, pair.Value), strings.Trim(pair.Value, `"'`) == "", line(does.Location()),
				}
			}
		}
	}
	return made
}

// labels wants those that the image has to have.
func (c *checker) labels(target int) {
	stage := c.stages[target]
	end := line(stage.Location)
	if len(stage.Commands) > 0 {
		end = line(stage.Commands[len(stage.Commands)-1].Location())
	}
	found := c.scope(target).labels
	for _, wanted := range c.Labels {
		got, there := found[wanted.Name]
		next := "next: end the stage with\n\tARG " + wanted.Arg + "\n\tLABEL " + wanted.Name + "=$" + wanted.Arg
		switch {
		case !there:
			c.wrong(end, "the image gets no label %s: %s; %s", wanted.Name, wanted.Why, next)
		case got.value == c.Args[wanted.Arg], got.empty && wanted.MayBeEmpty:
		case got.value == "" && !c.declares(target, wanted.Arg, got.line):
			c.wrong(got.line, "the label %s is empty, as there is no ARG %s before it in its stage: %s; %s", wanted.Name, wanted.Arg, wanted.Why, next)
		default:
			c.wrong(got.line, "the label %s is %q and not the build argument %s: %s; %s", wanted.Name, got.value, wanted.Arg, wanted.Why, next)
		}
	}
}

// declares tells whether a stage has declared the argument before a line.
func (c *checker) declares(i int, name string, before int) bool {
	return slices.ContainsFunc(c.stages[i].Commands, func(command instructions.Command) bool {
		declared, is := command.(*instructions.ArgCommand)
		return is && line(declared.Location()) < before &&
			slices.ContainsFunc(declared.Args, func(arg instructions.KeyValuePairOptional) bool { return arg.Key == name })
	})
}
