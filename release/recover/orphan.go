package recovery

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Process is one process, with the little of its environment that says whose it is.
type Process struct {
	PID, Parent int
	// Started names it for good together with PID: clock ticks after boot, as the kernel writes them.
	Started   string
	Since     time.Time
	Command   []string
	Directory string
	// Project, Stack and Backend are PULUMI_PROJECT, PULUMI_STACK and PULUMI_BACKEND_URL; empty where there are none.
	Project, Stack, Backend string
	// Monitor is PULUMI_MONITOR, by which a program knows its engine, and DryRun is PULUMI_DRY_RUN: a preview's.
	Monitor string
	DryRun  bool
	// Plugged says that it was started as a Terraform provider, by a process that is the only one to talk to it.
	Plugged bool
}

func (p Process) name() string {
	if len(p.Command) == 0 {
		return ""
	}
	return filepath.Base(p.Command[0])
}

// engineName is the program of every engine, also of one that the Automation API runs.
const engineName = "pulumi"

// Roles of processes that an engine starts.
const (
	plugin   = "plugin"
	program  = "program"
	provider = "Terraform provider"
	step     = "step"
)

var pluginName = regexp.MustCompile(`^pulumi-(language|resource|analyzer|tool)-`)

// role is what an engine started a process as; empty for any other process. What a plugin starts, a release's step, inherits
// the project's name from it, which nobody sets in a shell.
func (p Process) role() string {
	switch {
	case pluginName.MatchString(p.name()):
		return plugin
	case p.Monitor != "":
		return program
	case p.Plugged && strings.HasPrefix(p.name(), "terraform-provider-"):
		return provider
	case p.Project != "":
		return step
	}
	return ""
}

// engine is the address of the engine that a process was started by, from its arguments or its environment.
func (p Process) engine() string {
	if p.role() == program {
		return p.Monitor
	}
	for _, argument := range slices.Backward(p.Command) {
		if host, port, err := net.SplitHostPort(argument); p.role() == plugin && err == nil && host != "" && port != "" {
			return argument
		}
	}
	return ""
}

// Owner says which processes are a stack's.
type Owner struct {
	Project, Stack, Backend, Root string
	Self                          int
}

// Orphan is a process of an update whose engine is gone.
type Orphan struct {
	Process
	Role string
	Why  string
}

// migrates tells of the step that brings the schema to the release's: `go run` with the shell around it, and what it runs. Up
// to decision 28 it was a program named migrate.
func (o Orphan) migrates() bool {
	command := strings.Join(o.Command, " ") + " "
	named := strings.Contains(command, "/step migrate ") || strings.Contains(command, "components/migration/cmd/migrate")
	return o.Role == step && (named || o.name() == "migrate")
}

// Orphans finds the processes of updates of this stack whose engine is gone, children before parents. A process with an
// engine among its ancestors belongs to a live update. One whose engine still answers at its address is returned as skipped,
// for a person to look at.
func Orphans(all []Process, of Owner, answers func(address string) bool) (orphans []Orphan, skipped []Process) {
	table := byPID(all)
	depth := map[int]int{}
	self := append(ancestors(table, table[of.Self]), table[of.Self])
	for _, process := range all {
		role := process.role()
		lineage := ancestors(table, process)
		ours := slices.ContainsFunc(self, func(p Process) bool { return p.PID == process.PID })
		if role == "" || ours || !of.owns(process) || slices.ContainsFunc(lineage, func(above Process) bool {
			return above.PID == of.Self || above.name() == engineName
		}) {
			continue
		}
		if engine := engineOf(process, lineage); engine != "" && answers(engine) {
			skipped = append(skipped, process)
			continue
		}
		why := "its parent is gone"
		switch {
		case process.engine() != "":
			why = "nothing answers at its engine's address, " + process.engine()
		case len(lineage) > 0 && lineage[0].role() != "":
			why = fmt.Sprintf("its parent, process %d, is one too", process.Parent)
		}
		depth[process.PID] = len(lineage)
		orphans = append(orphans, Orphan{Process: process, Role: role, Why: why})
	}
	slices.SortStableFunc(orphans, func(a, b Orphan) int { return depth[b.PID] - depth[a.PID] })
	return orphans, skipped
}

// engineOf is the address of the engine that a process works for: the one of the uppermost that an engine started. A plugin
// may start another one, and be the engine to that.
func engineOf(process Process, lineage []Process) string {
	engine := process.engine()
	for _, above := range lineage {
		if address := above.engine(); address != "" {
			engine = address
		}
	}
	return engine
}

// Running finds the program of a live update of the stack, which is there also where somebody removed its lock.
func Running(all []Process, of Owner) (Process, bool) {
	table := byPID(all)
	i := slices.IndexFunc(all, func(p Process) bool {
		ours := p.role() == program && !p.DryRun && p.Project == of.Project && p.Stack == of.Stack && of.owns(p)
		return ours && slices.ContainsFunc(ancestors(table, p), func(above Process) bool { return above.name() == engineName })
	})
	if i < 0 {
		return Process{}, false
	}
	return all[i], true
}

// owns tells whether a process is of the stack: nothing that it says of itself may contradict, and it has to be in this
// checkout, or of the same project on the same backend. The engine starts what it starts in the checkout.
func (o Owner) owns(p Process) bool {
	contradicts := func(says, is string) bool { return says != "" && is != "" && says != is }
	if contradicts(p.Project, o.Project) || contradicts(p.Stack, o.Stack) || contradicts(p.Backend, o.Backend) {
		return false
	}
	inside := p.Directory == o.Root || strings.HasPrefix(p.Directory, o.Root+string(filepath.Separator))
	return inside || p.Project == o.Project && p.Backend == o.Backend && p.Backend != ""
}

// ancestors are the processes above one, nearest first.
func ancestors(table map[int]Process, of Process) []Process {
	var above []Process
	for parent, known := table[of.Parent]; known && len(above) < len(table); parent, known = table[parent.Parent] {
		above = append(above, parent)
	}
	return above
}

func byPID(all []Process) map[int]Process {
	table := map[int]Process{}
	for _, process := range all {
		table[process.PID] = process
	}
	return table
}
