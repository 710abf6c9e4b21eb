package recovery

import (
	"fmt"
	"slices"
	"strings"
)

// item is one thing that was found: what it is, what will be done about it, and why that is safe.
type item struct{ found, will, safe string }

// printf writes one line for the person.
func (r Recovery) printf(format string, values ...any) { fmt.Fprintf(r.Out, format+"\n", values...) }

// printPlan shows what was found and what will be done.
func (r Recovery) printPlan(items []item) {
	for _, one := range items {
		r.printf("\nfound  %s", one.found)
		r.printf("will   %s", one.will)
		r.printf("safe   %s", one.safe)
	}
	r.printf("")
}

func lockItems(locks []staleLock) []item {
	var items []item
	for _, lock := range locks {
		items = append(items, item{lock.String(), "remove it", lock.why})
	}
	return items
}

func (r Recovery) orphanItems(orphans []Orphan) []item {
	var items []item
	for _, orphan := range orphans {
		will := "end it"
		switch {
		case orphan.migrates() && !r.Choices.StopTasks:
			will = "wait for it: a migration that is cut off is for a person to look at"
		case orphan.Role == step:
			will = fmt.Sprintf("tell it to end, and wait %s for what it has to finish", stepGrace)
		}
		items = append(items, item{fmt.Sprintf("process %d, a %s: %s", orphan.PID, orphan.Role, commandOf(orphan.Process)), will, orphan.Why})
	}
	return items
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

func decisionItems(decisions []Decision) []item {
	var items []item
	for _, d := range decisions {
		will := map[Doing]string{
			Undecided: "nothing, and change nothing else in the state", Importing: "take it into the state",
			Clearing: "forget the operation: the next update does what is to be done", Rereading: "read it anew",
		}[d.Do]
		items = append(items, item{"an operation that was cut off: " + d.Operation.String(), will, d.Why})
	}
	return items
}

func (h inFlightSteps) items(stop bool) []item {
	var items []item
	for _, task := range h.tasks {
		one := item{"a migration that still runs: task " + task.String(), "wait for it", "what it is doing is not lost, and no other one runs beside it"}
		if stop {
			one = item{one.found, "stop it", "it holds no lock once it has stopped; Prisma says in the next update whether a migration was cut off"}
		}
		items = append(items, one)
	}
	for _, id := range h.snapshots {
		items = append(items, item{"a snapshot that RDS is taking: " + id, "leave it", "RDS finishes it by itself, and the next update takes it up"})
	}
	for _, name := range h.deployments {
		items = append(items, item{"a deployment in progress: " + name, "leave it", "ECS finishes it or rolls it back by itself; the next update waits for it"})
	}
	return items
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
