// Package machine reads and ends the processes of the machine that recovery runs on, by what Linux says of them in /proc.
// A process is named by its id and its start, so that one that got the same id later is never taken for it.
package machine

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

	"github.com/flowcomply/infrastructure/release/recovery"
)

// Machine is this one.
type Machine struct{}

// Host is the machine's name, as the engine writes it into locks.
func (Machine) Host() (string, error) { return os.Hostname() }

// Answers tells whether anything takes connections at an address.
func (Machine) Answers(address string) bool {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

// Processes lists the processes that live. Of those of other users only ids, start and command are known.
func (Machine) Processes() ([]recovery.Process, error) {
	boot, err := booted()
	if err != nil {
		return nil, fmt.Errorf("processes: %w; recovery reads them from /proc, so run it on Linux, on the machine where the update ran", err)
	}
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var all []recovery.Process
	for _, folder := range folders {
		if process, err := read(folder, boot); err == nil { // the others ended meanwhile
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

func read(folder string, boot time.Time) (recovery.Process, error) {
	pid, err := strconv.Atoi(filepath.Base(folder))
	if err != nil {
		return recovery.Process{}, err
	}
	parent, started, err := stat(pid)
	if err != nil {
		return recovery.Process{}, err
	}
	ticks, err := strconv.ParseInt(started, 10, 64)
	if err != nil {
		return recovery.Process{}, err
	}
	process := recovery.Process{PID: pid, Parent: parent, Started: started, Since: boot.Add(time.Duration(ticks) * tick)}
	command, err := os.ReadFile(filepath.Join(folder, "cmdline"))
	if err != nil {
		return recovery.Process{}, err
	}
	if len(command) > 0 { // the kernel's own have none
		process.Command = strings.Split(strings.TrimRight(string(command), "\x00"), "\x00")
	}
	if directory, err := os.Readlink(filepath.Join(folder, "cwd")); err == nil {
		process.Directory = strings.TrimSuffix(directory, " (deleted)")
	}
	if environment, err := os.ReadFile(filepath.Join(folder, "environ")); err == nil {
		mark(&process, environment)
	}
	return process, nil
}

// mark takes from an environment the variables that say whose a process is, and nothing else.
func mark(process *recovery.Process, environment []byte) {
	for _, variable := range bytes.Split(environment, []byte{0}) {
		name, value, _ := strings.Cut(string(variable), "=")
		switch name {
		case "PULUMI_PROJECT":
			process.Project = value
		case "PULUMI_STACK":
			process.Stack = value
		case "PULUMI_BACKEND_URL":
			process.Backend = value
		case "PULUMI_MONITOR":
			process.Monitor = value
		case "PULUMI_DRY_RUN":
			process.DryRun = value == "true"
		case "TF_PLUGIN_MAGIC_COOKIE":
			process.Plugged = true
		}
	}
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

// between is the time between two looks at a process that was told to end.
const between = 20 * time.Millisecond

// Await waits for a process to end by itself.
func (Machine) Await(ctx context.Context, process recovery.Process, within time.Duration) bool {
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return gone(waiting, process)
}

// End tells a process to end, and kills it when it has not within the grace; false when it is still there, as one of another
// user's is. When ctx ends nobody is killed: what the process has to finish, it may.
func (Machine) End(ctx context.Context, process recovery.Process, grace time.Duration) bool {
	if !alive(process) {
		return true
	}
	_ = syscall.Kill(process.PID, syscall.SIGTERM)
	waiting, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if gone(waiting, process) || ctx.Err() != nil {
		return !alive(process)
	}
	_ = syscall.Kill(process.PID, syscall.SIGKILL)
	waiting, cancel = context.WithTimeout(context.WithoutCancel(ctx), killed)
	defer cancel()
	return gone(waiting, process)
}

// killed is how long the kernel may take to end a process that was killed.
const killed = 5 * time.Second

func gone(ctx context.Context, process recovery.Process) bool {
	ticker := time.NewTicker(between)
	defer ticker.Stop()
	for alive(process) {
		select {
		case <-ctx.Done():
			return !alive(process)
		case <-ticker.C:
		}
	}
	return true
}

// alive tells whether this very process still runs.
func alive(process recovery.Process) bool {
	_, started, err := stat(process.PID)
	return err == nil && process.PID > 0 && started == process.Started
}
