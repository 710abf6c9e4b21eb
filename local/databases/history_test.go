package databases

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests restore real data with a real PostgreSQL. They do not prove what RDS's own snapshots hold, nor how long it
// takes for one.

// wrote adds a row and tells a moment after it. AWS takes moments in milliseconds, and the next is after the row for sure.
func wrote(t *testing.T, conn *pgx.Conn, what string) time.Time {
	t.Helper()
	_, err := conn.Exec(t.Context(), `INSERT INTO "Asset" VALUES ($1)`, what)
	require.NoError(t, err)
	var at time.Time
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT clock_timestamp() FROM pg_sleep(0.01)").Scan(&at))
	return at
}

// assets are the rows of a database that is reached under its name.
func (w *world) assets(id, password string) []string {
	w.t.Helper()
	out, err := w.rds.DescribeDBInstances(w.t.Context(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	require.NoError(w.t, err)
	host := aws.ToString(out.DBInstances[0].Endpoint.Address)
	door := w.doors[host+":5432"]
	require.NotNil(w.t, door, id)
	conn, err := w.postgres(door, host, password, "flow")
	require.NoError(w.t, err, id)
	rows, err := conn.Query(w.t.Context(), `SELECT name FROM "Asset" ORDER BY name`)
	require.NoError(w.t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.t, err)
	return names
}

func (w *world) snapshot(of, id string) {
	w.t.Helper()
	_, err := w.rds.CreateDBSnapshot(w.t.Context(), &rds.CreateDBSnapshotInput{DBInstanceIdentifier: &of, DBSnapshotIdentifier: &id})
	require.NoError(w.t, err)
	w.whole(id)
}

// whole waits until a snapshot can be restored.
func (w *world) whole(id string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		out, err := w.rds.DescribeDBSnapshots(w.t.Context(), &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: &id})
		return err == nil && aws.ToString(out.DBSnapshots[0].Status) == "available"
	}, 30*time.Second, 50*time.Millisecond)
}

func (w *world) restore(snapshot, to string) {
	w.t.Helper()
	_, err := w.rds.RestoreDBInstanceFromDBSnapshot(w.t.Context(), &rds.RestoreDBInstanceFromDBSnapshotInput{
		DBSnapshotIdentifier: &snapshot, DBInstanceIdentifier: &to, DBParameterGroupName: aws.String("settings"),
	})
	require.NoError(w.t, err)
}

func (w *world) rewind(of, to string, at time.Time) {
	w.t.Helper()
	_, err := w.rds.RestoreDBInstanceToPointInTime(w.t.Context(), &rds.RestoreDBInstanceToPointInTimeInput{
		SourceDBInstanceIdentifier: &of, TargetDBInstanceIdentifier: &to, RestoreTime: &at, DBParameterGroupName: aws.String("settings"),
	})
	require.NoError(w.t, err)
}

func TestPostgres_ComesBackFromASnapshotAndFromAMoment(t *testing.T) {
	w := open(t)
	host := w.database(map[string]string{"max_connections": "150"})
	w.look()
	conn, err := w.postgres(w.doors[host+":5432"], host, "it's-first", "flow")
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE TABLE "Asset" (name text)`)
	require.NoError(t, err)
	wrote(t, conn, "a")
	w.snapshot("main", "before")
	// RDS is asked in whole milliseconds, and what comes next has to come in a later one.
	moment := wrote(t, conn, "b").Truncate(time.Millisecond).Add(time.Millisecond)
	require.Eventually(t, func() bool { return time.Now().After(moment.Add(time.Millisecond)) }, time.Second, time.Millisecond)
	wrote(t, conn, "c")
	w.look()

	w.restore("before", "from-snapshot")
	w.rewind("main", "from-moment", moment)
	w.look()
	assert.Equal(t, []string{"a"}, w.assets("from-snapshot", "it's-first"), "what was written after the snapshot began is not in it")
	assert.Equal(t, []string{"a", "b"}, w.assets("from-moment", "it's-first"))
	assert.Equal(t, []string{"a", "b", "c"}, w.assets("main", "it's-first"))

	t.Run("the password becomes what AWS is told", func(t *testing.T) {
		_, err := w.rds.ModifyDBInstance(t.Context(), &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("from-snapshot"), MasterUserPassword: aws.String("ours-now"), ApplyImmediately: aws.Bool(true)})
		require.NoError(t, err)
		w.look()
		assert.Equal(t, []string{"a"}, w.assets("from-snapshot", "ours-now"))
		w.nowhere("it's-first", "ours-now")
	})
	t.Run("a copy has a history too", func(t *testing.T) {
		w.rewind("from-moment", "copy-of-a-copy", time.Now())
		w.look()
		assert.Equal(t, []string{"a", "b"}, w.assets("copy-of-a-copy", "it's-first"))
	})
	t.Run("the snapshot that RDS takes of a copy is not empty", func(t *testing.T) {
		out, err := w.rds.DescribeDBSnapshots(t.Context(), &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: aws.String("from-moment"), SnapshotType: aws.String("automated")})
		require.NoError(t, err)
		require.Len(t, out.DBSnapshots, 1)
		w.restore(*out.DBSnapshots[0].DBSnapshotIdentifier, "from-first-snapshot")
		w.look()
		assert.Equal(t, []string{"a", "b"}, w.assets("from-first-snapshot", "it's-first"))
	})
	t.Run("the last snapshot of a deleted database is whole", func(t *testing.T) {
		_, err := w.rds.DeleteDBInstance(t.Context(), &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("main"), FinalDBSnapshotIdentifier: aws.String("main-final")})
		require.NoError(t, err)
		w.look()
		w.whole("main-final")
		w.restore("main-final", "main")
		w.look()
		assert.Equal(t, []string{"a", "b", "c"}, w.assets("main", "it's-first"), "under the name that was free again")
	})
	t.Run("a deleted snapshot leaves nothing", func(t *testing.T) {
		assert.DirExists(t, w.stores.kept+"/before")
		_, err := w.rds.DeleteDBSnapshot(t.Context(), &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: aws.String("before")})
		require.NoError(t, err)
		w.look()
		assert.NoDirExists(t, w.stores.kept+"/before")
		assert.DirExists(t, w.stores.kept+"/main-final")
	})
}

// RDS takes a snapshot of an instance when it makes it, of which nothing is kept as there is nothing yet.
func TestPostgres_BeginsEmptyFromTheSnapshotThatRDSTookFirst(t *testing.T) {
	w := open(t)
	w.database(nil)
	out, err := w.rds.DescribeDBSnapshots(t.Context(), &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: aws.String("main"), SnapshotType: aws.String("automated")})
	require.NoError(t, err)
	require.Len(t, out.DBSnapshots, 1)
	w.restore(*out.DBSnapshots[0].DBSnapshotIdentifier, "other")
	w.look()
	held := w.stores.running["postgres-other"]
	conn, err := w.postgres(w.doors[held.wanted.Host+":5432"], held.wanted.Host, "it's-first", "flow")
	require.NoError(t, err)
	var tables int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables))
	assert.Zero(t, tables)
}
