// Package emulator runs the emulated AWS of one run folder: moto with what it lacks, the registry that is ECR to a Docker
// daemon, the load balancers, and the servers behind databases and caches. One background process (`local serve`)
// holds all of it; this package starts, finds and stops it.
package emulator

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"

	"github.com/flowcomply/infrastructure/local/databases"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// Settings is what an emulated AWS is made to be.
type Settings struct {
	Account      string // 12 digits: whose account the emulated AWS is
	Region       string
	AWSPort      int // loopback; 0 takes a free one
	RegistryPort int // loopback; 0 takes a free one
	// Pace is how long things take: fast (the default), middle or aws; see awslocal/pace.py.
	Pace string
	// PaceSeed is what those durations are drawn by that AWS does not always take the same time for.
	PaceSeed uint64
}

// Fast is the pace at which everything takes seconds.
const Fast = "fast"

// Paces are all that the emulated AWS knows.
var Paces = []string{Fast, "middle", "aws"}

// Host is a running emulated AWS, as recorded in its run folder.
type Host struct {
	Settings
	Process    Process `json:"process"`
	DockerHost string  `json:"dockerHost"` // empty for Docker's own default
	Network    string  `json:"network"`    // the Docker network that tasks are on
	ProxyPort  int     `json:"proxyPort"`  // loopback; the way to the load balancers
	Run        string  `json:"run"`
}

// Endpoint is the URL that AWS_ENDPOINT_URL takes.
func (h Host) Endpoint() string { return "http://127.0.0.1:" + strconv.Itoa(h.AWSPort) }

// Environment is all that makes a program use this AWS instead of the real one.
func (h Host) Environment() []string {
	env := []string{
		"AWS_ENDPOINT_URL=" + h.Endpoint(), "AWS_REGION=" + h.Region, "AWS_DEFAULT_REGION=" + h.Region,
		"AWS_ACCESS_KEY_ID=emulated", "AWS_SECRET_ACCESS_KEY=emulated", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	}
	if h.DockerHost != "" {
		env = append(env, "DOCKER_HOST="+h.DockerHost)
	}
	return env
}

// Config is how the SDK reaches this AWS.
func (h Host) Config(ctx context.Context) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithRegion(h.Region), config.WithBaseEndpoint(h.Endpoint()),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("emulated", "emulated", "")),
		config.WithLogger(logging.Nop{})) // it warns of each connection that the emulated AWS closes
}

func recordFile(run string) string { return filepath.Join(run, "emulator.json") }

// LogFile is where the background process of a run folder writes.
func LogFile(run string) string { return filepath.Join(run, "emulator.log") }

// Find returns the emulated AWS that runs for the folder; fs.ErrNotExist where none does.
func Find(run string) (Host, error) {
	text, err := os.ReadFile(recordFile(run))
	if err != nil {
		return Host{}, err
	}
	var found Host
	if err := json.Unmarshal(text, &found); err != nil || !found.Process.Alive() {
		return Host{}, fs.ErrNotExist
	}
	return found, nil
}

// Start begins an emulated AWS for the folder and returns when it answers.
func Start(ctx context.Context, tools toolchain.Tools, self, run string, want Settings) (Host, error) {
	for _, port := range []int{want.AWSPort, want.RegistryPort} {
		if err := free(port); err != nil {
			return Host{}, err
		}
	}
	if err := os.MkdirAll(run, 0o755); err != nil {
		return Host{}, err
	}
	if err := os.Remove(recordFile(run)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Host{}, err
	}
	log, err := os.Create(LogFile(run))
	if err != nil {
		return Host{}, err
	}
	defer log.Close()
	cmd := exec.Command(self, "serve", "--run", run, "--python", tools.Python, "--account", want.Account, "--region", want.Region,
		"--aws-port", strconv.Itoa(want.AWSPort), "--registry-port", strconv.Itoa(want.RegistryPort),
		"--pace", cmp.Or(want.Pace, Fast), "--pace-seed", strconv.FormatUint(want.PaceSeed, 10))
	cmd.Dir, cmd.Stdout, cmd.Stderr = tools.Root, log, log
	cmd.Env = append(os.Environ(), Mark+"="+run)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it outlives the command that starts it, until `make down`
	if err := cmd.Start(); err != nil {
		return Host{}, fmt.Errorf("emulated AWS: %w", err)
	}
	favour(cmd.Process.Pid)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return await(ctx, run, ended)
}

// readyWithin is how long the emulated AWS may take to start; two seconds are usual.
const readyWithin = 90 * time.Second

func await(ctx context.Context, run string, ended <-chan error) (Host, error) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return Host{}, fmt.Errorf("emulated AWS: it ended while starting:\n%s", lastLines(LogFile(run), 5))
		case <-ctx.Done():
			return Host{}, fmt.Errorf("emulated AWS: not ready: %w; its log is %s", ctx.Err(), LogFile(run))
		case <-tick.C:
			if found, err := Find(run); err == nil {
				return found, nil
			}
		}
	}
}

// Stop ends the folder's emulated AWS and whatever else was started for the folder, in Docker too. The error is what
// could not be removed there.
func Stop(run string) error {
	if running, err := Find(run); err == nil {
		running.Process.Stop(30 * time.Second)
	}
	for _, orphan := range Orphans(run) {
		orphan.Stop(5 * time.Second)
	}
	_ = os.Remove(recordFile(run))
	return errors.Join(sweep(run), databases.Sweep(run))
}

// free tells whether a loopback port can be taken.
func free(port int) error {
	if port == 0 {
		return nil
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		other := 20000 + port%20000 // some port that exists, whatever was asked for
		return fmt.Errorf("port %d is taken by another program; end it, or choose other ports: "+
			"make up AWS_PORT=%d REGISTRY_PORT=%d", port, other, other+1)
	}
	return listener.Close()
}

func lastLines(path string, lines int) string {
	text, _ := os.ReadFile(path)
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Complaints are the last lines of a run folder's log that are not about single requests to the registry.
func Complaints(run string) string {
	const shown = 30
	text, _ := os.ReadFile(LogFile(run))
	var servers []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "registry: ") {
			servers = append(servers, line)
		}
	}
	return strings.Join(servers[max(0, len(servers)-shown):], "")
}

// Owns tells whether a process is the emulated AWS itself or was started by it.
func (h Host) Owns(process Process) bool {
	for pid := process.PID; pid > 1; pid = parent(pid) {
		if pid == h.Process.PID {
			return true
		}
	}
	return false
}
