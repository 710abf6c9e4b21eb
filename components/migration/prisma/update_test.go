package prisma

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what is asked of ECS, and what is made of its answers. They do not prove that ECS answers so, nor
// what Prisma does: the end-to-end test runs real tasks.

const (
	pending  = "Following migration have not yet been applied:"
	upToDate = "Database schema is up to date!"
)

func TestMigrate_AsksAppliesAndAsksAgain(t *testing.T) {
	a := &account{script: []ended{
		{code: 1, says: []string{pending, "two"}}, {says: []string{"Applying migration `two`", "All migrations have been successfully applied."}}, {says: []string{upToDate}},
	}}
	done, shown, took, err := migrated(t, a)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"migrate", "status"}, {"migrate", "deploy"}, {"migrate", "status"}}, a.ran)
	assert.Equal(t, Receipt{Result: "applied", TaskDefinition: "backend:7", Tasks: []string{
		"arn:aws:ecs:::task/c/a", "arn:aws:ecs:::task/c/b", "arn:aws:ecs:::task/c/c",
	}}, done)
	assert.Equal(t, 1, strings.Count(shown, "Applying migration `two`"), shown)
	assert.Zero(t, took, "nothing is waited for where the log says how it went")
}

func TestMigrate_DoesNothingWhereNothingIsPending(t *testing.T) {
	a := &account{script: []ended{{says: []string{upToDate}}}}
	done, _, _, err := migrated(t, a)
	require.NoError(t, err)
	assert.Equal(t, "nothing pending", done.Result)
	assert.Len(t, a.ran, 1)
}

// Prisma before 4.3 exits with 0 whatever it finds.
func TestMigrate_BelievesWhatPrismaSaysBeforeItsExitCode(t *testing.T) {
	for _, says := range []string{
		pending, "Following migrations have failed:", "Database connection error:", "The current database is not managed by Prisma Migrate.",
		"\x1b[31mYour local migration history and the migrations table from your database are different:\x1b[39m",
	} {
		a := &account{script: []ended{{says: []string{"2 migrations found in prisma/migrations", says, "20251001_two"}}, {}, {says: []string{upToDate}}}}
		done, shown, _, err := migrated(t, a)
		require.NoError(t, err, says)
		assert.Equal(t, "applied", done.Result, says)
		assert.Contains(t, shown, "migrate: status exits with 0, but says ", says)

		a = &account{script: []ended{{code: 1, says: []string{pending}}, {}, {says: []string{says, "20251001_two"}}}}
		done, _, _, err = migrated(t, a)
		require.ErrorContains(t, err, `status after deploy: it exits with 0, but says "`, says)
		require.ErrorContains(t, err, says+"\n20251001_two\nnext: ")
		assert.Equal(t, "nothing pending", done.Result)
	}
}

func TestMigrate_BelievesTheExitCodeWhereTheTextIsNotPrismas(t *testing.T) {
	for _, says := range [][]string{
		{"1 migration found in prisma/migrations", "20251001_not_yet_been_applied", upToDate},
		{"[info] 2 migrations have not yet been applied: by design", "connected", upToDate},
		{"goose: no migrations to run. current version: 20251001"},
	} {
		done, _, _, err := migrated(t, &account{script: []ended{{says: says}}})
		require.NoError(t, err)
		assert.Equal(t, "nothing pending", done.Result, says)
	}
	_, shown, _, err := migrated(t, &account{script: []ended{{says: []string{"No migration found in prisma/migrations", upToDate}}}})
	require.NoError(t, err)
	assert.Contains(t, shown, "migrate: the image has no migrations; if the release has some, its Dockerfile or .dockerignore leaves them out")
}

// CloudWatch Logs may have the lines only seconds after the task has stopped.
func TestMigrate_WaitsForALogThatComesLate(t *testing.T) {
	a := &account{script: []ended{{says: []string{"Prisma schema loaded", pending}, late: 20 * time.Second}, {says: []string{"done"}}, {says: []string{upToDate}}}}
	done, _, took, err := migrated(t, a)
	require.NoError(t, err)
	assert.Equal(t, "applied", done.Result)
	assert.Equal(t, 30*time.Second, took, "20 s for the first line, and 10 s for what might follow a line that decides nothing")

	for name, row := range map[string]struct {
		refused error
		took    time.Duration
		says    string
	}{
		"no stream yet": {nil, 30 * time.Second, "ResourceNotFoundException: The specified log stream does not exist."},
		"throttled":     {&smithy.GenericAPIError{Code: "ThrottlingException"}, 30 * time.Second, "ThrottlingException"},
		"AWS's fault":   {&smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusServiceUnavailable}}, Err: errors.New("busy")}, 30 * time.Second, "busy"},
		"not allowed":   {&smithy.GenericAPIError{Code: "AccessDeniedException"}, 0, "AccessDeniedException"},
	} {
		_, shown, took, err := migrated(t, &account{script: []ended{{refused: row.refused}}})
		require.NoError(t, err)
		assert.Equal(t, row.took, took, name)
		assert.Contains(t, shown, "migrate: task a has exit code 0: EssentialContainerExited, and its log could not be read (group /ecs/b, stream ecs/backend/a): ")
		assert.Contains(t, shown, row.says)
		assert.Contains(t, shown, "migrate: nothing is pending")
	}
}

func TestMigrate_ExplainsWhatPrismaSays(t *testing.T) {
	for _, row := range []struct{ says, advice string }{
		{"Error: P1002", "pg_advisory_lock"}, {"Error: P3009", "--rolled-back"}, {"Error: P3018", "the database's own message"},
		{"Error: P1001: Can't reach", "security groups"}, {"Following migration have failed:", "--rolled-back"}, {"something else", "run the update again"},
	} {
		a := &account{script: []ended{{code: 1}, {code: 1, says: []string{"Prisma schema loaded", row.says}, reason: "Essential container in task exited"}}}
		_, _, _, err := migrated(t, a)
		require.ErrorContains(t, err, "deploy: task b: exit code 1: EssentialContainerExited: Essential container in task exited")
		require.ErrorContains(t, err, row.says)
		require.ErrorContains(t, err, row.advice)
	}
}

func TestMigrate_TellsATaskThatNeverRan(t *testing.T) {
	for _, script := range [][]ended{
		{{started: true, reason: "CannotPullContainerError: not found"}}, {{code: 1}, {started: true, reason: "CannotPullContainerError: not found"}},
	} {
		_, _, _, err := migrated(t, &account{script: script})
		require.ErrorContains(t, err, "no exit code: TaskFailedToStart: CannotPullContainerError: not found")
		require.ErrorContains(t, err, "whether the registry holds the digest")
	}
	_, _, _, err := migrated(t, &account{})
	require.ErrorContains(t, err, "ECS started no task: RESOURCE:MEMORY none left")
}

func TestMigrate_LeavesNoLockBehind(t *testing.T) {
	a := &account{script: []ended{{code: 1}, {never: true, says: []string{"waiting"}}}}
	_, _, _, err := migrated(t, a, func(r *Request) { r.Timeout = 20 * time.Second })
	require.ErrorContains(t, err, "deploy: task b was stopped, as it took longer than 20s; it holds no lock any more\nwaiting")
	assert.Equal(t, []string{"arn:aws:ecs:::task/c/b"}, a.stopped)
}

func TestMigrate_WaitsOutAnErrorThatPasses(t *testing.T) {
	a := &account{script: []ended{{}}, trouble: errors.New("ThrottlingException")}
	_, _, _, err := migrated(t, a)
	require.NoError(t, err)
}

// What an interrupted run left is waited for: two migrations at once would only wait for one another's lock.
func TestMigrate_WaitsForAnInterruptedRun(t *testing.T) {
	a := &account{left: []string{"old"}, tasks: map[string]*ended{"old": {}}, script: []ended{{}}}
	_, shown, _, err := migrated(t, a)
	require.NoError(t, err)
	assert.Contains(t, shown, "task old of an interrupted run is still at work")
	assert.Contains(t, shown, "it ended with exit code 0")

	a = &account{left: []string{"old"}, tasks: map[string]*ended{"old": {never: true}}}
	_, _, _, err = migrated(t, a, func(r *Request) { r.Timeout = 10 * time.Second })
	require.ErrorContains(t, err, "an interrupted run's task: task old was stopped")
	assert.Empty(t, a.ran, "started beside one that had not ended")
}
