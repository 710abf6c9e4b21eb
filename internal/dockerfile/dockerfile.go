// Package dockerfile finds in a Dockerfile what a build would fail for, or what its image would lack, before anything is
// built. It reads it with BuildKit's own parser, so that what is right for the builder is right here.
//
// Decisions:
//
//   - Only what fails in any case is an error. Whether a base image is there, a download answers or a command succeeds, the
//     build alone can tell.
//   - A Dockerfile that names a frontend of its own (`# syntax=`, other than Docker's stable one) is not looked into: it may
//     be any language.
package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// Build is how a Dockerfile is built.
type Build struct {
	// File is what errors call it, such as backend/Dockerfile.
	File string
	// Target is the stage that is built; the last one when empty.
	Target string
	// Args are all build arguments.
	Args map[string]string
	// Labels are what the image has to have.
	Labels []Label
	// Sends tells whether a path of the context, with slashes, is sent to the builder: a file or a folder.
	Sends func(path string) bool
}

// Label is one that an image has to have, with the value of a build argument.
type Label struct {
	Name, Arg string
	Why       string // what goes wrong without it
	// MayBeEmpty accepts `name=""`, by which a Dockerfile says that it does without.
	MayBeEmpty bool
}

// Newer is a line that only a builder from Docker 23 on reads by itself.
type Newer struct {
	Line int
	What string // such as "COPY --link"
}

// stable are the frontends that understand what BuildKit's own does.
var stable = regexp.MustCompile(`^(docker\.io/)?docker/dockerfile(:1(\.[0-9]+){0,2})?(@.*)?$`)

// Check returns everything that is wrong, one error for each, and what an older daemon does not understand.
func Check(text []byte, build Build) ([]Newer, error) {
	frontend, _, _, named := parser.DetectSyntax(text)
	if named && !stable.MatchString(frontend) {
		return nil, nil
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, build.parseError(err)
	}
	c := checker{Build: build, lex: shell.NewLex(parsed.EscapeToken)}
	for _, node := range parsed.AST.Children {
		if _, err := instructions.ParseInstructionWithLinter(node, quiet()); err != nil {
			c.wrong(node.StartLine, "%w", err)
		}
	}
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	stages, global, err := instructions.Parse(parsed.AST, quiet())
	if err != nil {
		return nil, build.parseError(err)
	}
	c.stages, c.global = stages, c.globals(global)
	c.all()
	if named {
		return nil, errors.Join(c.errs...) // the frontend that it names is as new as it says
	}
	return newer(parsed.AST), errors.Join(c.errs...)
}

// quiet is a linter that says nothing.
func quiet() *linter.Linter { return linter.New(&linter.Config{SkipAll: true}) }

// parseError names the line, where the parser does.
func (b Build) parseError(err error) error {
	line := 1
	var located *parser.LocationError
	if errors.As(err, &located) && len(located.Locations) > 0 && len(located.Locations[0]) > 0 {
		line = max(line, located.Locations[0][0].Start.Line)
	}
	return fmt.Errorf("%s:%d: %w", b.File, line, err)
}

func newer(ast *parser.Node) []Newer {
	var found []Newer
	for _, node := range ast.Children {
		if len(node.Heredocs) > 0 {
			found = append(found, Newer{node.StartLine, "a heredoc"})
		}
		for _, flag := range node.Flags {
			if flag == "--link" || flag == "--link=true" {
				found = append(found, Newer{node.StartLine, node.Value + " --link"})
			}
		}
	}
	return found
}
