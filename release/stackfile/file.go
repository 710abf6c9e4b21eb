package stackfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// File is a stack file as it was read.
type File struct {
	Path string // with links followed
	Text []byte
}

// Read reads a stack file.
func Read(path string) (File, error) {
	followed, err := filepath.EvalSymlinks(path)
	if err != nil {
		return File{}, fmt.Errorf("stack file: %w; name the one that the stack is updated with (--config-file)", err)
	}
	text, err := os.ReadFile(followed)
	if err != nil {
		return File{}, fmt.Errorf("stack file: %w", err)
	}
	return File{followed, text}, nil
}

// Draft writes another text into a temporary file beside the stack file, so that the engine can preview it while the file
// stays as it is. Discard removes it.
func (f File) Draft(text []byte) (path string, discard func(), err error) {
	path, err = f.beside(text)
	return path, func() { os.Remove(path) }, err
}

// ErrChanged says that somebody else changed the file meanwhile.
var ErrChanged = errors.New("was changed by somebody else meanwhile, and is left as they left it; run this again")

// Replace writes another text into the file, in one step. It refuses if the file has changed since it was read.
func (f File) Replace(text []byte) error {
	return f.swap(f.Text, text)
}

// Restore writes the original text again after Replace, byte for byte.
func (f File) Restore(replaced []byte) error {
	return f.swap(replaced, f.Text)
}

func (f File) swap(expected, text []byte) error {
	now, err := os.ReadFile(f.Path)
	if err != nil {
		return fmt.Errorf("stack file: %w", err)
	}
	if !bytes.Equal(now, expected) {
		return fmt.Errorf("stack file %s: %w", f.Path, ErrChanged)
	}
	half, err := f.beside(text)
	if err != nil {
		return err
	}
	if err := os.Rename(half, f.Path); err != nil {
		os.Remove(half)
		return fmt.Errorf("stack file: %w", err)
	}
	return nil
}

// beside writes a new file in the same folder, with the same mode, and syncs it to disk.
func (f File) beside(text []byte) (path string, err error) {
	info, err := os.Stat(f.Path)
	if err != nil {
		return "", fmt.Errorf("stack file: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(f.Path), "."+filepath.Base(f.Path)+".*.yaml")
	if err != nil {
		return "", fmt.Errorf("stack file: %w", err)
	}
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Chmod(info.Mode().Perm()), temporary.Sync(), temporary.Close()); err != nil {
		os.Remove(temporary.Name())
		return "", fmt.Errorf("stack file: %w", err)
	}
	return temporary.Name(), nil
}
