package image

import "github.com/flowcomply/infrastructure/internal/buildcontext"

// ContentArg is the build argument that a build gets beside ReleaseArg where Args.Content is known. A Dockerfile ends
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

// Content is what an image is built from, "sha256:<64 hex digits>": the path, bytes and kind (file, program that its owner
// may execute, link) of everything that Docker would send to the builder, and which of the files is the Dockerfile. The
// checkout's place, its umask and its times make no difference. Build arguments and the base image are no part of it.
//
// Package buildcontext decides what is sent: what Docker's own library sends, except everything called .git, empty folders
// and the folders given in without, such as the one that copies are staged in.
//
// A Dockerfile that is missing or leads out of the context is an error, and so is anything unreadable that is not ignored.
func Content(folder, dockerfile string, without ...string) (string, error) {
	list, err := buildcontext.Context{Folder: folder, Dockerfile: dockerfile, Without: without}.List()
	return list.Content, err
}
