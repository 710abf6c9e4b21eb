package deploylog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
)

// bad is a report with one check that failed.
func bad(group, name string) *Report {
	return &Report{Checks: []Result{
		{Group: group, Name: name, Outcome: check.FailedNow, Cause: "the cause", Next: "the cure"}, {Group: "mail", Name: "m", Outcome: check.OK},
	}}
}

// Each failed step of a release says what to do, and none of them says what another one would.
func TestAllIssues_SayWhatToDoForEveryStepOfARelease(t *testing.T) {
	said := map[string]bool{}
	for _, phase := range Phases() {
		s := failed(step(phase, "x"))
		s.Causes = []string{"cause"}
		issues := Deployment{Timeline: Timeline{Steps: []Step{s}}}.AllIssues()
		require.Len(t, issues, 1, phase)
		assert.Equal(t, []string{"cause"}, issues[0].Causes)
		assert.NotEmpty(t, issues[0].Next, phase)
		assert.False(t, said[issues[0].Next], phase)
		said[issues[0].Next] = true
	}
}

func TestAllIssues_NameTheChecksInsteadOfTheCommand(t *testing.T) {
	s := failed(step(Verify, "verify"))
	s.Causes = []string{"exit status 1: and the whole report as text"}
	issues := Deployment{Timeline: Timeline{Steps: []Step{s}}, Report: bad("health", "api")}.AllIssues()
	require.Len(t, issues, 1)
	assert.Equal(t, "Verify failed: 1 of 2 checks", issues[0].What)
	assert.Equal(t, []string{"health/api: the cause"}, issues[0].Causes)
	assert.Equal(t, next[Verify]+"; the cure", issues[0].Next)

	byHand := Deployment{Report: bad("health", "api")}.AllIssues()
	assert.Equal(t, issues[0].Causes, byHand[0].Causes, "a report that fails is an issue without a step too")
}

// Once the old version is back nobody is told to go back; when it is not, that is what there is to know.
func TestAllIssues_AfterARollback(t *testing.T) {
	d := Deployment{Timeline: Timeline{Steps: []Step{failed(step(Verify, "verify"))}}, Report: bad("health", "api"), Rollback: &Rollback{To: "v1"}}
	issues := d.AllIssues()
	require.Len(t, issues, 1)
	assert.Equal(t, "the cure", issues[0].Next)

	d.Rollback = &Rollback{To: "v1", Failed: true, Timeline: &Timeline{Steps: []Step{failed(step(Services, "backend"))}}}
	issues = d.AllIssues()
	require.Len(t, issues, 3)
	assert.Equal(t, "Rollback to v1 failed", issues[1].What)
	assert.NotEmpty(t, issues[1].Next)
	assert.Equal(t, "Rollback: Service backend failed", issues[2].What)
	assert.Equal(t, next[Services], issues[2].Next)
}

func TestAllIssues_OrderAndLimits(t *testing.T) {
	var problems []Problem
	for i := range 25 {
		problems = append(problems, Problem{Message: fmt.Sprint("warning ", i)})
	}
	problems = append(problems, Problem{Name: "x", Error: true, Message: strings.Repeat("line\nother\n", 3) + strings.Repeat("long ", 200)})
	resource := failed(Step{Type: "aws:sns/topic:Topic", Name: "t", Op: "create"})
	for i := range mostLines + 8 {
		resource.Causes = append(resource.Causes, fmt.Sprint("line ", i))
	}
	unfinished := step(Snapshot, "snapshot")
	unfinished.Unfinished = true
	issues := Deployment{
		Timeline: Timeline{Steps: []Step{resource, unfinished}, Problems: problems}, Issues: []Issue{{What: "caller's"}},
	}.AllIssues()
	require.Len(t, issues, 4+mostWarnings+1)
	assert.Equal(t, "Create of t (aws:sns/topic:Topic) failed", issues[0].What)
	assert.Len(t, issues[0].Causes, mostLines+1)
	assert.Equal(t, "… 8 lines before", issues[0].Causes[0], "what failed says so at its end")
	assert.Equal(t, "Snapshot was interrupted", issues[1].What)
	assert.Equal(t, "Error of x", issues[2].What)
	require.Len(t, issues[2].Causes, 3, "each line once")
	assert.Len(t, []rune(issues[2].Causes[2]), longestLine)
	assert.Equal(t, "caller's", issues[3].What)
	assert.Equal(t, "and 5 more warnings", issues[len(issues)-1].What)
}
