package emulator

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/flowcomply/infrastructure/local/procfs"
)

// Process names one process for good: its id alone could be somebody else's by now.
type Process struct {
	PID     int    `json:"pid"`
	Started string `json:"started"` // clock ticks after boot, as the kernel writes them
}

// Identify names a running process.
func Identify(pid int) (Process, error) {
	stat, err := procfs.Read(pid)
	if err != nil {
		return Process{}, err
	}
	if stat.Field(procfs.State) == "Z" {
		return Process{}, os.ErrProcessDone
	}
	return Process{PID: pid, Started: stat.Field(procfs.StartTime)}, nil
}

// Alive tells whether this very process still runs.
func (p Process) Alive() bool {
	now, err := Identify(p.PID)
	return err == nil && p.PID > 0 && now == p
}

// Stop asks the process to end, and kills it when it has not within the grace.
func (p Process) Stop(grace time.Duration) {
	if !p.Alive() {
		return
	}
	_ = syscall.Kill(p.PID, syscall.SIGTERM)
	for end := time.Now().Add(grace); p.Alive() && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	if p.Alive() {
		_ = syscall.Kill(p.PID, syscall.SIGKILL)
	}
}

// Mark is the variable that everything started for one run folder has in its environment, so that what an
// interruption leaves behind can be found without guessing by name.
const Mark = "FLOWCOMPLY_LOCAL_RUN"

// Orphans are the processes marked with the run folder, but for this one and the ones above it.
func Orphans(run string) []Process {
	above := map[int]bool{}
	for pid := os.Getpid(); pid > 1; pid = parent(pid) {
		above[pid] = true
	}
	want := []byte(Mark + "=" + run)
	var found []Process
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		pid, err := strconv.Atoi(filepath.Base(entry))
		if err != nil || above[pid] {
			continue
		}
		environment, err := os.ReadFile(filepath.Join(entry, "environ"))
		if err != nil || !contains(environment, want) {
			continue
		}
		if process, err := Identify(pid); err == nil {
			found = append(found, process)
		}
	}
	return found
}

func contains(environment, want []byte) bool {
	for _, variable := range bytes.Split(environment, []byte{0}) {
		if bytes.Equal(variable, want) {
			return true
		}
	}
	return false
}

func parent(pid int) int {
	stat, err := procfs.Read(pid)
	if err != nil {
		return 0
	}
	return stat.Number(procfs.Parent)
}
