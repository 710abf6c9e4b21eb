package recovery

import (
	"fmt"
	"slices"
	"strings"
)

// printf writes one line for the person.
func (r Recovery) printf(format string, values ...any) { fmt.Fprintf(r.Out, format+"\n", values...) }

// printItem shows one thing that was found: what it is, what will be done about it, and why that is safe.
func (r Recovery) printItem(found, will, safe string) {
	r.printf("\nfound  %s\nwill   %s\nsafe   %s", found, will, safe)
}

func (r Recovery) printOrphans(orphans []Orphan) {
	for _, orphan := range orphans {
		will := "end it"
		switch {
		case orphan.migrates() && !r.Choices.StopTasks:
			will = "wait for it: a migration that is cut off is for a person to look at"
		case orphan.Role == step:
			will = fmt.Sprintf("tell it to end, and wait %s for what it has to finish", stepGrace)
		}
		r.printItem(fmt.Sprintf("process %d, a %s: %s", orphan.PID, orphan.Role, commandOf(orphan.Process)), will, orphan.Why)
	}
	r.printf("")
}

// commandOf is a process's command, without what is too long to read.
func commandOf(process Process) string {
	const enough = 100
	text := []rune(strings.Join(append([]string{process.name()}, process.Command[min(1, len(process.Command)):]...), " "))
	if len(text) > enough {
		return string(text[:enough]) + "…"
	}
	return string(text)
}

// does says what is done about a pending operation.
var does = map[Doing]string{
	Undecided: "nothing, and change nothing else in the state",
	Importing: "take it into the state",
	Clearing:  "forget the operation: the next update does what is to be done",
	Rereading: "read it anew",
}

func (r Recovery) printLeftovers(left leftovers) {
	for _, lock := range left.locks {
		r.printItem(lock.String(), "remove it", lock.why)
	}
	for _, d := range left.decisions {
		r.printItem("an operation that was cut off: "+d.Operation.String(), does[d.Do], d.Why)
	}
	for _, resource := range left.state.Unread() {
		r.printItem("adopted by a recovery that was cut off, and not read yet: "+resource.String(), "read it", "nothing else is changed by reading")
	}
	for _, task := range left.inFlight.tasks {
		will, safe := "wait for it", "what it is doing is not lost, and no other one runs beside it"
		if r.Choices.StopTasks {
			will, safe = "stop it", "it holds no lock once it has stopped; Prisma says in the next update whether a migration was cut off"
		}
		r.printItem("a migration that still runs: task "+task.String(), will, safe)
	}
	for _, id := range left.inFlight.snapshots {
		r.printItem("a snapshot that RDS is taking: "+id, "leave it", "RDS finishes it by itself, and the next update takes it up")
	}
	for _, name := range left.inFlight.deployments {
		r.printItem("a deployment in progress: "+name, "leave it", "ECS finishes it or rolls it back by itself; the next update waits for it")
	}
	r.printf("")
}

// printList shows candidates that exist, sorted.
func (r Recovery) printList(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	slices.Sort(lines)
	r.printf("\n%s", heading)
	for _, line := range lines {
		r.printf("  %s", line)
	}
}
