package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/flowcomply/infrastructure/components/migration/task"
)

// startedBy marks our tasks, so that one that an interrupted run left is found; 36 characters at most.
const startedBy = "flowcomply-migration"

// late is what to do about a task that took longer than it may.
const late = "look at what it waited for, as a long transaction of the application's; then run the update again, " +
	"with a longer migration.timeoutMinutes if it only is slow"

type migrator struct {
	request
	tasks task.Runner
	show  io.Writer
}

// receipt says what was done.
type receipt struct {
	Result         string   `json:"result"` // "applied" or "nothing pending"
	TaskDefinition string   `json:"taskDefinition"`
	Tasks          []string `json:"tasks"` // the tasks' ARNs, in order
}

// migrate asks, applies and asks again.
//
//runbook:3.2#3-5 asks what is pending, applies it and asks again.
//runbook:3.2#6 fails the update, before any service has changed, when the schema is not the release's.
func (m migrator) migrate(ctx context.Context) (receipt, error) {
	done := receipt{Result: "nothing pending", TaskDefinition: m.definition, Tasks: []string{}}
	if err := m.tasks.Others(ctx); err != nil {
		return done, err
	}
	do := func(what string, command []string) (task.Outcome, error) {
		fmt.Fprintf(m.show, "migrate: %s\n", strings.Join(command, " "))
		ended, err := m.tasks.Run(ctx, what, command)
		done.Tasks = append(done.Tasks, ended.Arn)
		return ended, err
	}
	before, err := do("status", m.status)
	if err != nil {
		return done, err
	}
	if before.Code == 0 {
		fmt.Fprintln(m.show, "migrate: nothing is pending")
		return done, nil
	}
	// Not up to date, and not able to tell, end alike: what is wrong is for the deployment of migrations to say.
	applied, err := do("deploy", m.deploy)
	if err != nil {
		return done, err
	}
	if applied.Code != 0 {
		return done, applied.Failure("deploy", advice(applied))
	}
	after, err := do("status", m.status)
	if err != nil {
		return done, err
	}
	if after.Code != 0 {
		return done, after.Failure("status after deploy", advice(after))
	}
	done.Result = "applied"
	return done, nil
}
