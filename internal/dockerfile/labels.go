package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
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

// variables are both kinds: ENV is stronger.
func (s scope) variables() []string {
	var all []string
	for name, value := range s.args {
		if _, stronger := s.env[name]; !stronger {
			all = append(all, name+"="+value)
		}
	}
	for name, value := range s.env {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	return all
}

// globals are the arguments before the first FROM.
func (c *checker) globals(args []instructions.ArgCommand) []string {
	made := scope{args: map[string]string{}}
	for _, command := range args {
		for _, arg := range command.Args {
			c.argument(made, nil, arg)
		}
	}
	return made.variables()
}

// argument declares one: what the build was given, or its default.
func (c *checker) argument(in scope, global []string, arg instructions.KeyValuePairOptional) {
	if given, is := c.Args[arg.Key]; is {
		in.args[arg.Key] = given
		return
	}
	if arg.Value != nil {
		in.args[arg.Key] = c.expand(in, *arg.Value)
		return
	}
	for _, pair := range global {
		if name, value, _ := strings.Cut(pair, "="); name == arg.Key {
			in.args[name] = value
		}
	}
}

func (c *checker) expand(in scope, word string) string {
	value, _, err := c.lex.ProcessWord(word, shell.EnvsFromSlice(in.variables()))
	if err != nil {
		return word
	}
	return value
}

// environment is what variables stand for at a stage's end.
func (c *checker) environment(i int) []string { return c.scope(i).variables() }

// scope is what a stage has at its end; it begins with what its base has.
func (c *checker) scope(i int) scope {
	made := scope{args: map[string]string{}, env: map[string]string{}, labels: map[string]label{}}
	if base, is := c.base(i); is {
		made = c.scope(base)
	}
	for _, command := range c.stages[i].Commands {
		switch does := command.(type) {
		case *instructions.ArgCommand:
			for _, arg := range does.Args {
				c.argument(made, c.global, arg)
			}
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
