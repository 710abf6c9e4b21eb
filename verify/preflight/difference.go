package preflight

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/internal/shell"
	"github.com/flowcomply/infrastructure/internal/text"
)

// differenceKind is how a file differs from the commit's.
type differenceKind int

// The order in which they are reported, and repaired.
const (
	unfetchedFile differenceKind = iota
	sparseFile
	otherLineEnds
	filteredFile
	unconvertedFile
	otherType
	otherMode
	missingFile
	hiddenFile
	changedFile
	uncommittedFile
)

const anew = "check the files out anew: `git -C {folder} rm --cached -r --quiet . && git -C {folder} reset --hard`"

// differences words each kind: one file in the details; all of them in the cause, with their number; and what to do in
// {folder}.
var differences = map[differenceKind]struct{ word, cause, next string }{
	unfetchedFile: {"a Git LFS pointer and not the file", "%s kept by Git LFS and not fetched", "`git -C {folder} lfs pull`"},
	sparseFile:    {"left out by a sparse checkout", "%s of the commit left out by a sparse checkout", "`git -C {folder} sparse-checkout disable`"},
	otherLineEnds: {"other line ends", "%s with other line ends than in the commit",
		"turn that off (`git -C {folder} config core.autocrlf false`, and core.eol), and " + anew},
	filteredFile: {"changed by the filter", "%s changed by a filter of this machine's configuration, which is no part of the commit",
		"build where that filter is not configured (`git -C {folder} config --show-origin --get-regexp ^filter`), or commit the files as they are to be built"},
	unconvertedFile: {"not as .gitattributes says", "%s not as the commit's .gitattributes say", anew},
	otherType:       {"", "%s of another type than in the commit", "where links are files, set `git -C {folder} config core.symlinks true`; " + anew},
	otherMode:       {"", "%s of another mode than in the commit", "have git look at modes (`git -C {folder} config core.fileMode true`), and " + anew},
	missingFile:     {"missing", "%s of the commit missing", "bring them back: `git -C {folder} checkout HEAD -- .`"},
	hiddenFile: {"changed, and hidden from git", "%s changed, and git was told not to look",
		"have git look (`git -C {folder} update-index --no-assume-unchanged --no-skip-worktree` with the files), and commit or restore them"},
	changedFile: {"changed", "%s not what the commit has", "restore them: `git -C {folder} checkout HEAD -- .`"},
	uncommittedFile: {"in no commit", "%s in no commit, and yet part of what is built or migrated",
		"commit them, name them in .dockerignore, or take them away"},
}

// report adds what was found, with one cause for each kind.
func (c *comparison) report(folder string, w *problems) {
	for _, one := range c.submodules {
		w.add(fmt.Sprintf("`git -C %s submodule update --init --recursive`", shell.Quote(folder)),
			fmt.Sprintf("the submodule %s is %s", one.name, one.why), one.why+" "+one.name)
	}
	for i := range c.sources {
		one := &c.sources[i]
		if one.unread != nil && !c.inSubmodule(one.prefix+"/") {
			one.problem(w)
		}
	}
	for kind := unfetchedFile; kind <= uncommittedFile; kind++ {
		of := slices.DeleteFunc(slices.Clone(c.all), func(one difference) bool { return one.kind != kind })
		if len(of) == 0 {
			continue
		}
		words := differences[kind]
		names, lines := c.named(of, words.word)
		w.add(strings.ReplaceAll(words.next, "{folder}", shell.Quote(folder)), fmt.Sprintf(words.cause, text.Count(len(of), "file"))+": "+text.Some(names), lines...)
	}
}

// named are the names of differences of one kind, and a line for each. A folder without anything of the commit is named
// instead of all that is in it.
func (c *comparison) named(of []difference, word string) (names, lines []string) {
	files := map[string]int{} // by the name that stands for them
	for _, one := range of {
		name := one.name
		if one.kind == uncommittedFile {
			name = c.outermost(name)
		}
		if files[name]++; files[name] == 1 {
			names = append(names, name)
			lines = append(lines, strings.TrimSpace(word+" "+one.more)+": "+name)
		}
	}
	for i, name := range names {
		if strings.HasSuffix(name, "/") {
			lines[i] += fmt.Sprintf(" (%s)", text.Count(files[name], "file"))
		}
	}
	return names, lines
}

// outermost is the outermost folder of a name that has nothing of the commit, with a slash; the name itself if there is
// none.
func (c *comparison) outermost(name string) string {
	outermost := name
	for folder := path.Dir(name); folder != "." && !c.folders[folder]; folder = path.Dir(folder) {
		outermost = folder + "/"
	}
	return outermost
}
