// Package dockernet is the Docker network of one run folder, and the TCP proxies on it: names under which containers reach
// what runs on this machine.
//
// The network is internal: nothing on it reaches beyond this machine, and nothing of this machine listens on it. A
// proxy is a container that does nothing but listen there, under the name that AWS gave out, and pass each connection
// on through a Unix socket. Listening inside the container's network namespace from outside would need root; this
// works for whoever may use Docker. The container ends by itself with the process that made it.
package dockernet

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Label is on everything that is made in Docker for a run folder; its value is the folder.
const Label = "flowcomply.run"

// Docker prepares one command of the Docker client for the daemon in use.
type Docker func(args ...string) *exec.Cmd

// Network is the network of one run folder.
type Network struct {
	Name   string
	run    string
	docker Docker
	image  string // of the proxies
}

// Name is what the network of a run folder is called. Another checkout's may be on the same daemon.
func Name(run string) string {
	return fmt.Sprintf("flowcomply-%x", sha256.Sum256([]byte(run)))[:len("flowcomply-")+12]
}

// folder holds the proxies' sockets; that it exists says that there may be something in Docker to remove.
func folder(run string) string { return filepath.Join(run, "network") }

// Create makes the network of a run folder, without anything that an earlier process of the folder left. Proxy is
// the static program of cmd/tcpproxy.
func Create(docker Docker, run, proxy string) (*Network, error) {
	if err := Sweep(docker, run); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder(run), 0o700); err != nil {
		return nil, err
	}
	n := &Network{Name: Name(run), run: run, docker: docker, image: Name(run) + "-tcpproxy:latest"}
	if _, err := said(docker("network", "create", "--internal", "--label", n.label(), n.Name)); err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	archive, err := packed(proxy)
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	cmd := docker("import", "--change", "LABEL "+Label+"="+fmt.Sprintf("%q", run), "--change", `ENTRYPOINT ["/tcpproxy"]`, "-", n.image)
	cmd.Stdin = archive
	if _, err := said(cmd); err != nil {
		return nil, fmt.Errorf("network: image of the TCP proxies: %w", err)
	}
	return n, nil
}

func (n *Network) label() string { return Label + "=" + n.run }

// packed is the file system of a proxy's image.
func packed(proxy string) (*bytes.Buffer, error) {
	program, err := os.ReadFile(proxy)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	if err := archive.WriteHeader(&tar.Header{Name: "tcpproxy", Mode: 0o755, Size: int64(len(program))}); err != nil {
		return nil, err
	}
	if _, err := archive.Write(program); err != nil {
		return nil, err
	}
	return &out, archive.Close()
}

// said is what a Docker command wrote, or its complaint.
func said(cmd *exec.Cmd) (string, error) {
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", cmd.Args[1], err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(out.String()), nil
}
