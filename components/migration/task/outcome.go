package task

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/ecstask"
)

// Outcome is how a task ended. Code, Reason and Written are those of the container whose command was replaced, never
// another's.
type Outcome struct {
	Arn     string
	Code    int      // exit code of the container; -1: it has none, as it never ran
	Reason  string   // why the container ended, or never ran, in ECS's words; empty: nothing is known of it
	Others  string   // what ECS says of other containers of the task, by their names
	Written []string // lines of the container's log
}

// How is the exit code and what ECS says beside it.
func (o Outcome) How() string {
	code := fmt.Sprintf("exit code %d", o.Code)
	if o.Code < 0 {
		code = "no exit code"
	}
	others := ""
	if o.Others != "" {
		others = "another container, " + o.Others
	}
	said := slices.DeleteFunc([]string{o.Reason, others}, func(part string) bool { return part == "" })
	return strings.TrimSuffix(code+": "+strings.Join(said, "; "), ": ")
}

// Failure names what went wrong, from what the task wrote, and what to do next.
func (o Outcome) Failure(what, next string) error {
	said := strings.Join(lastLines(o.Written, shownLines), "\n")
	if said != "" {
		said = "\n" + said
	}
	return fmt.Errorf("%s: task %s: %s%s\nnext: %s", what, Short(o.Arn), o.How(), said, next)
}

// shownLines is how many of a task's last lines an error has.
const shownLines = 20

func lastLines(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }

// Short is a task's id.
func Short(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// read reads the outcome from a task that has stopped.
func (o *Outcome) read(stopped types.Task, container string) {
	read := ecstask.Read(stopped, container)
	own := read.Own[0]
	o.Code, o.Others = own.Code, read.Beside()
	said := []string{read.Cause(), own.Reason}
	if !slices.ContainsFunc(stopped.Containers, func(c types.Container) bool { return c.Name != nil && *c.Name == container }) {
		said = []string{read.Why, "ECS shows no container " + container + " in it"}
	}
	o.Reason = strings.Join(slices.DeleteFunc(said, func(part string) bool { return part == "" }), "; ")
}
