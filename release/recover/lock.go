package recovery

import (
	"fmt"
	"time"
)

// Lock is one lock of a stack, as backends of files keep it.
type Lock struct {
	User  string    `json:"username"`
	Host  string    `json:"hostname"`
	PID   int       `json:"pid"`
	Since time.Time `json:"timestamp"`
}

// Cloud stands for the host of an update that Pulumi Cloud knows, which keeps none.
const Cloud = "pulumi-cloud"

func (l Lock) String() string {
	if l.Host == Cloud {
		return fmt.Sprintf("an update of %s's on Pulumi Cloud, since %s", l.User, at(l.Since))
	}
	return fmt.Sprintf("a lock of %s@%s (process %d), since %s", l.User, l.Host, l.PID, at(l.Since))
}

// at is a time for people.
func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// Verdict is what a lock is worth.
type Verdict int

// The verdicts on a lock.
const (
	Stale   Verdict = iota // whoever held it is gone
	Held                   // by a live update
	Foreign                // nobody can tell from here
)

// slack is how far two clocks of one machine may differ: a lock's time and a process's start, which the kernel counts in
// ticks from a boot time that it knows to the second.
const slack = 2 * time.Second

// evaluateLock tells whether a lock is stale, and why. Process ids are reused: a process with the id of the holder is the
// holder only if it was there when the lock was made. A host that a person vouches for counts as gone.
func evaluateLock(lock Lock, host, vouched string, processes []Process) (Verdict, string) {
	switch {
	case lock.Host == vouched && lock.Host != host:
		return Stale, "you say that nothing runs on " + vouched
	case lock.Host == Cloud:
		return Foreign, "Pulumi Cloud does not say whether it still runs"
	case lock.Host != host:
		return Foreign, fmt.Sprintf("this machine is %s, and cannot tell whether it still runs on %s", host, lock.Host)
	}
	if process, runs := byPID(processes)[lock.PID]; runs {
		older, about := process.Since.Before(lock.Since.Add(-slack)), process.Since.Before(lock.Since.Add(slack))
		if older || about && process.name() == engineName {
			return Held, fmt.Sprintf("process %d runs, since %s: %s", process.PID, at(process.Since), process.name())
		}
		return Stale, fmt.Sprintf("it was made on this machine, and process %d is another one by now, since %s: %s",
			lock.PID, at(process.Since), process.name())
	}
	return Stale, fmt.Sprintf("it was made on this machine, and process %d is gone", lock.PID)
}
