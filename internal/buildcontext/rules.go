package buildcontext

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// Rules say which files of a folder are sent.
type Rules struct {
	folder     string   // where it really is
	patterns   []string // what Docker's library is given, the last that matches wins
	matcher    *patternmatcher.PatternMatcher
	ignoreFile string // the one that is looked for; it need not be there
	dockerfile string // where the Dockerfile's name leads to; empty where there is none
}

// Rules reads the ignore file: the Dockerfile's own or, where it has none, the folder's.
func (c Context) Rules() (Rules, error) {
	made, err := c.rules()
	if err != nil {
		return Rules{}, fmt.Errorf("build context: %w", err)
	}
	return made, nil
}

func (c Context) rules() (made Rules, err error) {
	if made.folder, err = realFolder(c.Folder); err != nil {
		return made, err
	}
	if c.Dockerfile != "" {
		if err := made.readIgnoreFile(c.Dockerfile); err != nil {
			return made, err
		}
	}
	made.patterns = append(made.patterns, "**/.git")
	for _, left := range c.Without {
		if name, inside := below(made.folder, left); inside {
			made.patterns = append(made.patterns, literal(name))
		}
	}
	made.matcher, err = patternmatcher.New(made.patterns)
	return made, err
}

// readIgnoreFile finds the Dockerfile, and sets the patterns that are the ignore file's. The Dockerfile and .dockerignore are sent whatever names
// them, as Docker sends them. So are the links that lead to the Dockerfile and an ignore file of its own: the provider looks
// for both in the copy of the context, and would take .dockerignore for an ignore file that it does not find.
func (r *Rules) readIgnoreFile(name string) error {
	links, file, err := dockerfile(r.folder, name)
	if err != nil {
		return err
	}
	r.dockerfile = file
	own := name + ".dockerignore"
	leading, target, err := Follow(r.folder, own)
	switch {
	case err == nil:
		r.ignoreFile, links = own, slices.Concat(links, leading, []string{target})
	case errors.Is(err, fs.ErrNotExist):
		r.ignoreFile = ".dockerignore"
	default:
		return fmt.Errorf("the ignore file %w; next: put the file itself into the context", err)
	}
	r.patterns, err = readPatterns(filepath.Join(r.folder, filepath.FromSlash(r.ignoreFile)))
	if err != nil {
		return fmt.Errorf("%s: %w", r.ignoreFile, err)
	}
	r.patterns = sendBuildFiles(r.patterns, r.dockerfile)
	for _, needed := range links {
		r.patterns = append(r.patterns, "!"+literal(needed))
	}
	return nil
}

// sendBuildFiles adds the patterns by which Docker's command line and the provider send the Dockerfile and .dockerignore
// to the builder although they are ignored. The builder takes them out again. It is docker/cli's TrimBuildFilesFromExcludes
// (cli/command/image/build/dockerignore.go), whose package needs six modules more; a test in local/ compares the two.
func sendBuildFiles(patterns []string, dockerfile string) []string {
	for _, name := range []string{".dockerignore", dockerfile} {
		if ignored, err := patternmatcher.Matches(name, patterns); err == nil && ignored {
			patterns = append(patterns, "!"+name)
		}
	}
	return patterns
}

// readPatterns reads an ignore file; none where it is not there. Each pattern is tried: the library finds some faults only
// once it uses the pattern, and then leaves out the rest of the folder.
func readPatterns(file string) ([]string, error) {
	in, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	patterns, err := ignorefile.ReadAll(in)
	if err := errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	for _, pattern := range patterns {
		_, err := patternmatcher.New([]string{pattern})
		if err == nil {
			_, err = patternmatcher.MatchesOrParentMatches("x", []string{strings.TrimPrefix(pattern, "!")})
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %q", err, pattern)
		}
	}
	return patterns, nil
}

// ignores tells whether a name is ignored, given what is known of the folder that it is in.
func (r Rules) ignores(name string, above patternmatcher.MatchInfo) (bool, patternmatcher.MatchInfo) {
	ignored, info, err := r.matcher.MatchesUsingParentResults(name, above)
	return ignored && err == nil, info // each pattern was tried
}

// enters tells whether the library looks into an ignored folder: where an exception begins with its name.
func (r Rules) enters(folder string) bool {
	return slices.ContainsFunc(r.matcher.Patterns(), func(pattern *patternmatcher.Pattern) bool {
		return pattern.Exclusion() && strings.HasPrefix(filepath.ToSlash(pattern.String())+"/", folder+"/")
	})
}

// Sends tells whether a file of the name would be sent if it was there.
func (r Rules) Sends(name string) bool {
	ignored, reached := r.reach(name)
	return reached && !ignored
}

// Enters tells whether something in a folder of the name could be sent.
func (r Rules) Enters(folder string) bool {
	ignored, reached := r.reach(folder)
	return reached && (!ignored || r.enters(folder))
}

// reach tells whether the library comes to the name at all, and whether it is ignored.
func (r Rules) reach(name string) (ignored, reached bool) {
	var info patternmatcher.MatchInfo
	for i, char := range name + "/" {
		if char != '/' {
			continue
		}
		if ignored && !r.enters(name[:max(0, strings.LastIndex(name[:i], "/"))]) {
			return true, false
		}
		ignored, info = r.ignores(name[:i], info)
	}
	return ignored, true
}

// literal is the pattern that matches nothing but the name.
func literal(name string) string {
	var pattern strings.Builder
	for i, char := range name {
		switch {
		case strings.ContainsRune(`*?[]\^`, char) || char == '!' && i == 0:
			pattern.WriteByte('\\')
			pattern.WriteRune(char)
		case unicode.IsSpace(char) && (i == 0 || i+len(string(char)) == len(name)): // at its ends a pattern loses its blanks
			pattern.WriteString("[" + string(char) + "]")
		default:
			pattern.WriteString(name[i : i+len(string(char))])
		}
	}
	return pattern.String()
}
