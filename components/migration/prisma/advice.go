package prisma

import (
	"regexp"
	"strings"

	"github.com/flowcomply/infrastructure/components/migration/task"
)

// code is an error's of Prisma's (https://www.prisma.io/docs/orm/reference/error-reference).
var code = regexp.MustCompile(`\bP[13]\d{3}\b`)

// hints say what an engineer does next, by Prisma's code.
var hints = map[string]string{
	"P1000": "the database refused the password: look at the version of the secret DATABASE_URL that the task definition names, then run the update again",
	"P1001": "the database was not reached: look at its state and at the security groups between the service and it, then run the update again",
	"P1002": "another migration holds the lock (pg_advisory_lock 72707369), or the database is too busy to answer: see who with " +
		"SELECT pid, state, query FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory'; wait for it or end it, then run the update again",
	"P3005": "the database has tables that no migration made: baseline it with `prisma migrate resolve --applied <first migration>`, then run the update again",
	"P3009": "a migration failed in an earlier attempt, and Prisma applies nothing until a person says what became of it: look at what it changed, " +
		"then run `prisma migrate resolve --rolled-back <name>` (after undoing it) or `--applied <name>` (after finishing it by hand), and run the update again",
	"P3018": "a migration's SQL failed, and the ones after it were not tried: the database's own message is above. What it did before is undone unless it " +
		"ended a transaction itself: check, correct the migration under the same name or make it unnecessary, " +
		"run `prisma migrate resolve --rolled-back <name>`, then run the update again",
}

// Advice is what to do about a task of an update that failed.
//
//runbook:rollback.when#5 says what to do about a migration that failed, by Prisma's code.
func Advice(o task.Outcome) string {
	for _, line := range o.Written {
		if found := code.FindString(line); hints[found] != "" {
			return found + ": " + hints[found]
		}
	}
	for _, one := range notCurrent {
		if hints[one.code] != "" && matcher(one).MatchString(plain(o.Written)) {
			return hints[one.code]
		}
	}
	switch {
	case o.Code < 0 && o.Reason == "" && o.Others != "":
		return "the command did not run, as another container of the task could not start: look at what ECS says of that one above, " +
			"and at who adds it to the tasks of this account (GuardDuty's agent: docs.aws.amazon.com/guardduty), then run the update again"
	case o.Code < 0 && strings.Contains(o.Reason, "CannotPullContainer"):
		return "the image could not be pulled: look whether the registry holds the digest, and at the way to it, then run the update again"
	case o.Code < 0 && strings.Contains(o.Reason, "ResourceInitializationError"):
		return "the task did not come to life: look at the secrets its execution role may read, and at the way to AWS, then run the update again"
	case o.Code == 137:
		return "the container was killed, mostly for memory: give the service more, or migrate in smaller steps"
	}
	return "the services still run the release before; correct the cause above and run the update again"
}
