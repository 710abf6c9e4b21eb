package toolchain

import (
	"context"
	"errors"
	"os"
	"os/exec"
)

// docker makes sure that there is a Docker client and, where a local daemon will have to be started, the daemon's
// program too. On Debian and as root they are installed; elsewhere the error says what to install.
func (t Tools) docker(ctx context.Context) (string, error) {
	client, err := exec.LookPath("docker")
	if err == nil && (DockerAnswers(ctx) == nil || os.Getenv("DOCKER_HOST") != "" || Dockerd() != "") {
		return client, nil
	}
	if !canInstall() {
		return "", errors.New("docker is not installed, or not running; install Docker Engine (on Debian, as root: " +
			"apt-get install docker.io), or start it (systemctl start docker)")
	}
	if err := install(ctx, "docker.io"); err != nil {
		return "", err
	}
	return exec.LookPath("docker")
}

// DockerAnswers asks the daemon that DOCKER_HOST or the default socket names; the error is what Docker says.
func DockerAnswers(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "docker", "version", "--format", "{{.Server.Version}}").CombinedOutput()
	if err != nil {
		return errors.New(tail(string(out), 1))
	}
	return nil
}

// Dockerd is the daemon's program, or nothing where it is not installed. Debian keeps it out of a user's PATH.
func Dockerd() string {
	if found, err := exec.LookPath("dockerd"); err == nil {
		return found
	}
	for _, path := range []string{"/usr/sbin/dockerd", "/usr/local/sbin/dockerd"} {
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}
