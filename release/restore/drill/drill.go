// Package drill rehearses a restore: it restores the latest snapshot of a stack's database into a copy beside it, asks the
// copy for the status of its migrations as the application would, and deletes everything again.
//
// Decisions:
//   - The copy is not in the state of the stack: a drill changes nothing there, and the program can be updated meanwhile.
//   - The copy has the network, the settings and the class of the instance in use, because this restore is rehearsed and no
//     other one. It has no standby.
//   - The check is a one-off task of the service's own revision, because nothing else reaches the data subnets.
//   - The password of the copy is made for the drill, and is in no log, argument or state. A secret that lives as long as
//     the copy has it, and its policy gives it to the execution role of the service.
//   - What an interrupted drill left is found by its tag, and deleted by the next drill.
package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/flowcomply/infrastructure/components/migration/task"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// RDS is what is asked of RDS.
type RDS interface {
	DescribeDBInstances(context.Context, *rds.DescribeDBInstancesInput, ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error)
	DescribeDBSnapshots(context.Context, *rds.DescribeDBSnapshotsInput, ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error)
	RestoreDBInstanceFromDBSnapshot(context.Context, *rds.RestoreDBInstanceFromDBSnapshotInput, ...func(*rds.Options)) (
		*rds.RestoreDBInstanceFromDBSnapshotOutput, error)
	ModifyDBInstance(context.Context, *rds.ModifyDBInstanceInput, ...func(*rds.Options)) (*rds.ModifyDBInstanceOutput, error)
	DeleteDBInstance(context.Context, *rds.DeleteDBInstanceInput, ...func(*rds.Options)) (*rds.DeleteDBInstanceOutput, error)
}

// Secrets is what is asked of Secrets Manager.
type Secrets interface {
	ListSecrets(context.Context, *secretsmanager.ListSecretsInput, ...func(*secretsmanager.Options)) (*secretsmanager.ListSecretsOutput, error)
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
	CreateSecret(context.Context, *secretsmanager.CreateSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.CreateSecretOutput, error)
	PutResourcePolicy(context.Context, *secretsmanager.PutResourcePolicyInput, ...func(*secretsmanager.Options)) (*secretsmanager.PutResourcePolicyOutput, error)
	DeleteSecret(context.Context, *secretsmanager.DeleteSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DeleteSecretOutput, error)
}

// ECS is what is asked of ECS.
type ECS interface {
	task.ECS
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	RegisterTaskDefinition(context.Context, *ecs.RegisterTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error)
	DeregisterTaskDefinition(context.Context, *ecs.DeregisterTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DeregisterTaskDefinitionOutput, error)
	ListTaskDefinitions(context.Context, *ecs.ListTaskDefinitionsInput, ...func(*ecs.Options)) (*ecs.ListTaskDefinitionsOutput, error)
}

// Stack is what a stack file says of what is rehearsed.
type Stack struct {
	Name string // such as flowcomply-production: a mark on all that is made
	Copy string // the copy's identifier
	// Service is the one that the migrations belong to, by its role: flowcomply-production's backend.
	Service string
	Family  string // of the drill's task definitions, which is none of the service's: it takes none of them
	// Variables are those by which the service knows the database's address.
	Variables      []string
	User, Database string
	// Status, Deploy and Count are the commands of package migration's Spec.
	Status, Deploy, Count []string
	TaskTimeout           time.Duration
}

// Drill is one rehearsal.
type Drill struct {
	Stack   Stack
	Outputs outputs.Outputs // of the last proven update

	RDS     RDS
	Secrets Secrets
	ECS     ECS
	Logs    task.Logs

	Out  io.Writer
	Now  func() time.Time
	Look time.Duration // between two looks at what takes a while
	// Pause waits, or ends with the context's error.
	Pause   func(context.Context, time.Duration) error
	Timeout time.Duration // of all of it, but for dropping what was made
}

// dropWithin is how long it may take to drop what was made, whatever became of the drill. RDS deletes no copy that it is still
// making, which takes up to half an hour.
const dropWithin = time.Hour

// unable is an error before there was anything to check.
type unable struct{ error }

func (u unable) Unwrap() error { return u.error }

// Run makes the copy, checks it, drops it, and returns the exit code.
func (d Drill) Run(ctx context.Context) int {
	r := &run{started: d.Now()}
	err := d.rehearse(ctx, r)
	// Whatever happened, an interrupt too.
	dropping, done := context.WithTimeout(context.WithoutCancel(ctx), dropWithin)
	defer done()
	left := d.drop(dropping, r)
	if err == nil {
		d.printf("\na restore of this snapshot takes some %s, and what was written since it, %s ago, would be lost; a moment loses less\n",
			round(d.Now().Sub(r.started)), round(r.started.Sub(r.snapshot)))
	}
	switch {
	case err == nil && left == nil:
		d.printf("the copy was good, and is dropped\n")
		return exit.Done
	case err != nil:
		d.printf("\n%v\n", err)
	}
	if left != nil {
		d.printf("\nof the drill is left: %v\nnext: run it again, which drops that first; the copy is paid for while it is there\n", left)
	}
	if left == nil && errors.As(err, &unable{}) {
		return exit.Refused
	}
	return exit.Failed
}

// rehearse is the drill up to its last check.
func (d Drill) rehearse(ctx context.Context, r *run) error {
	for _, step := range []struct {
		name string
		do   func(context.Context, *run) (string, error)
	}{
		{"swept", d.sweep}, {"restored", d.restore}, {"opened", d.open}, {"readied", d.ready}, {"migrations", d.migrations}, {"tables", d.tables},
	} {
		begin := d.Now()
		summary, err := step.do(ctx, r)
		if err != nil {
			d.printf("  failed   %-11s %8s  see below\n", step.name, round(d.Now().Sub(begin)))
			return fmt.Errorf("%s: %w", step.name, err)
		}
		if summary != "" {
			d.printf("  ok       %-11s %8s  %s\n", step.name, round(d.Now().Sub(begin)), summary)
		}
	}
	return nil
}

func (d Drill) printf(format string, args ...any) { fmt.Fprintf(d.Out, format, args...) }

func round(d time.Duration) time.Duration {
	if d < time.Hour {
		return d.Round(time.Second)
	}
	return d.Round(time.Minute)
}

// until asks again and again, until it is so or the drill has taken too long.
func (d Drill) until(ctx context.Context, r *run, is func() (bool, error)) error {
	for {
		if d.Now().Sub(r.started) > d.Timeout {
			return fmt.Errorf("it took too long: more than %s", d.Timeout)
		}
		if err := d.Pause(ctx, d.Look); err != nil {
			return err
		}
		if so, err := is(); so || err != nil {
			return err
		}
	}
}
