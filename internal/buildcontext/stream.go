package buildcontext

import (
	"archive/tar"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/go-archive"
)

// stream reads the library's archive of a folder.
type stream struct {
	folder  string
	visit   func(Entry, io.Reader) error
	special map[string]Entry // what is neither file nor folder, by name
}

// read packs the folder without what the patterns name, and visits what the archive holds.
func (s stream) read(patterns []string) (err error) {
	packed, err := archive.TarWithOptions(s.folder, &archive.TarOptions{ExcludePatterns: patterns})
	if err != nil {
		return err
	}
	defer func() {
		_, drained := io.Copy(io.Discard, packed) // the library complains on standard error of who does not read to the end
		err = cmp.Or(err, drained, packed.Close())
	}()
	for in := tar.NewReader(packed); ; {
		header, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // the names are the folder's own
			return changed("a file", err)
		case header.Typeflag == tar.TypeDir:
			continue
		}
		if err := s.entry(header, in); err != nil {
			return err
		}
	}
}

// entry hands one entry of the archive on.
func (s stream) entry(header *tar.Header, in io.Reader) error {
	entry := Entry{Name: header.Name, Link: header.Linkname, Size: header.Size}
	switch header.Typeflag {
	case tar.TypeReg:
		entry.Kind = kindOf(header.FileInfo().Mode())
		err := s.visit(entry, in)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = changed(entry.Name, err)
		}
		return err
	case tar.TypeLink:
		return s.hardLink(entry)
	case tar.TypeSymlink:
		entry.Kind = Link
	case tar.TypeFifo:
		entry.Kind = Pipe
	case tar.TypeChar:
		entry.Kind, entry.Device = Device, fmt.Sprintf("c %d:%d", header.Devmajor, header.Devminor)
	case tar.TypeBlock:
		entry.Kind, entry.Device = Device, fmt.Sprintf("b %d:%d", header.Devmajor, header.Devminor)
	default:
		return fmt.Errorf("%s is of a kind that no image can hold (%q); next: name it in .dockerignore", entry.Name, header.Typeflag)
	}
	s.special[entry.Name] = entry
	return s.visit(entry, strings.NewReader(""))
}

// hardLink reads another name of something that was sent already. The archive has only the first name with it.
func (s stream) hardLink(entry Entry) error {
	if first, special := s.special[entry.Link]; special {
		first.Name = entry.Name
		return s.visit(first, strings.NewReader(""))
	}
	file, err := os.Open(filepath.Join(s.folder, filepath.FromSlash(entry.Name)))
	if err != nil {
		return changed(entry.Name, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return changed(entry.Name, err)
	}
	return s.visit(Entry{Name: entry.Name, Kind: kindOf(info.Mode()), Size: info.Size()}, file)
}

// changed words what can only come of a change since it was seen that all can be read.
func changed(name string, err error) error {
	return fmt.Errorf("%s has changed while it was read; next: run the command again: %w", name, err)
}

func kindOf(mode fs.FileMode) Kind {
	if mode&0o100 != 0 {
		return Program
	}
	return File
}
