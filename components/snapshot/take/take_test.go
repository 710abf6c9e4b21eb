package take

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what is asked of RDS, and what is made of its answers. They do not prove that RDS answers so: the
// emulated AWS's tests and the end-to-end test have it answer over HTTP.

var refused = &types.InvalidDBInstanceStateFault{Message: aws.String("not in available state")}

// run takes snapshot db-7 of the account's database, looking every 20 seconds of a clock that nothing has to wait for.
func (a *account) run(t *testing.T, change ...func(*taker)) (done Receipt, shown string, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var ctx context.Context
		ctx, a.interrupt = context.WithCancel(t.Context())
		defer a.interrupt()
		var said bytes.Buffer
		taker := taker{rds: a, show: &said, interval: 20 * time.Second, Request: Request{
			Region: "r", Database: a.database, ID: "db-7", Version: "v1.1.0", Number: 7, Stack: "production", Keep: 10, Timeout: time.Hour,
		}}
		for _, f := range change {
			f(&taker)
		}
		done, err = taker.take(ctx)
		shown = said.String()
	})
	return done, shown, err
}

func TestTake_WaitsUntilTheSnapshotIsWhole(t *testing.T) {
	a := newAccount(look{"creating", 0}, half, half, look{"available", 99}, ready)
	done, shown, err := a.run(t)
	require.NoError(t, err)
	assert.Equal(t, Receipt{Result: "taken", ID: "db-7", Arn: "arn:db-7", SizeGiB: 100, Seconds: 80, Removed: []string{}}, done)
	assert.Equal(t, `snapshot: db-7: begun, of database db, 0s
snapshot: db-7: creating, 0 %, 0s
snapshot: db-7: creating, 50 %, 20s
snapshot: db-7: available, 99 %, 1m0s
snapshot: db-7: available, 100 GiB, 1m20s
`, shown, "each state once")
	require.Len(t, a.created, 1)
	assert.Equal(t, map[string]string{
		"owner": "platform", "stack": "production", "flowcomply:version": "v1.1.0", "flowcomply:number": "7", "flowcomply:pre-deploy": "db-7",
	}, tagged(types.DBSnapshot{TagList: a.created[0].Tags}))
	assert.Equal(t, "db", *a.created[0].DBInstanceIdentifier)
}

// CI systems take a minute or more without a line for a hang.
func TestTake_SaysNowAndThenThatNothingChanges(t *testing.T) {
	a := newAccount(half, half, half, half, half, half, half, half, ready)
	_, shown, err := a.run(t)
	require.NoError(t, err)
	assert.Equal(t, 3, strings.Count(shown, "creating, 50 %"), shown)
}

func TestTake_WaitsOutWhatPasses(t *testing.T) {
	busy := &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusServiceUnavailable}}, Err: errors.New("unavailable")}
	lost := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for name, change := range map[string]func(*account){
		"throttled when it begins": func(a *account) { a.creating = []error{throttled, throttled, throttled, throttled} },
		"unavailable":              func(a *account) { a.creating = []error{busy} },
		"not reached":              func(a *account) { a.creating, a.looking = []error{lost}, []error{lost} },
		"throttled on the way":     func(a *account) { a.looking = []error{throttled, throttled, throttled} },
		"not told everywhere yet": func(a *account) {
			a.looking = []error{unknown(), unknown(), nil, unknown(), unknown(), unknown(), unknown()}
		},
		"database backed up": func(a *account) {
			a.creating, a.statuses = []error{refused, refused}, []string{"backing-up", "modifying"}
		},
		"database ready meanwhile": func(a *account) { a.creating = []error{refused} },
	} {
		a := newAccount(half, ready)
		change(a)
		done, shown, err := a.run(t)
		require.NoError(t, err, "%s: %s", name, shown)
		assert.Equal(t, "taken", done.Result, name)
	}
	a := newAccount(ready)
	a.creating, a.statuses = []error{refused}, []string{"modifying"}
	_, shown, err := a.run(t)
	require.NoError(t, err)
	assert.Contains(t, shown, "snapshot: db-7: waiting for database db, which is modifying, 0s\n")
}

func unknown() error { return &types.DBSnapshotNotFoundFault{Message: aws.String("not found")} }

func TestTake_EndsAtWhatDoesNotPass(t *testing.T) {
	denied := &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: rds:CreateDBSnapshot", Fault: smithy.FaultClient}
	for want, change := range map[string]func(*account){
		"db-7: RDS says that it failed\nnext: read why": func(a *account) { a.states = []look{half, {"failed", 50}} },
		"delete it (aws rds delete-db-snapshot --region r --db-snapshot-identifier db-7); then run the update again": func(a *account) {
			a.states = []look{{"failed", 0}}
		},
		"is gone\nnext: find out who deleted it":                                       func(a *account) { a.looking = []error{unknown(), unknown(), unknown(), unknown(), unknown()} },
		"not authorized to perform: rds:CreateDBSnapshot\nnext: correct what AWS says": func(a *account) { a.creating = []error{denied} },
		"not authorized": func(a *account) { a.looking = []error{denied} },
		"next: delete manual snapshots that nobody needs": func(a *account) {
			a.creating = []error{&types.SnapshotQuotaExceededFault{Message: aws.String("would exceed the maximum")}}
		},
		"next: look whether database db is in r": func(a *account) {
			a.absent = &types.DBInstanceNotFoundFault{Message: aws.String("DBInstance db not found")}
		},
		"database db is stopped: ":              func(a *account) { a.creating, a.statuses = []error{refused}, []string{"stopped"} },
		"database db is incompatible-restore: ": func(a *account) { a.creating, a.statuses = []error{refused}, []string{"incompatible-restore"} },
	} {
		a := newAccount(half, half)
		change(a)
		_, shown, err := a.run(t)
		require.ErrorContains(t, err, want, shown)
		require.ErrorContains(t, err, "db-7: ")
		require.ErrorContains(t, err, "\nnext: ")
		assert.Empty(t, a.deleted)
	}
}

// Waiting ends at the deadline; what RDS has begun goes on, and is the next run's.
func TestTake_SaysWhatTheDeadlineLeaves(t *testing.T) {
	a := newAccount(half)
	_, _, err := a.run(t)
	require.EqualError(t, err, "db-7: not whole after 1h0m0s: begun, and goes on in AWS; last seen: creating, 50 %\n"+
		"next: run the update again, which takes it up, with a longer snapshot.timeoutMinutes if the database is large")

	a.states = []look{ready}
	done, _, err := a.run(t)
	require.NoError(t, err)
	assert.Equal(t, "held", done.Result)
}

func TestTake_SaysAtTheDeadlineWhatItWaitedFor(t *testing.T) {
	for want, change := range map[string]func(*account){
		"waiting for database db, which is modifying": func(a *account) { a.creating, a.statuses = again(refused), []string{"modifying"} },
		"RDS answers Throttling: Rate exceeded":       func(a *account) { a.creating = again(throttled) },
	} {
		a := newAccount(ready)
		change(a)
		_, shown, err := a.run(t, func(t *taker) { t.Timeout = 150 * time.Second })
		assert.Equal(t, 3, strings.Count(shown, want), "once a minute: %s", shown)
		require.EqualError(t, err, "db-7: not whole after 2m30s: not begun, as far as RDS has said; last seen: "+want+"\n"+
			"next: look what keeps the database from it (aws rds describe-db-instances --region r --db-instance-identifier db); then run the update again")
	}
}

// again is an answer for all of an hour.
func again(err error) []error { return slices.Repeat([]error{err}, 200) }

func TestTake_LeavesTheSnapshotToTheNextRunWhenInterrupted(t *testing.T) {
	a := newAccount(half)
	a.onLook = func(asked int) {
		if asked == 4 { // one before it began
			a.interrupt()
		}
	}
	_, shown, err := a.run(t)
	require.EqualError(t, err, "db-7: interrupted: begun, and goes on in AWS; last seen: creating, 50 %\n"+
		"next: run the update again; it takes up the snapshot that is there")
	assert.Equal(t, 4, a.asked, "nothing is asked after an interruption: %s", shown)
	assert.Empty(t, a.listed, "nothing is removed")

	a = newAccount(half)
	a.onCreate = func() { a.interrupt() }
	_, _, err = a.run(t)
	require.EqualError(t, err, "db-7: interrupted: not begun, as far as RDS has said\nnext: run the update again; it takes up the snapshot that is there")
	assert.Equal(t, 1, a.asked)
}
