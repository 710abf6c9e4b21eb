// Package advice has the real programs read every command that a page or a message advises.
package advice

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// One judge for all: it asks the Pulumi CLI for each help once.
func TestAdvice_IsWhatTheProgramsTake(t *testing.T) {
	j := newJudge(t)
	t.Run("messages", func(t *testing.T) { messagesAreTaken(t, j) })
	t.Run("pages", func(t *testing.T) { pagesAreTaken(t, j) })
	t.Run("wrong advice is refused", func(t *testing.T) { wrongIsRefused(t, j) })
}

func messagesAreTaken(t *testing.T, j *judge) {
	found := messages(t)
	assert.Greater(t, len(found), 50, "commands of the messages")
	for _, one := range found {
		assert.NoError(t, j.wrong(one), "%s: %s", one.where, one.text)
	}
}

func pagesAreTaken(t *testing.T, j *judge) {
	found := pages(t)
	assert.Greater(t, len(found), 100, "commands of the pages")
	for _, one := range found {
		assert.NoError(t, j.wrong(one), "%s: %s", one.where, one.text)
	}
}

// What is wrong is refused: a judge that takes everything would prove nothing.
func wrongIsRefused(t *testing.T, j *judge) {
	for text, why := range map[string]string{
		"make relaese VERSION=v1":                                     "has no target relaese",
		"make release VERSIN=v1":                                      "reads no VERSIN",
		"make recover STACK=local RECOVER_FLAGS=--improt":             "unknown flag: --improt",
		"make release 'VERSION=v1":                                    "a shell does not read it",
		"pulumi stack exprot":                                         "not 1 arguments",
		"pulumi upp":                                                  "no subcommand",
		"pulumi up --refersh":                                         "has no flag --refersh",
		"pulumi config set":                                           "not 0 arguments",
		"pulumi config rm one two":                                    "not 2 arguments",
		"aws esc list-clusters":                                       "has no service",
		"aws ecs list-cluster":                                        "has no operation list-cluster",
		"aws ecs list-tasks --clusters c":                             "has no --clusters",
		"aws ecs describe-tasks --cluster c":                          "needs --tasks",
		"aws rds wait db-instance-there --db-instance-identifier x":   "wait has no",
		"aws ecr get-login-password | docker login --pasword-stdin x": "has no flag --pasword-stdin",
		"git stauts":                                                  "has no subcommand stauts",
		"git tag --annotated v1":                                      "lists no --annotated",
		"go run ./stacks/cmd/none":                                    "there is no program",
		"go run ./components/secret/cmd/generate -numbr 1":            "defines no flag -numbr",
		"flowcomply verify --stak local":                              "unknown flag: --stak",
		"flowcomply relaese v1 --stack local":                         "unknown command \"relaese\"",
	} {
		assert.ErrorContains(t, j.wrong(command{"here", text, false}), why, text)
	}
}
