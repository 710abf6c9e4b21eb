package emulator

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
	// networks is where a daemon of our own takes its networks' addresses from.
	networks string
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
	d := ownDaemon(root)
	changing, err := d.lock("changing", syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer changing.Close()
	if err := os.MkdirAll(d.folder, 0o700); err != nil { // under the lock: the last user removes it
		return nil, err
	}
	if err := d.start(ctx, program); err != nil {
		return nil, err
	}
	d.users, err = d.lock("users", syscall.LOCK_SH)
	return d, err
}

// ownDaemon is the daemon that a checkout has, or would have, for itself. Its folder's name is short, because a
// socket's path may have 107 characters only.
func ownDaemon(root string) *daemon {
	sum := sha256.Sum256([]byte(root))
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("flowcomply-docker-%x", sum)[:30])
	return &daemon{
		host: "unix://" + filepath.Join(folder, "docker.sock"), folder: folder, locks: filepath.Join(root, ".local"),
		// One of Docker's own default ranges. Where two checkouts have the same one, Docker sees the other's and moves on.
		networks: fmt.Sprintf("172.%d.0.0/16", 18+int(sum[0])%14),
	}
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
	// Two daemons that start in the same moment trip over each other's firewall chains, of which a machine has one set.
	const attempts, collision = 3, "Chain already exists"
	var err error
	for range attempts {
		if err = d.begin(ctx, program); err == nil || !strings.Contains(err.Error(), collision) {
			return err
		}
	}
	return err
}

func (d *daemon) begin(ctx context.Context, program string) error {
	log, err := os.Create(filepath.Join(d.folder, "dockerd.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	at := func(name string) string { return filepath.Join(d.folder, name) }
	// Without the bridge docker0, of which a machine has one: several checkouts' daemons may run side by side.
	cmd := exec.Command(program, "--host", d.host, "--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("dockerd.pid"),
		"--bridge", "none", "--default-address-pool", "base="+d.networks+",size=24")
	cmd.Stdout, cmd.Stderr = log, log
	// Not marked as the run's that happens to start it: it is the whole checkout's, and outlives that run.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, Mark+"=") })
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("docker: start %s: %w", program, err)
	}
	favour(cmd.Process.Pid)
	favourContainers()
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
	d.endUnused()
}

// abandoned ends a daemon of our own that its users did not end because they were killed.
func (d *daemon) abandoned() {
	if !d.process().Alive() {
		return
	}
	if changing, err := d.lock("changing", syscall.LOCK_EX); err == nil {
		defer changing.Close()
		d.endUnused()
	}
}

// endUnused ends the daemon where nobody uses it; to be called with "changing" held.
func (d *daemon) endUnused() {
	last, err := d.lock("users", syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return // somebody else still builds with it
	}
	defer last.Close()
	d.process().Stop(30 * time.Second)
	_ = os.RemoveAll(d.folder)
}

// forget removes the images of a registry that is about to end from the daemon: those pushed, by tag, and those that
// tasks pulled, by digest.
func (d *daemon) forget(prefix string) {
	out, err := d.command("image", "ls", "--digests", "--format", "{{.Repository}} {{.Tag}} {{.Digest}}", "--filter", "reference="+prefix+"*").Output()
	if err != nil {
		return
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		if fields[1] != "<none>" {
			_ = d.command("image", "rm", "--force", fields[0]+":"+fields[1]).Run()
		}
		if fields[2] != "<none>" {
			_ = d.command("image", "rm", "--force", fields[0]+"@"+fields[2]).Run()
		}
	}
}

func (d *daemon) command(args ...string) *exec.Cmd {
	cmd := exec.Command("docker", args...)
	cmd.Env = d.environment()
	return cmd
}

// environment is this process's, with the daemon in it.
func (d *daemon) environment() []string {
	if d.host == "" {
		return os.Environ()
	}
	return append(os.Environ(), "DOCKER_HOST="+d.host)
}
