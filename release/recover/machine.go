package recovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// Linux is the machine that recovery runs on, by what Linux says of its processes in /proc. A process is named by its id and
// its start, so that one that got the same id later is never taken for it.
type Linux struct{}

// Host is the machine's name, as the engine writes it into locks.
func (Linux) Host() (string, error) { return os.Hostname() }

// Answers tells whether anything takes connections at an address.
func (Linux) Answers(address string) bool {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

// Processes lists the processes that live. Of those of other users only ids, start and command are known.
func (Linux) Processes() ([]Process, error) {
	boot, err := booted()
	if err != nil {
		return nil, fmt.Errorf("processes: %w; recovery reads them from /proc, so run it on Linux, on the machine where the update ran", err)
	}
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, folder := range folders {
		if process, err := readProcess(folder, boot); err == nil { // the others ended meanwhile
			all = append(all, process)
		}
	}
	return all, nil
}

func booted() (time.Time, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}, err
	}
	for line := range strings.Lines(string(text)) {
		if seconds, found := strings.CutPrefix(line, "btime "); found {
			since, err := strconv.ParseInt(strings.TrimSpace(seconds), 10, 64)
			return time.Unix(since, 0), err
		}
	}
	return time.Time{}, errors.New("/proc/stat has no btime")
}

// tick is the kernel's unit in /proc/<pid>/stat, the same on every Linux that Go runs on (USER_HZ).
const tick = time.Second / 100

func readProcess(folder string, boot time.Time) (Process, error) {
	pid, err := strconv.Atoi(filepath.Base(folder))
	if err != nil {
		return Process{}, err
	}
	parent, started, err := stat(pid)
	if err != nil {
		return Process{}, err
	}
	ticks, err := strconv.ParseInt(started, 10, 64)
	if err != nil {
		return Process{}, err
	}
	process := Process{PID: pid, Parent: parent, Started: started, Since: boot.Add(time.Duration(ticks) * tick)}
	command, err := os.ReadFile(filepath.Join(folder, "cmdline"))
	if err != nil {
		return Process{}, err
	}
	if len(command) > 0 { // the kernel's own have none
		process.Command = strings.Split(strings.TrimRight(string(command), "\x00"), "\x00")
	}
	if directory, err := os.Readlink(filepath.Join(folder, "cwd")); err == nil {
		process.Directory = strings.TrimSuffix(directory, " (deleted)")
	}
	environment, _ := os.ReadFile(filepath.Join(folder, "environ")) // of another user's nothing
	values := map[string]string{}
	for variable := range strings.SplitSeq(string(environment), "\x00") {
		name, value, _ := strings.Cut(variable, "=")
		values[name] = value
	}
	process.Project, process.Stack, process.Backend = values["PULUMI_PROJECT"], values["PULUMI_STACK"], values["PULUMI_BACKEND_URL"]
	process.Monitor, process.DryRun = values["PULUMI_MONITOR"], values["PULUMI_DRY_RUN"] == "true"
	_, process.Plugged = values["TF_PLUGIN_MAGIC_COOKIE"]
	return process, nil
}

// stat reads a process's parent and start; one that has ended and was not waited for counts as gone.
func stat(pid int) (parent int, started string, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, "", err
	}
	// The program's name, in brackets, may hold anything; what follows the last bracket is fields 3 (state), 4 (parent) … 22 (start).
	_, rest, _ := strings.Cut(string(text[bytes.LastIndexByte(text, ')')+1:]), " ")
	fields := strings.Fields(rest)
	const state, above, start = 0, 1, 19
	if len(fields) <= start || fields[state] == "Z" || fields[state] == "X" {
		return 0, "", os.ErrProcessDone
	}
	parent, err = strconv.Atoi(fields[above])
	return parent, fields[start], err
}

// Await waits for a process to end by itself.
func (Linux) Await(ctx context.Context, process Process, within time.Duration) bool {
	return ends(ctx, process, within)
}

// killed is how long the kernel may take to end a process that was killed.
const killed = 5 * time.Second

// End tells a process to end, and kills it when it has not within the grace; false when it is still there, as one of another
// user's is. When ctx ends nobody is killed: what the process has to finish, it may.
func (Linux) End(ctx context.Context, process Process, grace time.Duration) bool {
	if !process.lives() {
		return true
	}
	_ = syscall.Kill(process.PID, syscall.SIGTERM)
	if ends(ctx, process, grace) || ctx.Err() != nil {
		return !process.lives()
	}
	_ = syscall.Kill(process.PID, syscall.SIGKILL)
	return ends(context.WithoutCancel(ctx), process, killed)
}

// ends waits for a process to end, and tells whether it did.
func ends(ctx context.Context, process Process, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_ = poll.Until(ctx, 20*time.Millisecond, func(context.Context) error {
		if process.lives() {
			return errors.New("it runs")
		}
		return nil
	})
	return !process.lives()
}

// lives tells whether this very process still runs.
func (p Process) lives() bool {
	_, started, err := stat(p.PID)
	return err == nil && p.PID > 0 && started == p.Started
}
