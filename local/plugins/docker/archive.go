package docker

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
)

// outsideDockerfile is a Dockerfile's name in the archive when it lies outside the context or is ignored by it.
const outsideDockerfile = ".dockerfile.pulumi"

// archived is the build context as the builder reads it.
type archived struct {
	dockerfile string // its name in the archive
	reader     *io.PipeReader
	// close ends the archive and returns what went wrong in writing it. It may be called again.
	close func() error
}

// archive packs the same entries that the digest is made of, owned by root, so that no image can be built from
// something that its digest does not cover.
func (b build) archive() (*archived, error) {
	entries, err := b.entries()
	if err != nil {
		return nil, err
	}
	reader, writer := io.Pipe()
	packed := &archived{dockerfile: b.dockerfileInContext(), reader: reader}
	write := writeEntries(entries)
	if !slices.ContainsFunc(entries, func(e entry) bool { return e.name == packed.dockerfile }) {
		packed.dockerfile = outsideDockerfile
		write = b.writeWithDockerfile(entries)
	}
	result := make(chan error, 1)
	go func() {
		out := tar.NewWriter(writer)
		err := write(out)
		if err == nil {
			err = out.Close()
		}
		writer.CloseWithError(err)
		result <- err
	}()
	packed.close = sync.OnceValue(func() error {
		_ = reader.Close() // always nil
		if err := <-result; !errors.Is(err, io.ErrClosedPipe) {
			return err
		}
		return nil // the builder gave up reading, and says why itself
	})
	return packed, nil
}

func writeEntries(entries []entry) func(*tar.Writer) error {
	return func(out *tar.Writer) error {
		for _, e := range entries {
			if err := e.write(out); err != nil {
				return err
			}
		}
		return nil
	}
}

// writeWithDockerfile adds the Dockerfile, and an ignore file that makes the builder take it out again once it is
// read: `COPY . .` must not find it.
func (b build) writeWithDockerfile(entries []entry) func(*tar.Writer) error {
	return func(out *tar.Writer) error {
		ignore := ".dockerignore\n"
		for _, e := range entries {
			if e.name == ".dockerignore" {
				text, err := os.ReadFile(e.path)
				if err != nil {
					return err
				}
				ignore = string(text)
				continue
			}
			if err := e.write(out); err != nil {
				return err
			}
		}
		ignore += "\n" + outsideDockerfile + "\n"
		header := &tar.Header{Typeflag: tar.TypeReg, Name: ".dockerignore", Mode: 0o644, Size: int64(len(ignore))}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.WriteString(out, ignore); err != nil {
			return err
		}
		info, err := os.Stat(b.Dockerfile)
		if err != nil {
			return err
		}
		return entry{name: outsideDockerfile, path: b.Dockerfile, info: info}.write(out)
	}
}

func (e entry) write(out *tar.Writer) error {
	header, err := tar.FileInfoHeader(e.info, e.link)
	if err != nil {
		return err
	}
	header.Name = e.name
	if e.info.Mode().Type() == fs.ModeDir {
		header.Name = strings.TrimSuffix(e.name, "/") + "/"
	}
	header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "", ""
	if err := out.WriteHeader(header); err != nil || !e.info.Mode().IsRegular() {
		return err
	}
	file, err := os.Open(e.path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = io.Copy(out, file)
	return err
}
