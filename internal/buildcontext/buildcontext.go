// Package buildcontext reads the files of a folder that a Docker builder is sent, and hashes what makes an image another one.
//
// Decisions:
//
//   - What is sent is the archive that Docker's own library makes (github.com/moby/go-archive), from the same patterns that
//     Pulumi's docker provider gives it. Names, hashes and copies all come from that one archive, so that they cannot
//     disagree. BuildKit's own client has other rules for exceptions (`!**/LICENSE.md` reaches into ignored folders
//     there); the provider does not use it, for either builder.
//   - What no Git commit can hold is no part of a context: whatever is called .git, at any depth, and folders that hold
//     nothing. Docker sends both. An image that needs one of them cannot be built again from its commit.
//   - Context.Without is no part of it either.
//   - Hard links are read as files of their own, as Git knows no others. An image gets the same bytes.
//   - The library skips what it cannot read, without an error. Here that is an error.
package buildcontext

import (
	"fmt"
	"io"
)

// Context is a folder that a builder is sent.
type Context struct {
	// Folder is the context. It may be a link to a folder.
	Folder string
	// Dockerfile is the file's name from the folder, with slashes. When it is empty, no ignore file is read and all that
	// is in the folder is sent.
	Dockerfile string
	// Without are folders that are no part of the context wherever they lie, such as the one that copies of contexts are
	// made in. They need not exist.
	Without []string
}

// Kind is what an entry is, in the word that Context.Content hashes.
type Kind string

// The kinds of entries. Sockets are none: no archive holds one, and Docker leaves them out.
const (
	File    Kind = "file"
	Program Kind = "program" // a file that its owner may execute
	Link    Kind = "link"    // a symbolic link
	Pipe    Kind = "pipe"    // a named pipe
	Device  Kind = "device"
)

// Entry is one thing that is sent. Folders are none: they count through what is in them.
type Entry struct {
	Name   string // from the context, with slashes
	Kind   Kind
	Link   string // a link's target, as it is written
	Device string // a device's type and numbers, such as "c 1:3"
	Size   int64  // bytes of a file or program
}

// Walk calls visit for everything that is sent, in the order in which it is sent: a folder's entries by name, each folder
// where its name comes. The reader has the bytes of a file and nothing of anything else; it is valid during the call.
//
// It is an error that something that is not ignored cannot be read, and that the Dockerfile is missing or would not be
// sent. Walk ends with the first error of visit.
func (c Context) Walk(visit func(Entry, io.Reader) error) error {
	rules, err := c.Rules()
	if err != nil {
		return err
	}
	if err := rules.walk(visit); err != nil {
		return fmt.Errorf("build context: %w", err)
	}
	return nil
}

func (r Rules) walk(visit func(Entry, io.Reader) error) error {
	sockets, err := r.read()
	if err != nil {
		return err
	}
	sent := r.dockerfile == ""
	packed := stream{folder: r.folder, special: map[string]Entry{}, visit: func(entry Entry, content io.Reader) error {
		sent = sent || entry.Name == r.dockerfile
		return visit(entry, content)
	}}
	err = packed.read(append(r.patterns, sockets...))
	if err == nil && !sent {
		err = fmt.Errorf("%s is not sent to the builder, as %s names a folder that it is in; next: add !%[1]s at its end", r.dockerfile, r.ignoreFile)
	}
	return err
}
