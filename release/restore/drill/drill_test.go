package drill

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
)

// These tests play AWS. They do not prove that a snapshot is whole, nor that RDS, ECS and IAM take what they are asked: a
// drill on the emulated AWS, with real databases and tasks, does the latter, and each drill in earnest the former.

const status = "npx prisma migrate status"

// nothing of the drill may be there afterwards, whatever happened.
func (a *account) clean(name string) {
	a.t.Helper()
	if left := a.instances[copyID]; left != nil {
		assert.Equal(a.t, "deleting", *left.DBInstanceStatus, name)
	}
	assert.Empty(a.t, a.secrets, name)
	assert.Empty(a.t, a.definitions, name)
	assert.Equal(a.t, "available", *a.instances["flowcomply-production"].DBInstanceStatus, name)
}

func TestRun_RestoresChecksAndDrops(t *testing.T) {
	a := newAccount(t)
	a.says[status] = []string{"Database schema is up to date!"}
	var definition ecs.RegisterTaskDefinitionInput
	var address secretsmanager.CreateSecretInput
	var policy string
	code, shown := a.run(func(d *Drill) {
		d.ECS = watched{a, func() {
			for _, one := range a.definitions {
				definition = one
			}
			for arn, one := range a.secrets {
				address, policy = one, a.policies[arn]
			}
		}}
	})
	require.Equal(t, exit.Done, code, shown)
	assert.Equal(t, []string{
		"restore newest in subnets, [sg-database], settings, db.m6g.large", "password of " + copyID, "create secret", "policy", "register", "run " + status,
		"delete " + copyID, "delete arn:flowcomply-production/drill/1795521900", "deregister flowcomply-backend-drill:1",
	}, a.calls)
	a.clean("")

	container := definition.ContainerDefinitions[0]
	assert.Equal(t, "backend@sha256:42", *container.Image, "the service's own revision")
	assert.Equal(t, "arn:flowcomply-production/drill/1795521900", *container.Secrets[0].ValueFrom)
	assert.Equal(t, "arn:redis", *container.Secrets[1].ValueFrom, "all else is the service's")
	assert.Equal(t, "arn:role/execution", *definition.ExecutionRoleArn)
	assert.Equal(t, "postgresql://flowcomply:"+a.password+"@copy.rds.test:5432/flowcomply?schema=public&sslmode=require", *address.SecretString)
	assert.Equal(t, "arn:key/data", *address.KmsKeyId)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:role/execution"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`, policy)
	assert.Greater(t, len(a.password), 40)
	assert.NotContains(t, shown, a.password)

	assert.Regexp(t, `production: drill with newest, of 2026-11-23 14:00:00 UTC`, shown)
	assert.Regexp(t, `ok +restored +4m0s +flowcomply-production-drill is available`, shown)
	assert.Regexp(t, `ok +migrations +0s +the copy has the schema of v1.1.0`, shown)
	assert.Contains(t, shown, "  Database schema is up to date!")
	assert.Contains(t, shown, "not asked, as migration.count names no command")
	assert.Contains(t, shown, "a restore of this snapshot takes some 5m0s, and what was written since it, 22h0m0s ago, would be lost")
}

// watched lets a test look when a task starts.
type watched struct {
	*account
	look func()
}

func (w watched) RunTask(ctx context.Context, in *ecs.RunTaskInput, more ...func(*ecs.Options)) (*ecs.RunTaskOutput, error) {
	w.look()
	return w.account.RunTask(ctx, in, more...)
}

// The snapshot of last night has the schema of the release before: a restore would migrate it, and so does the drill.
func TestRun_MigratesAnOlderSchemaAndCounts(t *testing.T) {
	a := newAccount(t)
	a.codes = []int32{1}
	a.says["count-rows"] = []string{"User 12", "Asset 340"}
	code, shown := a.run(func(d *Drill) { d.Stack.Count = []string{"count-rows"} })
	require.Equal(t, exit.Done, code, shown)
	assert.Equal(t, []string{status, "npx prisma migrate deploy", status, "count-rows"}, a.ran)
	assert.Contains(t, shown, "the migrations of v1.1.0 were applied to the copy")
	assert.Regexp(t, `ok +tables +0s +User 12; Asset 340`, shown)
}

func TestRun_TellsWhatIsWrongAndLeavesNothing(t *testing.T) {
	for name, row := range map[string]struct {
		make func(*account)
		code int
		want string
	}{
		"no snapshot":      {func(a *account) { a.snapshots = nil }, exit.Refused, "flowcomply-production has no snapshot that is available"},
		"no database":      {func(a *account) { delete(a.instances, "flowcomply-production") }, exit.Refused, "RDS knows no instance flowcomply-production"},
		"a refusal":        {func(a *account) { a.refuse["restore"] = errBoom }, exit.Refused, "restore newest: boom"},
		"an endless one":   {func(a *account) { a.creating = -1 }, exit.Failed, "restored: it took too long: more than 1h0m0s"},
		"a broken one":     {func(a *account) { a.state = "incompatible-restore" }, exit.Failed, "flowcomply-production-drill is incompatible-restore"},
		"no password":      {func(a *account) { a.refuse["password of "+copyID] = errBoom }, exit.Failed, "opened: boom"},
		"no secret":        {func(a *account) { a.refuse["policy"] = errBoom }, exit.Failed, "readied: boom"},
		"no revision":      {func(a *account) { a.refuse["register"] = errBoom }, exit.Failed, "readied: task definition: boom"},
		"no task":          {func(a *account) { a.refuse["run "+status] = errBoom }, exit.Failed, "migrations: status: start a task: boom"},
		"a bad migration":  {func(a *account) { a.codes = []int32{1, 1} }, exit.Failed, "a restore of this snapshot would fail so too"},
		"still not enough": {func(a *account) { a.codes = []int32{1, 0, 1} }, exit.Failed, "status after deploy"},
		"an old Prisma": {func(a *account) { a.says[status] = []string{"Following migration have not yet been applied:"} }, exit.Failed,
			`status after deploy: it exits with 0, but says "Following migration have not yet been applied:"`},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			row.make(a)
			code, shown := a.run()
			assert.Equal(t, row.code, code, shown)
			assert.Contains(t, shown, row.want)
			if a.instances["flowcomply-production"] != nil {
				a.clean(name)
			}
		})
	}
}

// The agent that GuardDuty adds to each task has an exit code of its own, which says nothing.
func TestRun_GoesByTheServicesOwnContainer(t *testing.T) {
	a := newAccount(t)
	a.codes = []int32{1, 1}
	code, shown := a.run()
	assert.Equal(t, exit.Failed, code, shown)
	assert.Contains(t, shown, "deploy: task 2: exit code 1")

	a = newAccount(t)
	a.agent = 143
	code, shown = a.run()
	assert.Equal(t, exit.Done, code, shown)
}

// RDS says available of an instance that it goes on configuring.
func TestRun_AsksAgainWhereRDSDoesNotChangeTheCopyYet(t *testing.T) {
	a := newAccount(t)
	a.busy = 3
	code, shown := a.run()
	require.Equal(t, exit.Done, code, shown)
	assert.Regexp(t, `ok +opened +4m0s `, shown, "three looks later, and one at the copy")
	assert.NotEmpty(t, a.password)

	a = newAccount(t)
	a.busy = 1000
	code, shown = a.run()
	assert.Equal(t, exit.Failed, code)
	assert.Contains(t, shown, "opened: it took too long: more than 1h0m0s")
	a.clean("busy for ever")
}

func TestRun_DropsWhenItIsInterrupted(t *testing.T) {
	a := newAccount(t)
	code, shown := a.run(func(d *Drill) {
		looks := 0
		wait := d.Pause
		d.Pause = func(ctx context.Context, length time.Duration) error {
			if looks++; looks == 2 {
				return context.Canceled
			}
			return wait(ctx, length)
		}
	})
	assert.Equal(t, exit.Failed, code)
	assert.Contains(t, shown, "context canceled")
	assert.Contains(t, a.calls, "delete "+copyID)
	a.clean("interrupted")
}

// One that was killed leaves what it had made; the next drill finds it by its tag, and nobody else's.
func TestRun_SweepsWhatAKilledDrillLeft(t *testing.T) {
	mine := []types.Tag{{Key: aws.String(mark), Value: aws.String("flowcomply-production")}}
	a := newAccount(t)
	a.instances[copyID] = &types.DBInstance{DBInstanceStatus: aws.String("available"), TagList: mine}
	a.definitions["flowcomply-backend-drill:7"] = ecs.RegisterTaskDefinitionInput{}
	for name, stack := range map[string]string{"arn:left": "flowcomply-production", "arn:staging's": "flowcomply-staging"} {
		a.secrets[name] = secretsmanager.CreateSecretInput{Tags: []secrettypes.Tag{{Key: aws.String(mark), Value: aws.String(stack)}}}
	}
	code, shown := a.run()
	require.Equal(t, exit.Done, code, shown)
	assert.Regexp(t, `ok +swept +\S+ +3 things of a drill that was cut off`, shown)
	assert.Equal(t, []string{"delete " + copyID, "delete arn:left", "deregister flowcomply-backend-drill:7"}, a.calls[:3])
	assert.Contains(t, a.secrets, "arn:staging's")

	a = newAccount(t)
	a.instances[copyID] = &types.DBInstance{DBInstanceStatus: aws.String("available")}
	code, shown = a.run()
	assert.Equal(t, exit.Refused, code)
	assert.Contains(t, shown, "that no drill of this stack made; delete or rename it")
	assert.Empty(t, a.calls, "somebody's instance is left alone")
}

func TestRun_SaysWhatIsLeft(t *testing.T) {
	a := newAccount(t)
	a.refuse["delete "+copyID] = errBoom
	code, shown := a.run()
	assert.Equal(t, exit.Failed, code)
	assert.Contains(t, shown, "of the drill is left: instance "+copyID+": boom\nnext: run it again, which drops that first")
}

// RDS deletes nothing that is still being made: it is asked again.
func TestRun_WaitsToDeleteWhatIsBeingMade(t *testing.T) {
	a := newAccount(t)
	a.creating = -1
	a.refuse["delete "+copyID] = &types.InvalidDBInstanceStateFault{}
	code, shown := a.run(func(d *Drill) {
		wait := d.Pause
		d.Pause = func(ctx context.Context, length time.Duration) error {
			if a.clock.Sub(now) > 90*time.Minute {
				delete(a.refuse, "delete "+copyID)
			}
			return wait(ctx, length)
		}
	})
	assert.Equal(t, exit.Failed, code, shown)
	a.clean("at last")
}

// A drill that is interrupted as it begins waits until RDS has made what it deletes, in RDS's time.
func TestRun_WaitsForHalfAnHourToDeleteWhatIsBeingMade(t *testing.T) {
	a := newAccount(t)
	a.creating = -1
	a.refuse["delete "+copyID] = &types.InvalidDBInstanceStateFault{}
	code, shown := a.run(func(d *Drill) {
		var began time.Time
		d.Pause = func(ctx context.Context, _ time.Duration) error {
			if began.IsZero() {
				began = time.Now()
				return context.Canceled // the interrupt
			}
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
			}
			if time.Since(began) > 30*time.Minute {
				delete(a.refuse, "delete "+copyID)
			}
			return ctx.Err()
		}
	})
	assert.Equal(t, exit.Failed, code, shown)
	assert.NotContains(t, shown, "of the drill is left")
	a.clean("interrupted at once")
}
