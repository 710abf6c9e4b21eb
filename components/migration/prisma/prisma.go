// Package prisma migrates a database's schema to the one that an image expects. It runs Prisma's own commands in one-off
// tasks: `status`, then `deploy` if anything is pending, then `status` again (runbook 3.2).
//
// Decisions:
//   - The exit code of `status` says whether the schema is current, unless its text says that it is not: before 4.3, Prisma
//     exits with 0 in that case too. Text that is not Prisma's is ignored, so that other tools can be configured.
//   - Unless `status` says that all is well, `deploy` is tried: its error says what is wrong. A command that never ran is
//     an error at once, as it says nothing about the database.
//   - A database that is ahead of the image is no error: a rollback runs older code on the newer schema.
package prisma

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowcomply/infrastructure/components/migration/task"
)

// Migrator runs `status` and `deploy`, in tasks of the release's image.
type Migrator struct {
	Tasks task.Runner
	// Status is the command that tells, by exit code and text, whether anything is pending; Deploy applies it.
	Status, Deploy []string
	// Next says what to do about a task that failed.
	Next func(task.Outcome) string
}

// Result says what was done.
type Result struct {
	Applied bool     // migrations were applied; false: nothing was pending
	Tasks   []string // the tasks' ARNs, in order; also of those that failed
}

// Run runs `status`, `deploy` if anything is pending, and `status` again.
//
//runbook:3.2#3-5 asks what is pending, applies it and asks again.
//runbook:3.2#6 fails the update, before any service has changed, when the schema is not the release's.
func (m Migrator) Run(ctx context.Context) (Result, error) {
	done := Result{Tasks: []string{}}
	if err := m.Tasks.Others(ctx); err != nil {
		return done, err
	}
	before, err := m.run(ctx, &done, "status", m.Status)
	if err != nil {
		return done, err
	}
	said := refusal(before.Written)
	switch {
	case before.Code == 0 && said == "":
		m.say("nothing is pending")
		return done, nil
	case before.Code == 0:
		m.say("status exits with 0, but says %q, as Prisma before 4.3 does; what it says counts", said)
	}
	applied, err := m.run(ctx, &done, "deploy", m.Deploy)
	if err != nil {
		return done, err
	}
	if applied.Code != 0 {
		return done, applied.Failure("deploy", m.Next(applied))
	}
	const again = "status after deploy"
	after, err := m.run(ctx, &done, again, m.Status)
	if err != nil {
		return done, err
	}
	said = refusal(after.Written)
	switch {
	case after.Code != 0:
		return done, after.Failure(again, m.Next(after))
	case said != "":
		return done, after.Failure(fmt.Sprintf("%s: it exits with 0, but says %q", again, said), m.Next(after))
	}
	done.Applied = true
	return done, nil
}

// run runs a command. One that never ran is an error: neither its exit code nor its text is there.
func (m Migrator) run(ctx context.Context, done *Result, what string, command []string) (task.Outcome, error) {
	m.say("%s", strings.Join(command, " "))
	ended, err := m.Tasks.Run(ctx, what, command, decided)
	if ended.Arn != "" {
		done.Tasks = append(done.Tasks, ended.Arn)
	}
	switch {
	case err != nil:
		return ended, err
	case ended.Code < 0:
		return ended, ended.Failure(what+" did not run", m.Next(ended))
	case ended.Code == 0 && withoutMigrations(ended.Written):
		m.say("the image has no migrations; if the release has some, its Dockerfile or .dockerignore leaves them out")
	}
	return ended, nil
}

func (m Migrator) say(format string, args ...any) {
	fmt.Fprintf(m.Tasks.Show, "%s: %s\n", m.Tasks.Name, fmt.Sprintf(format, args...))
}
