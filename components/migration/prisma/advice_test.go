package prisma

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/components/migration/task"
)

func TestAdvice_IsAboutTheCommandsOwnEnd(t *testing.T) {
	const pull = "CannotPullContainerError: not found"
	for name, row := range map[string]struct {
		outcome task.Outcome
		want    string
	}{
		"a code":                    {task.Outcome{Code: 1, Written: []string{"one", "Error: P3018"}}, "P3018: a migration's SQL failed"},
		"a code without a hint":     {task.Outcome{Code: 1, Written: []string{"Error: P3015", "Error: P1000"}}, "P1000: the database refused the password"},
		"a state with exit code 0":  {task.Outcome{Written: []string{"Database connection error:"}}, "the database was not reached"},
		"not pulled":                {task.Outcome{Code: -1, Reason: "TaskFailedToStart: " + pull}, "the image could not be pulled"},
		"another one not pulled":    {task.Outcome{Code: -1, Others: "agent: " + pull}, "another container of the task could not start"},
		"both":                      {task.Outcome{Code: -1, Reason: pull, Others: "agent: " + pull}, "the image could not be pulled"},
		"secrets":                   {task.Outcome{Code: -1, Reason: "ResourceInitializationError: x"}, "the secrets its execution role may read"},
		"memory":                    {task.Outcome{Code: 137, Others: "agent: " + pull}, "killed, mostly for memory"},
		"anything else":             {task.Outcome{Code: 1, Others: "agent: " + pull}, "correct the cause above"},
		"a migration called a code": {task.Outcome{Code: 1, Written: []string{"20251001_P3018_x"}}, "correct the cause above"},
	} {
		assert.Contains(t, Advice(row.outcome), row.want, name)
	}
}
