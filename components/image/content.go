package image

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// ContentArg is the build argument that a build gets beside ReleaseArg where Wiring.Content is known. A Dockerfile ends
// with
//
//	ARG RELEASE
//	ARG CONTENT
//	LABEL org.opencontainers.image.version=$RELEASE com.flowcomply.content=$CONTENT
//
// so that the registry itself can say what an image was built from: whether a version that it holds is the one that is
// asked for is then a comparison, and no build.
const ContentArg = "CONTENT"

// ContentLabel is the label that holds an image's content, as Content wrote it.
const ContentLabel = "com.flowcomply.content"

// Content is what an image is built from, "sha256:<64 hex digits>": each file's path, bytes and whether its owner may
// execute it, each symbolic link's target, and which of the files is the Dockerfile. Whose checkout it is, where and when
// it was made, and under which umask, make no difference, nor do empty folders, as Git has none of these either.
//
// What .dockerignore names is left out by Docker's own rules; a file <dockerfile>.dockerignore takes its place where
// there is one. The Dockerfile and the ignore file count in any case, as Docker sends both to the builder in any case.
// Build arguments and the base image are no part of it.
//
// It is an error that the Dockerfile is missing, and that the context has something that Git cannot hold, such as a
// named pipe.
func Content(folder fs.FS, dockerfile string) (string, error) {
	files, err := contextOf(folder, dockerfile)
	if err != nil {
		return "", err
	}
	return contentOf(folder, dockerfile, files)
}

// file is one file or symbolic link of a build context.
type file struct {
	name       string // from the context, with slashes
	link       string // the target; empty for a file
	executable bool
}

func contentOf(folder fs.FS, dockerfile string, files []file) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "Dockerfile %s\x00", dockerfile)
	for _, one := range files {
		kind, content := "file", sha256.Sum256([]byte(one.link))
		switch {
		case one.link != "":
			kind = "link"
		case one.executable:
			kind = "program"
		}
		if one.link == "" {
			var err error
			if content, err = hashOf(folder, one.name); err != nil {
				return "", fmt.Errorf("build context: %w", err)
			}
		}
		fmt.Fprintf(sum, "%s %s\x00%x", kind, one.name, content) // a name has no zero byte, and a hash has one length
	}
	return fmt.Sprintf("sha256:%x", sum.Sum(nil)), nil
}

func hashOf(folder fs.FS, name string) (content [sha256.Size]byte, err error) {
	in, err := folder.Open(name)
	if err != nil {
		return content, err
	}
	defer func() { _ = in.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return content, err
	}
	return [sha256.Size]byte(sum.Sum(nil)), nil
}

// contextOf lists what the builder is sent, by name.
func contextOf(folder fs.FS, dockerfile string) ([]file, error) {
	ignored, ignoreFile, err := ignores(folder, dockerfile)
	if err != nil {
		return nil, fmt.Errorf("build context: %w", err)
	}
	var files []file
	err = fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		skip, err := ignored.MatchesOrParentMatches(name)
		switch {
		case err != nil:
			return err
		case skip && entry.IsDir() && !ignored.Exclusions() && !strings.HasPrefix(dockerfile, name+"/"):
			return fs.SkipDir
		case entry.IsDir() || skip && name != dockerfile && name != ignoreFile:
			return nil
		}
		one, err := fileOf(folder, name, entry)
		files = append(files, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("build context: %w", err)
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	if !slices.ContainsFunc(files, func(one file) bool { return one.name == dockerfile }) {
		return nil, fmt.Errorf("build context: there is no %s; image.dockerfile is relative to image.context", dockerfile)
	}
	return files, nil
}

// fileOf is what counts of one entry.
func fileOf(folder fs.FS, name string, entry fs.DirEntry) (file, error) {
	one := file{name: name}
	switch entry.Type() {
	case 0:
		info, err := entry.Info()
		if err != nil {
			return one, err
		}
		one.executable = info.Mode()&0o100 != 0
		return one, nil
	case fs.ModeSymlink:
		var err error
		one.link, err = fs.ReadLink(folder, name)
		return one, err
	}
	return one, fmt.Errorf("%s is neither a file nor a folder nor a symbolic link; name it in .dockerignore", name)
}

// ignores reads the ignore file that is in force, and says which one that is; empty where there is none.
func ignores(folder fs.FS, dockerfile string) (*patternmatcher.PatternMatcher, string, error) {
	for _, name := range []string{dockerfile + ".dockerignore", ".dockerignore"} {
		in, err := folder.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		patterns, err := ignorefile.ReadAll(in)
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, "", fmt.Errorf("%s: %w", name, err)
		}
		matcher, err := patternmatcher.New(patterns)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", name, err)
		}
		return matcher, name, nil
	}
	matcher, err := patternmatcher.New(nil)
	return matcher, "", err
}
