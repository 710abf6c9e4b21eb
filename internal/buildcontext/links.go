package buildcontext

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// realFolder is where a folder really is.
func realFolder(name string) (string, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	found, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		return "", fmt.Errorf("%w; image.context is relative to release.source", err)
	}
	info, err := os.Stat(found)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder; image.context is relative to release.source", name)
	}
	return found, err
}

// below is the name from the folder of something in it, which need not exist.
func below(folder, name string) (string, bool) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return "", false
	}
	inside, err := filepath.Rel(folder, realPath(absolute))
	return filepath.ToSlash(inside), err == nil && inside != "." && filepath.IsLocal(inside)
}

// realPath follows the links of that part of a path that exists.
func realPath(name string) string {
	found, err := filepath.EvalSymlinks(name)
	if err == nil || filepath.Dir(name) == name {
		return found
	}
	return filepath.Join(realPath(filepath.Dir(name)), filepath.Base(name))
}

// dockerfile finds where the Dockerfile's name leads to, and the links on the way.
func dockerfile(folder, name string) (links []string, target string, err error) {
	links, target, err = Follow(folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		if len(links) > 0 {
			return nil, "", fmt.Errorf("image.dockerfile: %s is a link to %s, which is not there", name, target)
		}
		return nil, "", fmt.Errorf("there is no %s; image.dockerfile is relative to image.context", name)
	}
	if err != nil {
		return nil, "", fmt.Errorf("image.dockerfile: %w; next: put the file itself into the context", err)
	}
	info, err := os.Stat(filepath.Join(folder, filepath.FromSlash(target)))
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("image.dockerfile: %s is no file", name)
	}
	return links, target, err
}

// mostLinks is how many links Linux follows for one name.
const mostLinks = 40

// LeadsOutError is the error of a link that leads out of the folder that it is in.
type LeadsOutError struct{ Name, Target string }

func (e *LeadsOutError) Error() string {
	return fmt.Sprintf("%s is a link that leads out of the folder, to %s", e.Name, e.Target)
}

// Follow is where a name in the folder leads to, and the links on the way. A link that leads out of the folder is an error,
// and so is an absolute one, which leads out of every copy of the folder.
func Follow(folder, name string) (links []string, target string, err error) {
	target = "."
	link := name
	for rest := strings.Split(name, "/"); len(rest) > 0; {
		target, rest = path.Join(target, rest[0]), rest[1:]
		if !filepath.IsLocal(filepath.FromSlash(target)) {
			return links, target, &LeadsOutError{name, link}
		}
		file := filepath.Join(folder, filepath.FromSlash(target))
		info, err := os.Lstat(file)
		switch {
		case err != nil:
			return links, target, err
		case info.Mode()&fs.ModeSymlink == 0:
			continue
		}
		if link, err = os.Readlink(file); err != nil {
			return links, target, err
		}
		link = filepath.ToSlash(link)
		if links = append(links, target); len(links) > mostLinks {
			return links, target, fmt.Errorf("%s is a link that leads in a circle", name)
		}
		if path.IsAbs(link) {
			return links, target, &LeadsOutError{name, link}
		}
		target, rest = path.Dir(target), append(strings.Split(link, "/"), rest...)
	}
	return links, target, nil
}
