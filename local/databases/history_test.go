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
func (f *fixture) assets(id, password string) []string {
	f.t.Helper()
	out, err := f.rds.DescribeDBInstances(f.t.Context(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	require.NoError(f.t, err)
	host := aws.ToString(out.DBInstances[0].Endpoint.Address)
	proxy := f.proxies[host+":5432"]
	require.NotNil(f.t, proxy, id)
	conn, err := f.postgres(proxy, host, password, "flow")
	require.NoError(f.t, err, id)
	rows, err := conn.Query(f.t.Context(), `SELECT name FROM "Asset" ORDER BY name`)
	require.NoError(f.t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(f.t, err)
	return names
}

func (f *fixture) snapshot(of, id string) {
	f.t.Helper()
	_, err := f.rds.CreateDBSnapshot(f.t.Context(), &rds.CreateDBSnapshotInput{DBInstanceIdentifier: &of, DBSnapshotIdentifier: &id})
	require.NoError(f.t, err)
	f.whole(id)
}

// whole waits until a snapshot can be restored.
func (f *fixture) whole(id string) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		out, err := f.rds.DescribeDBSnapshots(f.t.Context(), &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: &id})
		return err == nil && aws.ToString(out.DBSnapshots[0].Status) == "available"
	}, 30*time.Second, 50*time.Millisecond)
}

func (f *fixture) restore(snapshot, to string) {
	f.t.Helper()
	_, err := f.rds.RestoreDBInstanceFromDBSnapshot(f.t.Context(), &rds.RestoreDBInstanceFromDBSnapshotInput{
		DBSnapshotIdentifier: &snapshot, DBInstanceIdentifier: &to, DBParameterGroupName: aws.String("settings"),
	})
	require.NoError(f.t, err)
}

func (f *fixture) rewind(of, to string, at time.Time) {
	f.t.Helper()
	_, err := f.rds.RestoreDBInstanceToPointInTime(f.t.Context(), &rds.RestoreDBInstanceToPointInTimeInput{
		SourceDBInstanceIdentifier: &of, TargetDBInstanceIdentifier: &to, RestoreTime: &at, DBParameterGroupName: aws.String("settings"),
	})
	require.NoError(f.t, err)
}

func TestPostgres_ComesBackFromASnapshotAndFromAMoment(t *testing.T) {
	f := open(t)
	host := f.database(map[string]string{"max_connections": "150"})
	f.refresh()
	conn, err := f.postgres(f.proxies[host+":5432"], host, "it's-first", "flow")
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE TABLE "Asset" (name text)`)
	require.NoError(t, err)
	wrote(t, conn, "a")
	f.snapshot("main", "before")
	// RDS is asked in whole milliseconds, and what comes next has to come in a later one.
	moment := wrote(t, conn, "b").Truncate(time.Millisecond).Add(time.Millisecond)
	require.Eventually(t, func() bool { return time.Now().After(moment.Add(time.Millisecond)) }, time.Second, time.Millisecond)
	wrote(t, conn, "c")
	f.refresh()

	f.restore("before", "from-snapshot")
	f.rewind("main", "from-moment", moment)
	f.refresh()
	assert.Equal(t, []string{"a"}, f.assets("from-snapshot", "it's-first"), "what was written after the snapshot began is not in it")
	assert.Equal(t, []string{"a", "b"}, f.assets("from-moment", "it's-first"))
	assert.Equal(t, []string{"a", "b", "c"}, f.assets("main", "it's-first"))

	t.Run("the password becomes what AWS is told", func(t *testing.T) {
		_, err := f.rds.ModifyDBInstance(t.Context(), &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("from-snapshot"), MasterUserPassword: aws.String("ours-now"), ApplyImmediately: aws.Bool(true)})
		require.NoError(t, err)
		f.refresh()
		assert.Equal(t, []string{"a"}, f.assets("from-snapshot", "ours-now"))
		f.nowhere("it's-first", "ours-now")
	})
	t.Run("a copy has a history too", func(t *testing.T) {
		f.rewind("from-moment", "copy-of-a-copy", time.Now())
		f.refresh()
		assert.Equal(t, []string{"a", "b"}, f.assets("copy-of-a-copy", "it's-first"))
	})
	t.Run("the snapshot that RDS takes of a copy is not empty", func(t *testing.T) {
		out, err := f.rds.DescribeDBSnapshots(t.Context(), &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: aws.String("from-moment"), SnapshotType: aws.String("automated")})
		require.NoError(t, err)
		require.Len(t, out.DBSnapshots, 1)
		f.restore(*out.DBSnapshots[0].DBSnapshotIdentifier, "from-first-snapshot")
		f.refresh()
		assert.Equal(t, []string{"a", "b"}, f.assets("from-first-snapshot", "it's-first"))
	})
	t.Run("the last snapshot of a deleted database is whole", func(t *testing.T) {
		_, err := f.rds.DeleteDBInstance(t.Context(), &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("main"), FinalDBSnapshotIdentifier: aws.String("main-final")})
		require.NoError(t, err)
		f.refresh()
		f.whole("main-final")
		f.restore("main-final", "main")
		f.refresh()
		assert.Equal(t, []string{"a", "b", "c"}, f.assets("main", "it's-first"), "under the name that was free again")
	})
	t.Run("a deleted snapshot leaves nothing", func(t *testing.T) {
		assert.DirExists(t, f.servers.kept+"/before")
		_, err := f.rds.DeleteDBSnapshot(t.Context(), &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: aws.String("before")})
		require.NoError(t, err)
		f.refresh()
		assert.NoDirExists(t, f.servers.kept+"/before")
		assert.DirExists(t, f.servers.kept+"/main-final")
	})
}

// RDS takes a snapshot of an instance when it makes it, of which nothing is kept as there is nothing yet.
func TestPostgres_BeginsEmptyFromTheSnapshotThatRDSTookFirst(t *testing.T) {
	f := open(t)
	f.database(nil)
	out, err := f.rds.DescribeDBSnapshots(t.Context(), &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: aws.String("main"), SnapshotType: aws.String("automated")})
	require.NoError(t, err)
	require.Len(t, out.DBSnapshots, 1)
	f.restore(*out.DBSnapshots[0].DBSnapshotIdentifier, "other")
	f.refresh()
	i := f.servers.running["postgres-other"]
	conn, err := f.postgres(f.proxies[i.wanted.Host+":5432"], i.wanted.Host, "it's-first", "flow")
	require.NoError(t, err)
	var tables int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables))
	assert.Zero(t, tables)
}
