// Package docker asks the Docker daemon what it can build. The docker command makes the connection, so that the daemon is
// the one that it means, by whatever it is reached: a context, a socket, SSH.
package docker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Daemon is what a daemon says of itself.
type Daemon struct {
	Major, Minor int    // of its API
	Builder      string // the builder that it advises, 1 or 2; empty where it advises none, as Docker 20.10 does
	OS           string // linux or windows
	Server       string // such as Docker/28.2.2 (linux)
}

// timeout is how long a daemon may take to answer. It does so in milliseconds.
const timeout = 20 * time.Second

// Command is the docker command that is on PATH.
type Command struct{}

// Ask asks the daemon. It builds and changes nothing.
func (Command) Ask(ctx context.Context) (Daemon, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", "system", "dial-stdio")
	cmd.Stdin = strings.NewReader("GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return Daemon{}, errors.New("there is no docker command on PATH")
	case ctx.Err() != nil:
		return Daemon{}, fmt.Errorf("the Docker daemon has not answered: %w", ctx.Err())
	case err != nil && out.Len() == 0:
		return Daemon{}, fmt.Errorf("the Docker daemon does not answer: %w: %s", err, strings.TrimSpace(problem.String()))
	}
	return read(out.Bytes())
}

// read is what an answer says. The daemon has been asked over a connection that may close before or after it.
func read(answer []byte) (Daemon, error) {
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
	if err != nil {
		return Daemon{}, fmt.Errorf("the Docker daemon's answer is none: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // it is in memory
	major, minor, _ := strings.Cut(response.Header.Get("Api-Version"), ".")
	made := Daemon{Builder: response.Header.Get("Builder-Version"), OS: response.Header.Get("Ostype"), Server: response.Header.Get("Server")}
	var errs [2]error
	made.Major, errs[0] = strconv.Atoi(major)
	made.Minor, errs[1] = strconv.Atoi(minor)
	if err := errors.Join(errs[:]...); err != nil || response.StatusCode != http.StatusOK {
		return Daemon{}, fmt.Errorf("the Docker daemon answers %s with the API version %q", response.Status, response.Header.Get("Api-Version"))
	}
	return made, nil
}

// BuildKit says why the daemon does not build with BuildKit; nil where it does. Daemons for Linux have had it since Docker
// 18.09, API 1.39 (https://docs.docker.com/reference/api/engine/version-history/).
func (d Daemon) BuildKit() error {
	switch {
	case d.OS != "" && d.OS != "linux":
		return fmt.Errorf("%s is a daemon for %s, which has no BuildKit", d.Server, d.OS)
	case !d.atLeast(1, 39):
		return fmt.Errorf("%s speaks API %d.%d, and BuildKit came with 1.39 (Docker 18.09)", d.Server, d.Major, d.Minor)
	case d.Builder == "1":
		return fmt.Errorf("%s says that its builder is the classic one", d.Server)
	}
	return nil
}

// ReadsHeredocs tells whether the daemon's own BuildKit reads heredocs and --link: since Docker 23, API 1.42.
func (d Daemon) ReadsHeredocs() bool { return d.atLeast(1, 42) }

func (d Daemon) atLeast(major, minor int) bool {
	return d.Major > major || d.Major == major && d.Minor >= minor
}
