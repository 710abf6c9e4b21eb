package lab

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/flowcomply/infrastructure/local/toolchain"
)

// daemon is the Docker that builds and pushes: the machine's own where it answers, else one that the checkout
// starts for itself. The last user of a daemon started here stops it.
type daemon struct {
	host   string // DOCKER_HOST; empty for Docker's default
	folder string // of a daemon of our own
	locks  string // where its two locks are; they stay, as whoever waits for one has it open already
	users  *os.File
}

// acquireDocker finds or starts a daemon and counts this process among its users, by a shared lock that ends
// with the process however it ends.
func acquireDocker(ctx context.Context, root string) (*daemon, error) {
	if toolchain.DockerAnswers(ctx) == nil {
		return &daemon{}, nil
	}
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		return nil, fmt.Errorf("docker does not answer at DOCKER_HOST=%s; start that daemon, or unset DOCKER_HOST", host)
	}
	program := toolchain.Dockerd()
	if program == "" || os.Geteuid() != 0 {
		return nil, errors.New("docker is not running, and only root can start it here; start it (systemctl start docker) and try again")
	}
	// Short, because a socket's path may have 107 characters only; a folder for each checkout.
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("flowcomply-docker-%x", sha256.Sum256([]byte(root)))[:30])
	d := &daemon{host: "unix://" + filepath.Join(folder, "docker.sock"), folder: folder, locks: filepath.Join(root, ".local")}
	changing, err := d.lock("changing", syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer changing.Close()
	if err := os.MkdirAll(folder, 0o700); err != nil { // under the lock: the last user removes it
		return nil, err
	}
	if err := d.start(ctx, program); err != nil {
		return nil, err
	}
	d.users, err = d.lock("users", syscall.LOCK_SH)
	return d, err
}

// lock takes one of the daemon's locks. Two are needed: each user holds "users" for its whole life, shared, and
// whoever starts or stops the daemon holds "changing" meanwhile.
func (d *daemon) lock(name string, how int) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(d.locks, "docker."+name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), how); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// start runs the daemon unless another process of this checkout already did.
func (d *daemon) start(ctx context.Context, program string) error {
	if d.process().Alive() {
		return nil
	}
	log, err := os.Create(filepath.Join(d.folder, "dockerd.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	at := func(name string) string { return filepath.Join(d.folder, name) }
	cmd := exec.Command(program, "--host", d.host, "--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("dockerd.pid"))
	cmd.Stdout, cmd.Stderr = log, log
	// Not marked as the run's that happens to start it: it is the whole checkout's, and outlives that run.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, Mark+"=") })
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("docker: start %s: %w", program, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	process, identifyErr := Identify(cmd.Process.Pid)
	if err := d.await(ctx, ended); err != nil {
		process.Stop(30 * time.Second) // nobody would find it later
		return err
	}
	if identifyErr != nil {
		return identifyErr
	}
	text, err := json.Marshal(process)
	if err != nil {
		return err
	}
	return os.WriteFile(at("process.json"), text, 0o600)
}

func (d *daemon) await(ctx context.Context, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return fmt.Errorf("docker: the daemon ended while starting:\n%s", lastLines(filepath.Join(d.folder, "dockerd.log"), 3))
		case <-ctx.Done():
			return fmt.Errorf("docker: the daemon does not answer: %w", ctx.Err())
		case <-tick.C:
			if d.command("version").Run() == nil {
				return nil
			}
		}
	}
}

func (d *daemon) process() Process {
	var recorded Process
	text, err := os.ReadFile(filepath.Join(d.folder, "process.json"))
	if err == nil {
		_ = json.Unmarshal(text, &recorded)
	}
	return recorded
}

// release ends a daemon of our own when nobody else of this checkout uses it, and removes what it kept.
func (d *daemon) release() {
	if d.users == nil {
		return
	}
	changing, err := d.lock("changing", syscall.LOCK_EX)
	if err != nil {
		return
	}
	defer changing.Close()
	_ = d.users.Close()
	last, err := d.lock("users", syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return // somebody else still builds with it
	}
	defer last.Close()
	d.process().Stop(30 * time.Second)
	_ = os.RemoveAll(d.folder)
}

// forget removes the images of a registry that is about to end from the daemon.
func (d *daemon) forget(prefix string) {
	out, err := d.command("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference="+prefix+"*").Output()
	if err != nil {
		return
	}
	for _, image := range strings.Fields(string(out)) {
		_ = d.command("image", "rm", "--force", image).Run()
	}
}

func (d *daemon) command(args ...string) *exec.Cmd {
	cmd := exec.Command("docker", args...)
	if d.host != "" {
		cmd.Env = append(os.Environ(), "DOCKER_HOST="+d.host)
	}
	return cmd
}
