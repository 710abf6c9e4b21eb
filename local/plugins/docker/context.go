package docker

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher/ignorefile"
)

// digest identifies what the image is built from: the Dockerfile, and the name, mode and content of everything in the
// archive that it is built from. Folders count through what is in them; times and owners do not count.
func (b build) digest() (string, error) {
	if err := b.locate(); err != nil {
		return "", err
	}
	sum := sha256.New()
	file, err := os.Open(b.Dockerfile)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	content, err := hashOf(file)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "Dockerfile\x00%s\x00", content)
	packed, err := b.archive()
	if err != nil {
		return "", err
	}
	if err := errors.Join(hashEntries(sum, tar.NewReader(packed.reader)), packed.close()); err != nil {
		return "", fmt.Errorf("build.context %q: %w", b.Context, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// hashEntries adds what counts of each entry of an archive.
func hashEntries(sum io.Writer, in *tar.Reader) error {
	contents := map[string]string{} // a hard link has none of its own
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content := header.Linkname
		switch header.Typeflag {
		case tar.TypeDir:
			continue
		case tar.TypeReg:
			if content, err = hashOf(in); err != nil {
				return err
			}
		case tar.TypeLink:
			content = contents[header.Linkname]
		}
		contents[header.Name] = content
		fmt.Fprintf(sum, "%s\x00%s\x00%s\x00", header.Name, header.FileInfo().Mode(), content)
	}
}

func hashOf(in io.Reader) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// ignored reads the Dockerfile's own ignore file or, where it has none, the context's.
func (b build) ignored() ([]string, error) {
	for _, name := range []string{b.Dockerfile + ".dockerignore", filepath.Join(b.Context, ".dockerignore")} {
		file, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		patterns, err := ignorefile.ReadAll(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return patterns, nil
	}
	return nil, nil
}
