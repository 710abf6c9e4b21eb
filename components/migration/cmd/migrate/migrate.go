package main

import (
	"context"

	"github.com/flowcomply/infrastructure/components/migration/prisma"
)

// startedBy marks our tasks, so that one that an interrupted run left is found; 36 characters at most.
const startedBy = "flowcomply-migration"

// late is what to do about a task that took longer than it may.
const late = "look at what it waited for, as a long transaction of the application's; then run the update again, " +
	"with a longer migration.timeoutMinutes if it only is slow"

// receipt says what was done.
type receipt struct {
	Result         string   `json:"result"` // "applied" or "nothing pending"
	TaskDefinition string   `json:"taskDefinition"`
	Tasks          []string `json:"tasks"` // the tasks' ARNs, in order
}

// migrate brings the schema to that of the task definition's image.
func migrate(ctx context.Context, definition string, with prisma.Migrator) (receipt, error) {
	done, err := with.Run(ctx)
	result := "nothing pending"
	if done.Applied {
		result = "applied"
	}
	return receipt{Result: result, TaskDefinition: definition, Tasks: done.Tasks}, err
}
