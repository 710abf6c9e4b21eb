package image

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flowcomply/infrastructure/internal/buildcontext"
)

// copyTo writes everything that is sent into a folder, each with its mode, whatever the umask is.
func copyTo(folder string, source sent) error {
	root, err := os.OpenRoot(folder) // nothing is written outside of it, whatever stands in the way
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // nothing is written by closing it
	if err := root.Chmod(".", folderMode); err != nil {
		return err
	}
	return source.Walk(func(entry buildcontext.Entry, content io.Reader) error {
		name := filepath.FromSlash(entry.Name)
		if err := makeFolder(root, filepath.Dir(name)); err != nil {
			return err
		}
		switch entry.Kind {
		case buildcontext.Link:
			return root.Symlink(entry.Link, name)
		case buildcontext.Pipe:
			return errors.Join(makePipe(filepath.Join(folder, name)), root.Chmod(name, modeOf(entry.Kind)))
		case buildcontext.Device:
			return fmt.Errorf("%s is a device, and only an administrator can copy one; next: name it in .dockerignore", entry.Name)
		default:
			return copyFile(root, name, content, modeOf(entry.Kind))
		}
	})
}

func copyFile(root *os.Root, name string, content io.Reader, mode fs.FileMode) error {
	out, err := root.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	return errors.Join(err, out.Chmod(mode), out.Close())
}

// folderMode is every folder's mode in a copy.
const folderMode = 0o755

// modeOf is the mode of everything else but links, which have none.
func modeOf(kind buildcontext.Kind) fs.FileMode {
	if kind == buildcontext.Program {
		return 0o755
	}
	return 0o644
}

// makeFolder makes a folder and those that it is in.
func makeFolder(root *os.Root, name string) error {
	if name == "." {
		return nil
	}
	if info, err := root.Lstat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := makeFolder(root, filepath.Dir(name)); err != nil {
		return err
	}
	if err := root.Mkdir(name, folderMode); err != nil {
		return err
	}
	return root.Chmod(name, folderMode)
}
